"""Where a portrait shows what, as its painter knows: to judge units by the parts that they draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.portraits.paint import Painter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

# The colours that each part is painted with; "rest" takes all others, skin and eyes above all.
PARTS = {
    "sky": ("sky", "sky_light", "sky_shade", "disc"),
    "hair": ("hair", "hair_light", "hair_shade"),
    "cloth": ("cloth", "cloth_light", "cloth_shade"),
    "mouth": ("lips", "lips_light", "lips_shade", "mouth"),
    "glasses": ("ink",),
}
REST = "rest"
WITHOUT = -8.0  # of the attribute: no trace of glasses, while the pupils keep their ink
SHOWN = 0.6  # of the attribute: glasses that everybody sees


class _PartPainter(Painter):
    """Paints parts as others paint colours: each in a channel of its own."""

    def __init__(self, a: Mapping[str, Tensor], resolution: int) -> None:
        super().__init__(a, {}, resolution)
        channels = dict(zip(PARTS, torch.eye(len(PARTS)), strict=True))
        nothing = torch.zeros(len(PARTS))
        for role in self.colours:
            part = next((part for part, roles in PARTS.items() if role in roles), "")
            self.colours[role] = channels.get(part, nothing)[None, :, None, None]
        count = len(a["glasses"])
        self.picture = self.colours["sky"].repeat(count, 1, resolution, resolution)

    def _paper(self) -> Tensor:
        return self.picture


def part_masks(a: Mapping[str, Tensor], resolution: int) -> dict[str, Tensor]:
    """How much of each pixel a part covers: [N, resolution, resolution] in 0..1 by part.

    `a` are attributes [N, 1, 1] by name. They add up to 1, but for `rest` at the pupils.
    """
    painted = _PartPainter(a, resolution).paint()
    bare = _PartPainter({**a, "glasses": torch.full_like(a["glasses"], WITHOUT)}, resolution)
    masks = dict(zip(PARTS, painted.unbind(1), strict=True))
    masks["glasses"] = (masks["glasses"] - bare.paint()[:, [*PARTS].index("glasses")]).clamp(min=0)
    rest = 1 - torch.stack([*masks.values()]).sum(0)
    return {**masks, REST: rest.clamp(0, 1)}
