"""Segments of a model's pictures: places that its own maps tell apart, in several at a time.

A generator's maps know hair from skin without having been told (Collins et al. 2020, "Editing in
Style", cluster them likewise; Zhang et al. 2021, DatasetGAN). As all pictures are clustered
together, a segment is the same thing in each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

from stylestudio.editing.features import inner_maps, unit_steps
from stylestudio.networks.chain import steps_upto
from stylestudio.render.colours import as_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.editing.features import FeatureReader
    from stylestudio.progress import Cancel
    from stylestudio.recipe import Recipe

SIDES = (16, 128)  # pixels of the maps that are looked at, the smallest and the largest
LLOYD = 15  # rounds of k-means


class Seen(NamedTuple):
    """A model's pictures, and the maps that they were made of."""

    pictures: Tensor  # [N, 3, r, r] in 0..1, on the model's device
    maps: tuple[Tensor, ...]  # float32 [N, C, r, r] on the processor, from small to large

    def only(self, which: Tensor) -> Seen:
        """Those of the pictures that `which` bool [N] says."""
        maps = tuple(each[which] for each in self.maps)
        return Seen(self.pictures[which.to(self.pictures.device)], maps)


def see(
    reader: FeatureReader, recipes: Sequence[Recipe], side: int, cancel: Cancel | None = None
) -> Seen:
    """Make pictures of at least `side` pixels, with the last maps of each size up to there.

    Raises WrongModelError, DeltaError and Cancelled.
    """
    steps = steps_upto(reader.model.network.synthesis.steps, side)
    low, high = SIDES
    units = {i: step.resolution for i, step in unit_steps(reader.model).items() if i < len(steps)}
    # The last of each size; where all are smaller or larger, those of the largest.
    of_size = {size: i for i, size in units.items() if low <= size <= high}
    wanted = set(of_size.values()) or {max(units)}
    pictures, maps = [], []
    for recipe in recipes:
        found = []
        for index, step, state in reader.states(recipe, len(steps) - 1):
            if cancel is not None:
                cancel.check()
            if index in wanted:
                found.append(inner_maps(state, step).clone())
        assert state.img is not None
        rgb = as_rgb(state.img.float())
        pictures.append((rgb / 2 + 0.5).clamp(0, 1).clone())
        maps.append(found)
    return Seen(torch.cat(pictures), tuple(torch.stack(each) for each in zip(*maps, strict=True)))


def segments(maps: Sequence[Tensor], side: int, count: int, inside: Tensor | None = None) -> Tensor:
    """Cluster the places of N pictures by their maps [N, C, r, r]: int64 [N, side, side] from 0.

    Each size of maps counts the same. Places that are not `inside` bool [N, side, side] belong to
    none, -1. The same maps always give the same segments.
    """
    if inside is None:
        inside = torch.ones(len(maps[0]), side, side, dtype=torch.bool)
    columns = []
    for each in maps:
        large = F.interpolate(each, size=(side, side), mode="bilinear", align_corners=False)
        values = large.permute(0, 2, 3, 1)[inside]  # [places, C]
        spread = values.std(0).clamp(min=1e-4)
        columns.append((values - values.mean(0)) / spread / values.shape[1] ** 0.5)
    found = torch.full(inside.shape, -1)
    found[inside] = _clustered(torch.cat(columns, 1), count)
    return found


def _clustered(values: Tensor, count: int) -> Tensor:
    """The cluster of each of [n, D]: k-means, begun as k-means++ (Arthur, Vassilvitskii 2007)."""
    chance = torch.Generator().manual_seed(0)
    centres = values[:1]
    apart = torch.cdist(values, centres)[:, 0].square()
    while len(centres) < min(count, len(values)) and apart.max() > 0:
        chosen = torch.multinomial(apart, 1, generator=chance)
        centres = torch.cat([centres, values[chosen]])
        apart = torch.minimum(apart, torch.cdist(values, values[chosen])[:, 0].square())
    for _ in range(LLOYD):
        nearest = torch.cdist(values, centres).argmin(1)
        number = torch.bincount(nearest, minlength=len(centres))[:, None]
        sums = torch.zeros_like(centres).index_add(0, nearest, values)
        centres = torch.where(number > 0, sums / number.clamp(min=1), centres)
    return torch.cdist(values, centres).argmin(1)
