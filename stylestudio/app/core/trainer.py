"""Trainings for the window: the one at work, and those on disk that can be gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.task import FILES, OnClose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.core.training_run import TrainingRun


class Trainer(QObject):
    """Runs one training at a time; everything it tells arrives by signals."""

    moved = Signal()  # there is more in `run`, or its task has another state
    found_changed = Signal()
    written = Signal(object)  # the Path of what was asked for
    done = Signal(object)  # the Path of the result at the end of a training

    def __init__(self, tasks: Tasks, find: Callable[[], list[Any]], parent: QObject) -> None:
        """`find` lists the trainings on disk, on a task's thread."""
        super().__init__(parent)
        self._tasks, self._find = tasks, find
        self.run: TrainingRun | None = None
        self.task: Task | None = None  # of the run, also once it is over
        self.found: list[Any] = []
        tasks.changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether a training is at work, or waits for others to end."""
        return self.task is not None and not self.task.state.is_over

    def look(self) -> None:
        """Learn what trainings there are."""
        task = self._tasks.start(
            "Look for trainings",
            lambda *_: self._find(),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(self._on_found)

    def start(self, run: TrainingRun) -> None:
        """Begin a training, or go on with it where it has a state."""
        if self.is_running:
            return
        self.run = run
        self.task = self._tasks.start(
            f"Train {run.name}",
            self.run,
            owner=self,
            can_pause=True,
            can_finish=True,
            on_close=OnClose.SUSPEND,
            needs_grad=True,
        )
        self.task.succeeded.connect(self._on_succeeded)
        self.task.ended.connect(self._on_ended)
        self.moved.emit()

    def stop(self) -> None:
        """End it after its step, at once before the first; it can be gone on with."""
        if self.task is None or self.run is None:
            return
        if self.run.trainer is None:
            self.task.cancel()
        else:
            self.task.finish()

    def write(self, run: TrainingRun) -> None:
        """Write what a training has come to, which `written` then tells; it may be at rest."""
        if self.is_running and self.run is not None and self.run.name == run.name:
            run = self.run
        task = self._tasks.start(
            f"Write {run.name} as it stands",
            lambda *_: run.write_model(),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
        )
        task.succeeded.connect(self.written)

    @Slot(object)
    def _on_found(self, found: list[Any]) -> None:
        self.found = found
        self.found_changed.emit()

    @Slot(object)
    def _on_succeeded(self, path: Path | None) -> None:
        if path is not None:
            self.done.emit(path)

    @Slot()
    def _on_ended(self) -> None:
        self.look()
        self.moved.emit()

    @Slot(object)
    def _on_task_changed(self, task: Task) -> None:
        if task is self.task:
            self.moved.emit()
