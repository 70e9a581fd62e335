"""Moving and turning the scene within the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import EXPLORE, Dock, Feature
from stylestudio.app.features.placement.panel import PlacementPanel

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class PlacementFeature(Feature):
    """A dock with its controls."""

    id = "placement"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = PlacementPanel(studio.document)
        # Whichever of these two cannot act on a model, the other can.
        self.docks = (
            Dock("placement", "Placement", self.panel, tabbed_with="noise", workspaces=(EXPLORE,)),
        )
