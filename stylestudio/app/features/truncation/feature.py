"""Truncation: psi and cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import EXPLORE, FILM, WORDS, Dock, Feature
from stylestudio.app.features.truncation.panel import TruncationPanel

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class TruncationFeature(Feature):
    """A dock with its controls."""

    id = "truncation"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = TruncationPanel(studio.document)
        self.docks = (
            Dock(
                "truncation",
                "Truncation",
                self.panel,
                height=112,
                workspaces=(EXPLORE, WORDS, FILM),
            ),
        )
