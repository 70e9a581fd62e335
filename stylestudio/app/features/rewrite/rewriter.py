"""Rewritings for the window: what is painted, the one at work, and what was left of an earlier."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.rewrite.rewrite_run import RewriteRun
from stylestudio.editing.rewrite_folder import RewriteFolder, Trays

if TYPE_CHECKING:
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.editing import Rewrite
    from stylestudio.editing.rewrite_folder import Unfinished
    from stylestudio.editing.rewriting import RewriteSettings
    from stylestudio.render import Model


class Rewriter(QObject):
    """Runs one rewriting at a time; everything it tells arrives by signals.

    What is painted is kept on disk as it changes, for each model.
    """

    trays_changed = Signal()
    moved = Signal()  # there is more in `run`, or its task has another state
    left_changed = Signal()
    found = Signal(object)  # Rewrite, whose delta is in the store
    said = Signal(str)  # a sentence for the status bar
    failed = Signal(str)  # a sentence for the banner

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._folder = RewriteFolder(studio.own_files.path("rewriting"))
        self._trays: dict[str, Trays] = {}  # by the hash of the model
        self.run: RewriteRun | None = None
        self.task: Task | None = None  # of the run, also once it is over
        self.left: Unfinished | None = None  # to go on with, once its model is open
        self._has_looked = False
        studio.document.model_changed.connect(self._on_model)
        studio.tasks.changed.connect(self._on_task_changed)

    @property
    def trays(self) -> Trays:
        """What is painted on pictures of the model on show."""
        model = self._studio.document.model
        return Trays() if model is None else self._trays.get(model.sha256, Trays())

    @property
    def is_running(self) -> bool:
        """Whether a rewriting is at work, or waits for others to end."""
        return self.task is not None and not self.task.state.is_over

    @property
    def can_go_on(self) -> bool:
        """Whether a rewriting of the model on show was left undone."""
        model, left = self._studio.document.model, self.left
        same = left is not None and model is not None and left.model_sha256 == model.sha256
        return same and not self.is_running

    def set_trays(self, model_sha256: str, trays: Trays) -> None:
        """Put other pictures in the trays of a model, and keep them."""
        self._trays[model_sha256] = trays
        task = self._studio.tasks.start(
            "Keep painted pictures",
            lambda *_: self._folder.keep_trays(model_sha256, trays),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            key=("trays", model_sha256),
            is_listed=False,
        )
        task.failed.connect(self.failed)
        self.trays_changed.emit()

    def start(self, pair: ModelRecipe, settings: RewriteSettings) -> None:
        """Begin anew; what an earlier one has left is lost."""
        self._begin(RewriteRun(pair, self.trays, settings, self._folder, self._studio.assets))

    def go_on(self, pair: ModelRecipe) -> None:
        """Continue with what was left."""
        left = self.left
        if left is not None and self.can_go_on:
            folder, assets = self._folder, self._studio.assets
            self._begin(RewriteRun(pair, self.trays, left.settings, folder, assets, left))

    def stop(self) -> None:
        """End it after its step, with the result so far."""
        if self.task is not None:
            self.task.finish()

    def _begin(self, run: RewriteRun) -> None:
        if self.is_running:
            return
        self.run, self.left = run, None
        self.task = self._studio.tasks.start(
            f"Rewrite {run.settings.name}",
            run,
            owner=self,
            can_pause=True,
            can_finish=True,
            on_close=OnClose.SUSPEND,
            needs_grad=True,
            key="rewriting",  # one that is being cancelled still writes its state
        )
        self.task.succeeded.connect(self._on_found)
        self.task.ended.connect(self._on_ended)
        self.moved.emit()

    @Slot(object)
    def _on_model(self, model: Model) -> None:
        """Let go of a rewriting of another model: it can be gone on with, once that is open."""
        run = self.run
        if run is not None and run.pair.model.sha256 != model.sha256:
            if self.is_running and self.task is not None:
                self.task.cancel(keep_partial=True)
                name = run.pair.model.name
                self.said.emit(f"The rewriting has stopped; open {name} again to continue it.")
            self.run = self.task = None
            self._look()
        elif not self._has_looked:
            self._look()
        if model.sha256 not in self._trays:
            task = self._studio.tasks.start(
                "Look for painted pictures",
                lambda *_: self._folder.trays(model.sha256),
                lane=FILES,
                owner=self,
                is_listed=False,
            )
            task.succeeded.connect(partial(self._on_trays, model.sha256))
        self.trays_changed.emit()
        self.moved.emit()

    def _on_trays(self, model_sha256: str, trays: Trays) -> None:
        self._trays.setdefault(model_sha256, trays)
        self.trays_changed.emit()

    def _look(self) -> None:
        """Learn what was left undone."""
        self._has_looked = True
        task = self._studio.tasks.start(
            "Look for an unfinished rewriting",
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

    @Slot(object)
    def _on_found(self, found: Rewrite | None) -> None:
        if found is None:
            self.said.emit("Stopped before anything was rewritten")
        else:
            self.found.emit(found)

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
