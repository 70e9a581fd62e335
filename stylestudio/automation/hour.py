"""What amounts to an hour of work: nothing may be lost, and nothing may be left behind.

A process works at random by real events, undoes and redoes all of it, saves, works on, and is
killed; while it works, a second window is open beside it. The next start has to bring back what
was there. Threads, timers, widgets and memory are counted after each round of edits, once the
window is at rest where it began; some rounds that warm up come before.
"""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QApplication

from stylestudio.app.core.settings import Settings
from stylestudio.app.shell.main import make_application, say_unexpected_errors_in
from stylestudio.app.shell.window import MainWindow
from stylestudio.automation.hands import Hands
from stylestudio.automation.visitor import (
    TourError,
    Visitor,
    interrupts_between_events,
    pause,
    quietly_off_screen,
)
from stylestudio.bench.peak_memory import held_by_process
from stylestudio.memory import give_back_freed_memory
from stylestudio.video.session_file import open_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.recipe import Recipe

COUNTED = ("threads", "timers", "widgets", "memory")
LOOKS, LOOK_MS = 8, 100  # of which the least counts
ROUNDS = 6  # that count
WARM = 4  # before them, in which models, networks, menus and caches are made as they are needed
GROWTH = 1.05  # of memory, at most, from the last round that warms up to the least of the last
LAST = 3  # rounds: now and then a model that undo still needs takes some more, a leak always does
LOST_SECONDS = 2.0  # of work, at most, by a kill
START_SECONDS = 180
SESSION = "hour.stylestudio"


@dataclass(frozen=True)
class Counts:
    """What a window at rest holds."""

    threads: int
    timers: int
    widgets: int
    memory: int  # bytes, without thumbnails: they are kept up to a number
    kinds: dict[str, int] = field(default_factory=dict)  # of widgets, how many there are


class Worker(Visitor):
    """Works at one window."""

    patience = 300

    def __init__(self, window: MainWindow, out: Path, seed: int) -> None:
        super().__init__(window, out)
        self.hands = Hands(window, random.Random(seed))

    @property
    def recipe(self) -> Recipe:
        """What is on show."""
        recipe = self.window.studio.document.recipe
        assert recipe is not None
        return recipe

    def rest(self) -> None:
        """Wait until the picture is there and no work is under way. Raises TourError."""
        studio = self.window.studio
        studio.history.settle()  # as after the moment that hands rest
        self.wait("the picture", lambda: studio.view.shown_recipe == studio.document.recipe)
        for task in studio.tasks.under_way:
            task.resume()  # whatever the hands have paused
        titles = [each.title for each in studio.tasks.under_way]
        self.wait(" and ".join(titles), lambda: not studio.tasks.under_way)
        if self.window.banner.is_error:
            raise TourError(self.window.banner.text)

    def edit(self, count: int) -> None:
        """Do so many things. Raises TourError where one leads to an error message."""
        dialogs: list[str] = []
        watch = QTimer()  # a dialog may keep the hands from coming back
        watch.timeout.connect(partial(_close_dialog, dialogs))
        watch.start(LOOK_MS)
        for i in range(count):
            what = self.hands.act()
            QApplication.processEvents()
            _close_dialog(dialogs)
            if dialogs:
                raise TourError(f"{what} opened a dialog: {dialogs[0]}.")
            if self.window.banner.is_error:
                raise TourError(f"{what}: {self.window.banner.text}")
            if i % 20 == 19:
                self.rest()
        self.rest()

    def undo_all(self) -> int:
        """Undo all that can be undone; return how many steps that were."""
        self.hands.leave_tools()  # whose marks come before the steps
        stack = self.window.studio.document.undo_stack
        steps = 0
        while stack.canUndo():
            self.hands.press("undo")
            steps += 1
        self.rest()
        return steps

    def redo(self, steps: int) -> None:
        """Redo so many steps."""
        for _ in range(steps):
            self.hands.press("redo")
        self.rest()

    def round(self, count: int) -> Counts:
        """Work, undo all, redo all and undo all again. Raises TourError where that differs."""
        first = self.recipe
        self.edit(count)
        last = self.recipe
        steps = self.undo_all()
        if self.recipe != first:
            raise TourError("Undoing all did not lead back to the picture at the start.")
        self.redo(steps)
        if self.recipe != last:
            raise TourError("Undoing all and redoing all did not lead back to the same picture.")
        self.undo_all()
        if self.recipe != first:
            raise TourError("Undoing all a second time led somewhere else.")
        return self.counts()

    def counts(self) -> Counts:
        """Count what there is, once garbage is gone and threads have had the time to end."""
        self.rest()
        found = []
        for _ in range(LOOKS):
            gc.collect()
            pause(LOOK_MS)
            give_back_freed_memory()
            found.append(_counted(self.window))
        least = {name: min(getattr(each, name) for each in found) for name in COUNTED}
        return Counts(**least, kinds=found[-1].kinds)


def run_hour(edits: int = 600, seed: int = 0, model: Path | None = None) -> Iterator[str]:
    """Do it, yielding a line for each part. Raises TourError at the first that is not as it was."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _run(Path(folder), edits, seed, model)


def _run(folder: Path, edits: int, seed: int, model: Path | None) -> Iterator[str]:
    with _Child("work", folder, edits, seed, model) as first:
        counted = []
        for number in range(1 - WARM, ROUNDS + 1):
            counts = Counts(**first.answer()["counts"])
            counted.append(counts)
            yield (
                f"{_said(number)}: {edits // ROUNDS} edits, undone, redone and undone; "
                f"{counts.threads} threads, {counts.timers} timers, {counts.widgets} widgets, "
                f"{counts.memory / 1e6:.0f} MB"
            )
        _compare(counted)
        worked = first.answer()["recipe"]
        with _Child("visit", folder, 10, seed + 1, model) as second:
            beside = second.answer()["recipe"]
        first.say("more")
        last = first.answer()["recipe"]
        if first.answer()["saved"] != worked:
            raise TourError("The session that was saved holds another picture.")
        yield "Saved; a second window was opened, worked in and closed"
        first.kill()
    with _Child("recover", folder, 0, seed, model) as third:
        found = third.answer()
    if found["recipe"] != last:
        raise TourError("After the program was killed, another picture came back.")
    if found["steps"] < 2:
        raise TourError("After the program was killed, the history was gone.")
    if beside == last:
        raise TourError("Both windows show the same picture.")
    yield f"Killed and started again: the picture and {found['steps']} steps of history are back"


def _said(number: int) -> str:
    return f"Round {number}" if number > 0 else f"Warming up, round {number + WARM}"


def _close_dialog(titles: list[str]) -> None:
    dialog = QApplication.activeModalWidget()
    if dialog is not None:
        titles.append(dialog.windowTitle())
        dialog.close()


def _compare(counted: list[Counts]) -> None:
    """Raise TourError where rounds after those that warm up leave more behind each time.

    A panel makes some widgets when it is first asked to, so more of them count only where every
    round has brought more of a kind.
    """
    warm = counted[WARM - 1 :]
    first, last = warm[0], warm[-1]
    for name in ("threads", "timers"):
        before, after = getattr(first, name), getattr(last, name)
        if after > before:
            raise TourError(f"There were {before} {name} after {WARM} rounds, and {after} now.")
    for kind, count in last.kinds.items():
        counts = [each.kinds.get(kind, 0) for each in warm]
        if all(before < after for before, after in pairwise(counts)):
            before = counts[0]
            raise TourError(f"There were {before} widgets {kind} after {WARM} rounds, {count} now.")
    least = min(each.memory for each in warm[-LAST:])
    if least > GROWTH * first.memory:
        raise TourError(f"Memory grew from {first.memory / 1e6:.0f} to {least / 1e6:.0f} MB.")


class _Child:
    """A process with a window of its own, which answers in lines of JSON."""

    def __init__(self, part: str, folder: Path, edits: int, seed: int, model: Path | None) -> None:
        words = [part, str(folder), str(edits), str(seed), str(model or "")]
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        if error[0] is not None:  # it would work on
            self.kill()
        self._process.stdin.close()
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process.stdout.close()

    def answer(self) -> dict[str, Any]:
        """The next line. Raises TourError where it says what went wrong, or ended."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise TourError("The window's process ended unexpectedly.")
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise TourError(found["error"])
        return found

    def say(self, word: str) -> None:
        """Let it go on."""
        assert self._process.stdin
        print(word, file=self._process.stdin, flush=True)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait()


# --- in the process of a window ----------------------------------------------------------


def _work(part: str, folder: Path, edits: int, seed: int, model: str) -> Iterator[dict[str, Any]]:
    make_application()
    window = MainWindow(Settings(folder / "settings"))
    say_unexpected_errors_in(window)
    window.resize(1280, 800)
    window.show()
    worker = Worker(window, folder, seed)
    try:
        window.start([Path(model)] if model and part == "work" else [])
        worker.wait("the first picture", lambda: window.studio.view.shown_recipe)
        worker.rest()
        if part == "work":
            yield from _hour(worker, edits)
        elif part == "visit":
            worker.edit(edits)
            yield {"recipe": worker.recipe.to_json()}
        else:
            history = window.studio.history
            worker.wait("the history", lambda: history.tree is not None)
            steps = len(history.tree.nodes) if history.tree else 0
            yield {"recipe": worker.recipe.to_json(), "steps": steps}
    finally:
        window.quit()


def _hour(worker: Worker, edits: int) -> Iterator[dict[str, Any]]:
    for _ in range(WARM + ROUNDS):
        yield {"counts": asdict(worker.round(edits // ROUNDS))}
    worker.edit(10)
    session = worker.window.studio.session
    path = worker.out / SESSION
    session.write(path)
    worker.wait("the session to be saved", lambda: session.path == path)
    worker.rest()
    yield {"recipe": worker.recipe.to_json()}
    sys.stdin.readline()
    saved = open_session(path).recipe
    worker.edit(5)
    until = LOST_SECONDS * 1000
    pause = QTimer()
    pause.setSingleShot(True)
    pause.start(int(until))
    worker.wait("what a crash may cost", lambda: not pause.isActive())
    yield {"recipe": worker.recipe.to_json()}
    yield {"saved": saved.to_json() if saved else ""}
    sys.stdin.readline()  # here it is killed


def _answer(words: list[str]) -> None:
    part, folder, edits, seed, model = words
    with quietly_off_screen(), interrupts_between_events():
        try:
            for line in _work(part, Path(folder), int(edits), int(seed), model):
                _say(line)
        except TourError as error:
            _say({"error": str(error)})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _counted(window: MainWindow) -> Counts:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    timers = sum(len(each.findChildren(QTimer)) for each in (app, *app.topLevelWidgets()))
    memory = (held_by_process("VmRSS") or 0) - window.studio.thumbnails.nbytes
    kinds = Counter(type(each).__name__ for each in app.allWidgets())
    return Counts(_threads(app), timers, kinds.total(), memory, dict(kinds))


def _threads(app: QApplication) -> int:
    """Threads that the program itself has started; libraries keep pools of their own."""
    found = {each for root in (app, *app.topLevelWidgets()) for each in root.findChildren(QThread)}
    return threading.active_count() + sum(each.isRunning() for each in found)


if __name__ == "__main__":
    _answer(sys.argv[1:])
