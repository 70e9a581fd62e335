"""Moving and turning the scene within the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import EXPLORE, About, Dock, Feature
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
            Dock(
                "placement",
                "Placement",
                self.panel,
                tabbed_with="noise",
                workspaces=(EXPLORE,),
                about=About(
                    (
                        "Move and turn the scene inside the network, so that it is redrawn rather "
                        "than shifted.",
                        "Only StyleGAN3 models can do this.",
                    ),
                    (
                        "Karras, Aittala, Laine, Härkönen, Hellsten, Lehtinen and Aila "
                        "(2021): Alias-Free Generative Adversarial Networks",
                    ),
                ),
            ),
        )
