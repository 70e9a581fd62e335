"""The undo history, in pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import BOTTOM, PHOTO, SHAPE, TEACH, WORDS, About, Dock, Feature
from stylestudio.app.features.history.panel import HistoryPanel

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class HistoryFeature(Feature):
    """A dock with its controls."""

    id = "history"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = HistoryPanel(studio.document, studio.thumbnails)
        self.docks = (
            Dock(
                "history",
                "History",
                self.panel,
                BOTTOM,
                leads=(PHOTO, SHAPE, WORDS, TEACH),
                about=About(
                    "Every step that you have taken is here as a picture. Click one to go "
                    "back to it; nothing is lost by going back.",
                ),
            ),
        )
