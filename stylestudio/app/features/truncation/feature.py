"""Truncation: psi and cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import EXPLORE, FILM, LEFT, WORDS, About, Dock, Feature, TourStep
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
                LEFT,
                height=118,
                workspaces=(EXPLORE, WORDS, FILM),
                about=About(
                    (
                        "Psi draws the picture towards the model's average: near 0 all pictures "
                        "look alike, at 1 they vary as the model has learned.",
                        "With fewer layers, only the coarse features are drawn in.",
                    ),
                    (
                        "Karras, Laine and Aila (2019): A Style-Based Generator "
                        "Architecture for Generative Adversarial Networks",
                    ),
                ),
            ),
        )
        self.tour = (
            TourStep(
                2,
                "Psi says how daring the picture is: near 0 all look like the average, at 1 they "
                "vary as the model has learned. Move it, and double-click it to go back.",
                lambda: self.panel.psi,
                "truncation",
            ),
        )
