"""Adaptations for the window: the one at work, its snapshots, and what was left of an earlier."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.adapt.adapt_run import AdaptRun
from stylestudio.render import open_delta

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.features.adapt.adapt_run import Asked
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Assets, Delta, Model
    from stylestudio.text.adapt_folder import AdaptFolder, KeptSnapshot, Unfinished


class Adapter(QObject):
    """Runs one adaptation at a time; everything it tells arrives by signals."""

    moved = Signal()  # there is more in `run`, or its task has another state
    left_changed = Signal()
    kept = Signal(object)  # Delta, in the store from now on
    failed = Signal(str)

    def __init__(self, tasks: Tasks, folder: AdaptFolder, assets: Assets, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks, self._folder, self._assets = tasks, folder, assets
        self._has_looked = False
        self.run: AdaptRun | None = None
        self.task: Task | None = None  # of the run, also once it is over
        self.left: Unfinished | None = None  # to go on with, once its model is open
        tasks.changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether an adaptation is at work, or waits for others to end."""
        return self.task is not None and not self.task.state.is_over

    def follow_model(self, model: Model) -> None:
        """Let go of an adaptation of another model: it can be gone on with, once that is open."""
        if self.run is not None and self.run.model.sha256 != model.sha256:
            assert self.task is not None
            self.task.cancel(keep_partial=True)
            self.run = self.task = None
            self._look()
        elif not self._has_looked:
            self._look()

    def start(self, model: Model, asked: Asked) -> None:
        """Begin anew; what an earlier one has left is lost."""
        self._begin(AdaptRun(model, asked, self._folder, None))

    def go_on(self, model: Model, asked: Asked) -> None:
        """Continue with what was left, by the text model that is asked for."""
        if self.left is not None and self.left.model_sha256 == model.sha256:
            self._begin(AdaptRun(model, asked, self._folder, self.left))

    def stop(self) -> None:
        """End it after its step, with the result so far."""
        if self.task is not None:
            self.task.finish()

    def keep(self, snapshot: KeptSnapshot) -> None:
        """Put a snapshot's delta into the store, which `kept` then tells."""
        task = self._tasks.start(
            "Keep the adapted model",
            partial(_keep, self._assets, snapshot),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            is_listed=False,
        )
        task.succeeded.connect(self.kept)

    def _begin(self, run: AdaptRun) -> None:
        if self.is_running:
            return
        self.run, self.left = run, None
        self.task = self._tasks.start(
            f"Adapt {run.model.name}",
            run,
            owner=self,
            can_pause=True,
            can_finish=True,
            on_close=OnClose.SUSPEND,
            needs_grad=True,
        )
        self.task.ended.connect(self._on_ended)

    def _look(self) -> None:
        """Learn what was left undone."""
        self._has_looked = True
        task = self._tasks.start(
            "Look for an unfinished adaptation",
            lambda *_: self._folder.unfinished(),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(self._on_left)

    @Slot(object)
    def _on_left(self, left: Unfinished | None) -> None:
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


# --- the work of the tasks, on their threads ---------------------------------------------


def _keep(
    assets: Assets,
    snapshot: KeptSnapshot,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Delta:
    delta = open_delta(snapshot.delta)
    assets.keep(delta)
    return delta
