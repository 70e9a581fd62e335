"""Style mixing: rows of sources over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import EXPLORE, FILM, Action, Dock, Feature
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
