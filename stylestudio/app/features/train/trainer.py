"""Trainings for the window: the one at work, and those on disk that can be gone on with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.train.train_run import TrainRun, standing_model
from stylestudio.app.features.train.trainings import find_trainings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.features.train.trainings import Training


class Trainer(QObject):
    """Runs one training at a time; everything it tells arrives by signals."""

    moved = Signal()  # there is more in `run`, or its task has another state
    found_changed = Signal()
    written = Signal(object)  # the Path of a model that was asked for
    done = Signal(object)  # the Path of a model at the end of its training

    def __init__(
        self, tasks: Tasks, root: Path, device: Callable[[], tuple[str, str]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._tasks, self._device = tasks, device
        self.root = root
        self.run: TrainRun | None = None
        self.task: Task | None = None  # of the run, also once it is over
        self.found: list[Training] = []
        tasks.changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether a training is at work, or waits for others to end."""
        return self.task is not None and not self.task.state.is_over

    def look(self) -> None:
        """Learn what trainings there are."""
        task = self._tasks.start(
            "Look for trainings",
            lambda *_: find_trainings(self.root),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(self._on_found)

    def start(self, training: Training) -> None:
        """Begin a training, or go on with it where it has a state."""
        if self.is_running:
            return
        self.run = TrainRun(training, self._device)
        self.task = self._tasks.start(
            f"Train {training.name}",
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
        """End it after its step; it can be gone on with."""
        if self.task is not None:
            self.task.finish()

    def write(self, training: Training) -> None:
        """Write the model of a training as it stands, which `written` then tells."""
        work: Callable[[], Path] = partial(standing_model, training)
        if self.is_running and self.run is not None and self.run.training.name == training.name:
            work = self.run.write_model
        task = self._tasks.start(
            f"Write {training.name} as it stands",
            lambda *_: work(),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
        )
        task.succeeded.connect(self.written)

    @Slot(object)
    def _on_found(self, found: list[Training]) -> None:
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
