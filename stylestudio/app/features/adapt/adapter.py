"""Adaptations for the window: the one at work, its snapshots, and what was left of an earlier."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.resumable_work import ResumableWork
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.adapt.adapt_run import AdaptRun
from stylestudio.render import open_delta
from stylestudio.text.adapt_folder import Unfinished

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.features.adapt.adapt_run import Asked
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Assets, Delta, Model
    from stylestudio.text.adapt_folder import AdaptFolder, KeptSnapshot


class Adapter(ResumableWork[AdaptRun, Unfinished]):
    """Runs one adaptation at a time."""

    kept = Signal(object)  # Delta, in the store from now on

    def __init__(self, tasks: Tasks, folder: AdaptFolder, assets: Assets, parent: QObject) -> None:
        super().__init__("adaptation", tasks, folder, parent)
        self._folder, self._assets = folder, assets
        self._on_disk: list[KeptSnapshot] = []  # of an earlier run for the model on show
        self._looking: Task | None = None  # for those

    @property
    def snapshots(self) -> list[KeptSnapshot]:
        """Those of the run; where it has none, those that an earlier one has left."""
        found = self.run.snapshots if self.run is not None else []
        return (found or self._on_disk)[:]  # the thread at work adds to it

    def follow_model(self, model: Model) -> None:
        """Let go of a run for another model, and take up what there is of this one."""
        super().follow_model(model)
        if not self.is_running and (self.run is None or not self.run.snapshots):
            self._on_disk = []
            self._look_for_snapshots(model)

    def start(self, model: Model, asked: Asked) -> None:
        """Begin anew; what an earlier one has left is lost."""
        self._begin(f"Adapt {model.name}", AdaptRun(model, asked, self._folder, None))

    def go_on(self, model: Model, asked: Asked) -> None:
        """Continue with what was left, by the text model that is asked for."""
        if self.can_go_on(model):
            self._begin(f"Adapt {model.name}", AdaptRun(model, asked, self._folder, self.left))

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

    def _begin(self, title: str, run: AdaptRun) -> Task | None:
        task = super()._begin(title, run)
        if task is not None:
            self._on_disk, self._looking = [], None
        return task

    @Slot()
    def _on_ended(self) -> None:
        """A run that came to nothing before it cleared the folder leaves an earlier one's."""
        super()._on_ended()
        if self.run is not None and not self.run.snapshots:
            self._look_for_snapshots(self.run.model)

    def _look_for_snapshots(self, model: Model) -> None:
        self._looking = task = self._tasks.start(
            "Look for the snapshots of an adaptation",
            lambda *_: self._folder.snapshots_of(model.sha256),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        task.succeeded.connect(partial(self._on_snapshots, task))

    def _on_snapshots(self, task: Task, found: list[KeptSnapshot]) -> None:
        if task is self._looking and not self.is_running:
            self._on_disk = found
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
