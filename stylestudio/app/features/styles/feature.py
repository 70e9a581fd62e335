"""Painting the picture in styles, and learning new ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import (
    EXPLORE,
    FILM,
    PHOTO,
    WORDS,
    About,
    Action,
    Dock,
    Feature,
    FileKind,
    TourStep,
)
from stylestudio.app.core.session_parts import FileOwner
from stylestudio.app.features.styles.library import StyleLibrary
from stylestudio.app.features.styles.panel import StylePanel
from stylestudio.app.features.styles.style_tasks import StyleTasks
from stylestudio.checkpoints import holds_styles

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio

PATTERNS = ("*.safetensors", "*.pth", "model.json")


class StylesFeature(Feature):
    """A dock, files of styles, and the work of learning and painting."""

    id = "styles"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.library = StyleLibrary(studio.assets, studio.tasks, studio.settings, self)
        owner = FileOwner(self.library.place_of, self.library.remember)
        studio.session.places.add_owner("styles", owner)
        self.tasks = StyleTasks(studio, self.library, self)
        self.panel = StylePanel(studio.document, self.library, self.tasks, studio.thumbnails)
        self.docks = (
            Dock(
                "style",
                "Style",
                self.panel,
                scrolls=True,
                tabbed_with="mixing-console",
                working_height=440,
                workspaces=(EXPLORE, PHOTO, WORDS, FILM),
                about=About(
                    (
                        "Paint the picture in the manner of a painter, or in a blend of several.",
                        "Click a style to use it alone, drag on the pad to blend four.",
                    ),
                    (
                        "Dumoulin, Shlens and Kudlur (2017): A Learned Representation for "
                        "Artistic Style",
                    ),
                ),
            ),
        )
        self.tour = (
            TourStep(
                4,
                "Click a style to paint the picture in the manner of a painter. Drag on the pad "
                "below to blend four of them.",
                lambda: self.panel.grid,
                "style",
            ),
        )
        self.actions = (
            Action(
                "open_style_folder",
                "&File",
                "open",
                "Open style &folder…",
                "Open a folder with a TensorFlow.js style network",
                partial(self.library.ask_for_folder, studio.window),
            ),
            Action(
                "paint_still",
                "&File",
                "paint",
                "&Paint this still…",
                "Repaint the picture in the style of any painting, and save it as PNG",
                self.tasks.ask_to_paint,
            ),
        )
        self.kinds = (
            FileKind("styles", "Styles", PATTERNS, holds_styles, self.library.open_paths),
        )
        for part in (self.library, self.tasks):
            part.failed.connect(studio.failed)
        studio.learned_styles.places = self.library.places_to_grow
        studio.learned_styles.brought.connect(self.tasks.take)
        self.library.opened.connect(self._on_opened)
        self.tasks.said.connect(studio.done)
        self.tasks.saved.connect(studio.saved)
        self.tasks.started.connect(self._show_dock)

    @Slot()
    def _show_dock(self) -> None:
        self.studio.dock_wanted.emit("style")

    @Slot()
    def _on_opened(self) -> None:
        """Show the styles, and the picture that may have waited for them."""
        self._show_dock()
        self.studio.render()
