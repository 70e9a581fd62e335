"""Rewritings for the window: what is painted, the one at work, and what was left of an earlier."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.resumable_work import ResumableWork
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.rewrite.rewrite_run import RewriteRun
from stylestudio.editing.rewrite_folder import RewriteFolder, Trays, Unfinished

if TYPE_CHECKING:
    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio
    from stylestudio.editing import Rewrite
    from stylestudio.editing.rewriting import RewriteSettings
    from stylestudio.render import Model


class Rewriter(ResumableWork[RewriteRun, Unfinished]):
    """Runs one rewriting at a time.

    What is painted is kept on disk as it changes, for each model.
    """

    trays_changed = Signal()
    found = Signal(object)  # Rewrite, whose delta is in the store

    def __init__(self, studio: Studio, parent: QObject) -> None:
        self._folder = RewriteFolder(studio.own_files.path("rewriting"))
        super().__init__("rewriting", studio.tasks, self._folder, parent)
        self._studio = studio
        self._trays: dict[str, Trays] = {}  # by the hash of the model
        studio.document.model_changed.connect(self._on_model)

    @property
    def trays(self) -> Trays:
        """What is painted on pictures of the model on show."""
        model = self._studio.document.model
        return Trays() if model is None else self._trays.get(model.sha256, Trays())

    def set_trays(self, model_sha256: str, trays: Trays) -> None:
        """Put other pictures in the trays of a model, and keep them."""
        self._trays[model_sha256] = trays
        task = self._tasks.start(
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
        self._work(RewriteRun(pair, self.trays, settings, self._folder, self._studio.assets))

    def go_on(self, pair: ModelRecipe) -> None:
        """Continue with what was left."""
        left = self.left
        if left is not None and self.can_go_on(pair.model):
            folder, assets = self._folder, self._studio.assets
            self._work(RewriteRun(pair, self.trays, left.settings, folder, assets, left))

    def _work(self, run: RewriteRun) -> None:
        task = self._begin(f"Rewrite {run.settings.name}", run)
        if task is not None:
            task.succeeded.connect(self._on_found)
            self.moved.emit()

    @Slot(object)
    def _on_model(self, model: Model) -> None:
        self.follow_model(model)
        if model.sha256 not in self._trays:
            task = self._tasks.start(
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

    @Slot(object)
    def _on_found(self, found: Rewrite | None) -> None:
        if found is None:
            self.said.emit("Stopped before anything was rewritten")
        else:
            self.found.emit(found)
