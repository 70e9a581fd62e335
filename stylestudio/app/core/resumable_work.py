"""Long work for one model that can be continued another day: its task, and what was left undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.task import FILES, OnClose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Model


class ResumableRun(Protocol):
    """The work of one task. The first thing that couldn't be written is in `problem`."""

    problem: str

    @property
    def model(self) -> Model:
        """The model that it is for."""

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> object:
        """Run until it is done or told to finish early. Raises Cancelled."""


class LeftUndone(Protocol):
    """What an earlier run has left on disk."""

    @property
    def model_sha256(self) -> str:
        """The model that it can be continued with."""


Left_co = TypeVar("Left_co", bound=LeftUndone, covariant=True)


class WorkFolder(Protocol[Left_co]):
    """Where a run keeps what it can be continued from."""

    @property
    def state(self) -> Path:
        """The file of that."""

    def unfinished(self) -> Left_co | None:
        """What a run has left; None where it left nothing that can be read."""


Run = TypeVar("Run", bound=ResumableRun)
Left = TypeVar("Left", bound=LeftUndone)


class ResumableWork(QObject, Generic[Run, Left]):
    """Runs one piece of work at a time; everything it tells arrives by signals."""

    moved = Signal()  # there is more in `run`, or its task has another state
    left_changed = Signal()
    said = Signal(str)  # a sentence for the status bar
    failed = Signal(str)  # a sentence for the banner

    def __init__(self, kind: str, tasks: Tasks, folder: WorkFolder[Left], parent: QObject) -> None:
        """`kind` is one word for a run."""
        super().__init__(parent)
        self._kind, self._tasks, self._work_folder = kind, tasks, folder
        self._has_looked = False
        self.run: Run | None = None
        self.task: Task | None = None  # of the run, also once it is over
        self.left: Left | None = None  # to go on with, once its model is open
        tasks.changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether a run is at work, or waits for others to end."""
        return self.task is not None and not self.task.state.is_over

    @property
    def would_drop(self) -> bool:
        """Whether beginning anew loses a run, for any model, that can be continued."""
        is_ending = any(task.key == self._kind for task in self._tasks.under_way)
        return is_ending or self._work_folder.state.exists()

    def can_go_on(self, model: Model | None) -> bool:
        """Whether a run for this model was left undone."""
        left = self.left
        same = left is not None and model is not None and left.model_sha256 == model.sha256
        return same and not self.is_running

    def follow_model(self, model: Model) -> None:
        """Let go of a run for another model: it can be gone on with, once that is open."""
        if self.run is not None and self.run.model.sha256 != model.sha256:
            if self.task is not None and self.is_running:
                self.task.cancel(keep_partial=True)
                name = self.run.model.name
                self.said.emit(f"The {self._kind} has stopped; open {name} again to continue it.")
            self.run = self.task = None
            self._look()
        elif not self._has_looked:
            self._look()

    def stop(self) -> None:
        """End it after its step, with the result so far."""
        if self.task is not None:
            self.task.finish()

    def _begin(self, title: str, run: Run) -> Task | None:
        """Let a run work as a task; None while another is at work."""
        if self.is_running:
            return None
        self.run, self.left = run, None
        self.task = task = self._tasks.start(
            title,
            run,
            owner=self,
            can_pause=True,
            can_finish=True,
            on_close=OnClose.SUSPEND,
            needs_grad=True,
            key=self._kind,  # as one that is being cancelled still writes its state
        )
        task.ended.connect(self._on_ended)
        return task

    def _look(self) -> None:
        """Learn what was left undone."""
        self._has_looked = True
        task = self._tasks.start(
            f"Look for an unfinished {self._kind}",
            lambda *_: self._work_folder.unfinished(),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(self._on_left)

    @Slot(object)
    def _on_left(self, left: Left | None) -> None:
        self.left = None if self.is_running else left
        self.left_changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        if self.run is not None and self.run.problem:
            self.failed.emit(self.run.problem)
        self._look()
        self.moved.emit()

    @Slot(object)
    def _on_task_changed(self, task: Task) -> None:
        if task is self.task:
            self.moved.emit()
