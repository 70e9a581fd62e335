"""Measures what is felt in the window: how far the picture lags, and whether the window stalls."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEventLoop, Qt, QTimer

from stylestudio.app.core.settings import Settings
from stylestudio.app.features.edits.feature import EditsFeature
from stylestudio.app.features.source.feature import SourceFeature
from stylestudio.app.features.truncation.feature import TruncationFeature
from stylestudio.app.shell.main import make_application
from stylestudio.app.shell.window import MainWindow
from stylestudio.automation.windows import feature_of
from stylestudio.bench.figures import Figure, Goal, at_most, percentile
from stylestudio.bench.subjects import synthetic_model
from stylestudio.recipe import PlaneSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QSlider

    from stylestudio.render import Model

Hand = Literal["plane", "psi", "edit"]  # what it moves

HANDS: dict[Hand, str] = {"plane": "", "psi": ", by psi", "edit": ", by an edit"}
SWING = 0.37  # of a slider's way, for one step of the seed plane
EVENTS_A_SECOND = 60
BEAT_MS = 5
PATIENCE_MS = 10  # until what is waited for is looked at again, if no picture came
TIMEOUT = 120  # seconds
_IMPORTS = "import torch; import PySide6.QtWidgets"
_START = "from stylestudio.automation.measuring import show_first_picture; show_first_picture()"
_LIVE = (
    "from stylestudio.automation.measuring import print_live; "
    "print_live({resolution}, {strokes}, {hand!r})"
)


class DrivenWindow:
    """A window off screen with a model, moved by a hand of clockwork."""

    def __init__(self, model: Model) -> None:
        make_application()
        self._folder = tempfile.TemporaryDirectory()
        self._slider: QSlider | None = None  # that the hand moves, in place of the seed plane
        self.window = MainWindow(Settings(Path(self._folder.name)))
        self.window.show()
        self.window.studio.document.open_model(model)
        self.wait_until(self.is_settled)

    def close(self) -> None:
        """Close the window and end its thread."""
        self.window.quit()
        self._folder.cleanup()

    def is_settled(self) -> bool:
        """Whether the full picture of the newest recipe is on the canvas."""
        view = self.window.studio.view
        return not view.is_draft and view.shown_recipe == self.window.studio.document.recipe

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Serve events until something holds. Raises TimeoutError after two minutes."""
        ends = time.perf_counter() + TIMEOUT
        loop = QEventLoop()
        woken = self.window.studio.worker.rendered.connect(loop.quit)
        try:
            while not condition():
                if time.perf_counter() > ends:
                    raise TimeoutError("The window did not answer within two minutes.")
                QTimer.singleShot(PATIENCE_MS, loop.quit)
                loop.exec()
        finally:
            self.window.studio.worker.rendered.disconnect(woken)

    @staticmethod
    def rest(seconds: float) -> None:
        """Serve events for a while."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * max(seconds, 0)), loop.quit)
        loop.exec()

    def take(self, hand: Hand) -> None:
        """Say what moves from now on; an edit's slider is there once directions are found."""
        if hand == "psi":
            self._slider = feature_of(self.window, TruncationFeature).panel.psi.slider
        elif hand == "edit":
            self.window.show_dock("edits")
            rows = feature_of(self.window, EditsFeature).panel.rows
            self.wait_until(lambda: bool(rows.rows))
            self._slider = next(iter(rows.rows.values())).amount.slider

    def move(self, position: float) -> None:
        """One movement of the hand: the whole picture changes."""
        if self._slider is not None:
            low, high = self._slider.minimum(), self._slider.maximum()
            self._slider.setValue(low + round(position * SWING * (high - low)) % (high - low))
            return
        recipe = self.window.studio.document.recipe
        assert recipe is not None
        source = PlaneSource(round(position, 4), 0.5)
        self.window.studio.document.set(recipe.replace(source=source), "Walk", "measuring")

    def lag_after(self, events: int, start: float) -> float:
        """Move so many times at the pace of events; seconds from the last to the full picture."""
        for index in range(events):
            due = time.perf_counter() + 1 / EVENTS_A_SECOND
            self.move(start + index / 50)
            moved = time.perf_counter()
            if index < events - 1:
                self.rest(due - moved)
        self.wait_until(self.is_settled)
        return time.perf_counter() - moved


def measure_live(model: Model, strokes: int, hand: Hand = "plane") -> Iterator[Figure]:
    """Lag behind the hand, and gaps between the beats of the window's thread meanwhile."""
    driven = DrivenWindow(model)
    try:
        driven.wait_until(lambda: feature_of(driven.window, SourceFeature).panel.plane is not None)
        driven.take(hand)
        driven.window.studio.worker.forget_thumbnails()
        for index in range(3):
            driven.lag_after(1, 10.0 + index)  # the steps' times become known
        beats: list[float] = []
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(BEAT_MS)
        timer.timeout.connect(lambda: beats.append(time.perf_counter()))
        timer.start()
        seen: list[float] = []
        driven.window.studio.worker.rendered.connect(lambda: seen.append(time.perf_counter()))
        alone, lags, rates = [], [], []
        for index in range(strokes):  # in turn, so that a busy moment hits both
            alone.append(driven.lag_after(1, 20.0 + index))
            begun = time.perf_counter()
            lags.append(driven.lag_after(45, 40.0 + 5 * index))
            ended = time.perf_counter() - lags[-1]
            rates.append(sum(begun < when < ended for when in seen) / (ended - begun))
        timer.stop()
    finally:
        driven.close()
    gaps = [1000 * (b - a) for a, b in pairwise(beats)]
    full = 1000 * statistics.median(alone)
    slow, late = (1000 * percentile(seconds, 0.95) for seconds in (alone, lags))
    subject = f"{model.name}{HANDS[hand]}"
    yield Figure(subject, "one event to the full frame", full, "ms")
    yield Figure(subject, "one event to the full frame, 95 %", slow, "ms")
    # Like is compared with like: whatever else the machine does makes some of either late.
    yield Figure(
        subject, "last of 60 events/s to the full frame, 95 %", late, "ms", at_most(slow + 20)
    )
    rate = statistics.median(rates)
    yield Figure(subject, "pictures a second while 60 events/s arrive", rate, "1/s")
    yield Figure(
        subject,
        "gap between the window's beats, 99 %",
        percentile(gaps, 0.99),
        "ms",
        at_most(16),
    )


def measure_live_apart(resolution: int, strokes: int, hand: Hand = "plane") -> Iterator[Figure]:
    """Do `measure_live` in a new process, with random weights of a standard size.

    What this process computed before left threads behind, and where there are more threads than
    cores they stand in each other's way.
    """
    code = _LIVE.format(resolution=resolution, strokes=strokes, hand=hand)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    for facts in json.loads(done.stdout):
        goal = facts.pop("goal")
        yield Figure(**facts, goal=goal and Goal(**goal))


def print_live(resolution: int, strokes: int, hand: Hand) -> None:
    """Print the figures of `measure_live` as JSON; the model comes from a thread, as in use."""
    make_application()
    with ThreadPoolExecutor() as threads:
        model = threads.submit(synthetic_model, resolution).result()
    figures = measure_live(model, strokes, hand)
    sys.stdout.write(json.dumps([asdict(figure) for figure in figures]))


def measure_start(rounds: int) -> Iterator[Figure]:
    """Compare the way to the first picture with importing torch and Qt, each in a new process."""
    seconds: dict[str, list[float]] = {_IMPORTS: [], _START: []}
    for _ in range(rounds):  # what is read from disk, this process has read just now
        for code, taken in seconds.items():
            begun = time.perf_counter()
            command = [sys.executable, "-c", code]
            subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)
            taken.append(time.perf_counter() - begun)
    imports, start = (statistics.median(taken) for taken in seconds.values())
    yield Figure("start", "import of torch and Qt", imports * 1000, "ms")
    yield Figure("start", "to the first picture", start * 1000, "ms")
    yield Figure("start", "to the first picture, of the import", start / imports, "x", at_most(2.5))


def show_first_picture() -> None:
    """Open the window as the command does, on the first built-in model; return with its picture."""
    make_application()
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Settings(Path(folder)))
        window.show()
        window.start([])
        loop = QEventLoop()
        while window.studio.view.shown_recipe is None:
            QTimer.singleShot(1, loop.quit)
            loop.exec()
        window.quit()
