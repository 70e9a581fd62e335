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
                    "Move and turn the picture within the network, so that it is drawn anew "
                    "at the place rather than shifted. Models of the StyleGAN3 kind can do "
                    "so.",
                    (
                        "Karras, Aittala, Laine, Härkönen, Hellsten, Lehtinen and Aila "
                        "(2021): Alias-Free Generative Adversarial Networks",
                    ),
                ),
            ),
        )
