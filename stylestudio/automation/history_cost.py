"""Measures what a long history costs when the program opens: time and memory."""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer

from stylestudio.app.core.settings import Settings
from stylestudio.app.core.studio import HISTORY
from stylestudio.app.shell.main import make_application
from stylestudio.app.shell.window import MainWindow
from stylestudio.bench.figures import Figure, at_most
from stylestudio.bench.peak_memory import held_by_process
from stylestudio.recipe import LatentSource, Recipe
from stylestudio.recipe.history import History
from stylestudio.render import open_model
from stylestudio.render.model_opening import QUICK_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS = 2000
EVERY = 8  # steps, of which one has a latent with a row for each layer
BRANCH = 5  # steps, of which one begins a branch
TIMEOUT = 300  # seconds
MIB = 2**20
_OPEN = (
    "import sys; from stylestudio.automation.history_cost import open_program; "
    "open_program(sys.argv[1])"
)


class _Cost(NamedTuple):
    seconds: float
    processor: float  # seconds
    memory: int  # bytes


def measure_history(rounds: int, steps: int = STEPS) -> Iterator[Figure]:
    """Open the program without a history and with one, in turn, each time in a new process.

    Yields medians of the differences of the pairs.
    """
    with tempfile.TemporaryDirectory() as place:
        folders = {False: Path(place, "without"), True: Path(place, "with")}
        make_history(folders[True] / HISTORY, steps)
        costs: dict[bool, list[_Cost]] = {False: [], True: []}
        for _ in range(rounds):
            for has_history, folder in folders.items():
                costs[has_history].append(_opened(folder))
                if not has_history:  # it has written one by now
                    folders[False] = Path(place, f"without-{len(costs[False])}")

    # What else the machine does slows both of a pair, and some pairs more than others.
    more = [
        [with_it - without for without, with_it in zip(*pair, strict=True)]
        for pair in zip(costs[False], costs[True], strict=True)
    ]
    seconds, processor, memory = map(statistics.median, zip(*more, strict=True))
    subject = f"history of {steps:,} steps"
    yield Figure(subject, "more to open", 1000 * seconds, "ms", at_most(300))
    yield Figure(subject, "more of the processor", 1000 * processor, "ms", at_most(300))
    yield Figure(subject, "more memory", memory / MIB, "MiB", at_most(100))


def make_history(folder: Path, steps: int) -> None:
    """Write a history as hours of work leave it: branches, some latents, a picture for each."""
    model = open_model(QUICK_MODEL)
    random = np.random.RandomState(0)
    history = History.open(folder)
    recipe = Recipe.from_seed(0, model)
    pixels = random.randint(0, 256, (8, 8, 3)).astype(np.uint8)
    for number in range(steps):
        if number % EVERY == 0:
            rows = random.randn(model.num_ws, model.w_dim).astype(np.float32)
            recipe = recipe.replace(source=LatentSource.from_array(rows, f"photo {number}"))
        recipe = recipe.replace(truncation_psi=number / steps)
        parent = None if number % BRANCH else max(number // 2, 0)
        node = history.append(recipe, f"Step {number}", parent)
        picture = Image.fromarray(np.roll(pixels, number, 0)).resize((64, 64))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=88)
        history.keep_picture(node.id, file.getvalue())
    history.write()


def open_program(folder: str) -> None:
    """Open the window as the command does; say what it took once history and picture show."""
    make_application()
    window = MainWindow(Settings(Path(folder)))
    window.show()
    window.show_dock("history")
    window.start([])
    studio, loop = window.studio, QEventLoop()
    while studio.view.shown_recipe is None or studio.history.tree is None:
        QTimer.singleShot(1, loop.quit)
        loop.exec()
    window.docks["history"].grab()
    sys.stdout.write(f"{time.process_time()} {held_by_process('VmRSS')}\n")
    sys.stdout.flush()
    window.quit()


def _opened(folder: Path) -> _Cost:
    begun = time.perf_counter()
    command = [sys.executable, "-c", _OPEN, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        seconds = time.perf_counter() - begun
        process.wait(TIMEOUT)
    processor, memory = said.split()
    return _Cost(seconds, float(processor), int(memory))
