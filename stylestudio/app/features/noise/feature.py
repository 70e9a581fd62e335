"""What the model adds at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import EXPLORE, FILM, About, Dock, Feature
from stylestudio.app.features.noise.panel import NoisePanel

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class NoiseFeature(Feature):
    """A dock with its controls."""

    id = "noise"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.panel = NoisePanel(studio.document)
        self.docks = (
            Dock(
                "noise",
                "Noise",
                self.panel,
                in_front=True,
                height=300,
                workspaces=(EXPLORE, FILM),
                about=About(
                    (
                        "Noise decides small details that the seed leaves open, such as single "
                        "hairs and grain.",
                        "Fix it, seed it, let it flow in a clip, or turn it off.",
                    ),
                    (
                        "Karras, Laine and Aila (2019): A Style-Based Generator "
                        "Architecture for Generative Adversarial Networks",
                    ),
                ),
            ),
        )
