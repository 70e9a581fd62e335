"""Maps of units as small pictures: where a unit is strong, the picture shows in a warm colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.editing import feature_maps
from stylestudio.render import Renderer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model

SIDE = 56  # pixels
WARM = torch.tensor((255.0, 170.0, 60.0))
DIMMED = 0.55  # of the picture's brightness where the unit rests
STRONG = 0.95  # of a map's values lie below what inserting by eye sets


class UnitPictures(NamedTuple):
    """What the grid shows of a step."""

    step: int
    units: tuple[int, ...]
    pictures: NDArray[np.uint8]  # [units, SIDE, SIDE, 3]
    strong: tuple[float, ...]  # what the map is where the unit is strong


def unit_pictures(
    model: Model, recipe: Recipe, step: int, units: tuple[int, ...] | None, assets: Assets
) -> UnitPictures:
    """The maps of these units, None for all, over the picture in gray."""
    pixels = Renderer(model, cache_bytes=0, assets=assets).render(recipe).pixels
    maps = feature_maps(model, recipe, step, assets)
    chosen = tuple(range(len(maps))) if units is None else units
    maps = maps[list(chosen)]
    strong = maps.flatten(1).quantile(STRONG, dim=1)
    return UnitPictures(step, chosen, _over(_small(pixels), maps), tuple(strong.tolist()))


def small_picture(model: Model, recipe: Recipe) -> NDArray[np.uint8]:
    """The picture of a recipe, [SIDE, SIDE, 3]."""
    pixels = Renderer(model, cache_bytes=0).render(recipe).pixels
    colours = torch.from_numpy(pixels[..., :3].astype(np.float32)).permute(2, 0, 1)
    small = F.interpolate(colours[None], size=(SIDE, SIDE), mode="area")[0]
    found: NDArray[np.uint8] = small.permute(1, 2, 0).round().byte().contiguous().numpy()
    return found


def _small(pixels: NDArray[np.uint8]) -> Tensor:
    """The picture in gray, [SIDE, SIDE] in 0..255."""
    gray = torch.from_numpy(pixels[..., :3].astype(np.float32).mean(2))
    return F.interpolate(gray[None, None], size=(SIDE, SIDE), mode="area")[0, 0]


def _over(gray: Tensor, maps: Tensor) -> NDArray[np.uint8]:
    """Maps [units, r, r] over the picture [SIDE, SIDE] -> [units, SIDE, SIDE, 3]."""
    large = F.interpolate(maps[None], size=(SIDE, SIDE), mode="bilinear", align_corners=False)[0]
    large = large.clamp(min=0)
    heat = large / large.amax((1, 2), keepdim=True).clamp(min=1e-6)
    heat = heat[..., None]
    shown = DIMMED * gray[..., None] * (1 - heat) + WARM * heat
    found: NDArray[np.uint8] = shown.clamp(0, 255).byte().numpy()
    return found
