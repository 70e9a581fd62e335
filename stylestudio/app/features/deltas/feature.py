"""What changes the weights of the whole model: a dock, and files of deltas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import SHAPE, TEACH, About, Action, Dock, Feature, FileKind
from stylestudio.app.features.deltas.library import PATTERNS, DeltaLibrary
from stylestudio.app.features.deltas.panel import DeltasPanel
from stylestudio.recipe import MapperEdit, mappers_of
from stylestudio.recipe.deltas import known_deltas
from stylestudio.render.delta import holds_delta

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.deltas.library import Opened


class DeltasFeature(Feature):
    """A dock, files of deltas, and models to crossfade with."""

    id = "deltas"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.library = DeltaLibrary(studio, self)
        self.panel = DeltasPanel(studio.document, self.library)
        self.docks = (
            Dock(
                "deltas",
                "Weights",
                self.panel,
                scrolls=True,
                tabbed_with="noise",
                working_height=320,
                workspaces=(SHAPE, TEACH),
                about=About(
                    (
                        "Change the weights of the model by an amount: with a delta that you "
                        "trained or found, or by a crossfade with a related model.",
                        "Each layer can have its own share.",
                    ),
                    (
                        "Pinkney and Adler (2020): Resolution Dependent GAN Interpolation "
                        "for Controllable Image Synthesis Between Domains",
                    ),
                ),
            ),
        )
        # Before networks for pictures, which are looked for in files of weights, too.
        self.kinds = (
            FileKind(
                "deltas",
                "Deltas",
                PATTERNS,
                holds_delta,
                self.library.open_deltas,
                -1,
                needs_model=True,
            ),
        )
        self.actions = (
            Action(
                "crossfade",
                "&File",
                "open",
                "&Crossfade with a model…",
                "Blend the model's weights with those of another model of the same shape",
                self.ask_for_sibling,
            ),
        )
        self.library.opened.connect(self._on_opened)
        studio.opener.brought.connect(self._on_more_open)
        studio.document.model_changed.connect(self._on_more_open)

    @Slot()
    def ask_for_sibling(self) -> None:
        """Let the user choose a model to crossfade with."""
        self.library.ask_for_sibling(self.studio.window)

    @Slot()
    def _on_more_open(self) -> None:
        if self.library.missing:
            self.library.look_again()
            self.studio.render()

    @Slot(object, bool)
    def _on_opened(self, opened: Opened, waited: bool) -> None:
        """Use what was opened: for a picture that waited for it, else as one more delta."""
        is_mapper = isinstance(opened.use, MapperEdit)
        self.studio.dock_wanted.emit("edits" if is_mapper else "deltas")
        recipe = self.studio.document.recipe
        if recipe is None or recipe.model.sha256 != opened.model.sha256:
            return
        named = {each.weights.sha256 for each in known_deltas(recipe.deltas).values()}
        named |= {each.network.sha256 for each in mappers_of(recipe)}
        if (waited or is_mapper) and opened.facts.sha256 in named:
            self.studio.render()
        else:
            self.panel.put(opened.use)
