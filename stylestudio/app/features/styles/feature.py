"""Painting the picture in styles, and learning new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.feature import Action, Dock, Feature, FileKind
from stylestudio.app.features.styles.library import StyleLibrary
from stylestudio.app.features.styles.panel import StylePanel
from stylestudio.app.features.styles.style_jobs import StyleJobs
from stylestudio.checkpoints import holds_styles

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio

PATTERNS = ("*.safetensors", "*.pth", "model.json")


class StylesFeature(Feature):
    """A dock, files of styles, and the work of learning and painting."""

    id = "styles"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.library = StyleLibrary(studio.assets, studio.jobs, studio.settings, self)
        self.jobs = StyleJobs(studio, self.library, self)
        self.panel = StylePanel(studio.document, self.library, self.jobs, studio.thumbnails)
        self.docks = (
            Dock("style", "Style", self.panel, scrolls=True, tabbed_with="mixing-console"),
        )
        self.actions = (
            Action(
                "paint_still",
                "&File",
                "paint",
                "&Paint this still…",
                "Paint the picture after a painting, step by step, and save it as PNG",
                self.jobs.ask_to_paint,
            ),
        )
        self.kinds = (
            FileKind("styles", "Styles", PATTERNS, holds_styles, self.library.open_paths),
        )
        for part in (self.library, self.jobs):
            part.failed.connect(studio.failed)
        self.library.opened.connect(self._on_opened)
        self.jobs.said.connect(studio.done)
        self.jobs.started.connect(self._show_dock)

    def close(self) -> None:
        """Give up what is in the making."""
        self.jobs.close()

    @Slot()
    def _show_dock(self) -> None:
        self.studio.dock_wanted.emit("style")

    @Slot()
    def _on_opened(self) -> None:
        """Show the styles, and the picture that may have waited for them."""
        self._show_dock()
        self.studio.render()
