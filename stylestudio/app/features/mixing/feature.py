"""Style mixing: rows of sources over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import EXPLORE, FILM, About, Action, Dock, Feature, TourStep
from stylestudio.app.features.mixing.panel import ROLL, MixingPanel

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class MixingFeature(Feature):
    """A dock with its controls."""

    id = "mixing"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = MixingPanel(studio)
        self.docks = (
            Dock(
                "mixing-console",
                "Mixing console",
                self.panel,
                scrolls=True,
                in_front=True,
                height=330,
                workspaces=(EXPLORE, FILM),
                about=About(
                    (
                        "Take some layers of the picture from other sources: coarse layers bring "
                        "pose and shape, fine ones colour and texture.",
                        "Raise the bar of a layer, or drag a group's name for all of its layers.",
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
                3,
                "Take some layers from a second source: drag a group's name up, or single bars "
                "below it. Coarse layers bring pose and shape, fine ones colour.",
                lambda: self.panel,
                "mixing-console",
            ),
        )
        self.actions = (
            Action(
                "roll_mix",
                "&Edit",
                "change",
                "Roll the &mixed sources",
                ROLL,
                self.panel.roll_seeds,
                ("Shift+R",),
            ),
        )
        studio.sources_at_hand.offer(self.panel.files.at_hand)
