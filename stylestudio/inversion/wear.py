"""Wears a model's samples, so that an encoder taught on them reads photos, too.

A photo has other light, grain and blur than any sample, and shows things that the model knows
nothing of. An encoder that has seen clean samples alone takes these for attributes. Neither does a
photo paint hair or a backdrop as the model does, so their textures change as well.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.retexture import retextured

CLEAN = 0.3  # share of pictures that stay as they are
LIGHT, CONTRAST, TINT = 0.12, 0.25, 0.06  # how far these go, of the range -1..1
GRAIN = 0.12  # deviation of noise at most
COARSEST = 4  # times that a picture is reduced at most, and enlarged again
PASTED = 0.4  # share of worn pictures with a part of another
SMALLEST, LARGEST = 0.1, 0.3  # radii of that part, of the side


def worn(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures [N, 3, R, R] in -1..1 under other light, blurred, retextured and covered.

    All that is random is drawn on the CPU; pictures stay where they are.
    """
    draws = torch.rand(len(pictures), 4, generator=generator).to(pictures.device)
    changed = photographed(retextured(_pasted(pictures, draws), generator), generator)
    clean = torch.rand(len(pictures), 1, 1, 1, generator=generator).to(pictures.device) < CLEAN
    return torch.where(clean, pictures, changed.clamp(-1, 1))


def photographed(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures [N, 3, R, R] in -1..1 blurred, with other contrast and light, and with grain."""
    count, _, side, _ = pictures.shape

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator).to(pictures.device)

    coarse = (1 + (COARSEST - 1) * torch.rand((), generator=generator) ** 2).item()
    small = F.interpolate(pictures, size=max(8, round(side / coarse)), mode="area")
    blurred = F.interpolate(small, size=side, mode="bilinear")
    changed = pictures.lerp(blurred, draw(1, 1, 1))
    contrast = 1 + CONTRAST * (2 * draw(1, 1, 1) - 1)
    light = LIGHT * (2 * draw(1, 1, 1) - 1) + TINT * (2 * draw(3, 1, 1) - 1)
    noise = torch.randn(pictures.shape, generator=generator).to(pictures.device)
    return changed * contrast + light + GRAIN * draw(1, 1, 1) ** 2 * noise


def _pasted(pictures: Tensor, draws: Tensor) -> Tensor:
    """Some with a round part of the next picture, soft at its edge; draws [N, 4] in 0..1."""
    side = pictures.shape[-1]
    at = ((torch.arange(side) + 0.5) / side).to(pictures.device)
    x, y, size, whether = draws[:, :, None, None].unbind(1)
    radius = SMALLEST + (LARGEST - SMALLEST) * size
    away = torch.hypot(at - x, at[:, None] - y)
    amount = ((radius - away) / 0.04).clamp(0, 1) * (whether < PASTED)
    return pictures.lerp(pictures.roll(1, 0), amount[:, None])
