"""Bending feature maps, and painting other sources into regions: a dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.feature import SHAPE, About, Dock, Feature
from stylestudio.app.features.interventions.painter import MaskPainter
from stylestudio.app.features.interventions.panel import BendPanel
from stylestudio.app.features.interventions.sources import RegionSources

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio


class InterventionsFeature(Feature):
    """A dock with a row for each, and the brush for their masks."""

    id = "interventions"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.painter = MaskPainter(studio, self)
        self.sources = RegionSources(studio, self)
        self.panel = BendPanel(studio, self.painter, self.sources)
        self.docks = (
            Dock(
                "bend",
                "Bend",
                self.panel,
                scrolls=True,
                tabbed_with="noise",
                working_height=360,
                workspaces=(SHAPE,),
                about=About(
                    (
                        "Change a layer's output before the next layer uses it: scale, turn or "
                        "blur it, everywhere or where you paint.",
                        "You can also paint another seed into part of the picture.",
                    ),
                    (
                        "Broad, Leymarie and Grierson (2021): Network Bending: Expressive "
                        "Manipulation of Deep Generative Models",
                    ),
                ),
            ),
        )
        self.sources.noted.connect(studio.noted)
