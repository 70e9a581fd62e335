"""Finds the square of a photo that a model could have made, without knowing what it shows.

What the model's own pictures have in common is measured on small samples. Crops are compared by
how nearly the model could make them, and by how far they lie from the one that the user set; the
best is then to move together with a latent.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.inversion.photo import Crop, Cutter
from stylestudio.inversion.samples import SIDE
from stylestudio.inversion.typicality import Dissimilarity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stylestudio.inversion.context import InversionContext
    from stylestudio.inversion.photo import Photo

SHIFTS = (-0.24, -0.16, -0.08, 0.0, 0.08, 0.16, 0.24)  # in sides of the first crop
SIDES = (0.6, 0.7, 0.8, 0.9, 1.0, 1.12, 1.25, 1.4)  # times the first crop's
ANGLES = (-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0)  # degrees
CUTS = 49  # crops cut at a time, all of one side
KEPT = 4  # crops that are moved on
ROUNDS, TRIES = 5, 64  # of small random moves of each kept crop
SET_WEIGHT = 0.4  # of a move away from the user's crop as far as the first tries go
BEYOND_WEIGHT = 1.5  # of a crop that comes to lie beyond the photo altogether


def search_crop(context: InversionContext, photo: Photo, first: Crop) -> Iterator[Crop | None]:
    """Search around `first`; yields None while at work, and at last the crop that was found.

    Crops up to a quarter of a side away, from 0.6 to 1.4 times the side and turned up to 30
    degrees are tried. The crop that is found is meant to be moved on together with a latent.
    """
    cutter = Cutter(photo, SIDE, context.model.device)
    dissimilarity = Dissimilarity(context.samples)
    start = torch.tensor(first, dtype=torch.float32)
    beyond_at_first = cutter.beyond(start[None])

    def cost(crops: Tensor) -> Tensor:
        farther = (cutter.beyond(crops) - beyond_at_first).clamp(min=0)
        unlike = dissimilarity(cutter(crops)) + BEYOND_WEIGHT * farther
        return unlike.cpu() + SET_WEIGHT * _moved(crops, start)

    crops = _grid_around(first)  # on the processor, which chooses among them
    costs = []
    for part in torch.split(crops, CUTS):
        costs.append(cost(part))
        yield None
    best = []
    for crop in _distinct(crops, torch.cat(costs)):
        best.append(_refined(cost, crop))
        yield None
    improved = torch.stack(best)
    yield Crop(*(float(value) for value in improved[cost(improved).argmin()]))


def _moved(crops: Tensor, start: Tensor) -> Tensor:
    """How far crops [N, 4] lie from the first one, [N]: 1 for as far as one value is tried."""
    moves = torch.cat(
        [
            (crops[:, :2] - start[:2]) / start[2] / SHIFTS[-1],
            (crops[:, 2:3] / start[2]).log() / math.log(SIDES[-1]),
            (crops[:, 3:] - start[3]) / ANGLES[-1],
        ],
        1,
    )
    return moves.square().sum(1)


def _grid_around(first: Crop) -> Tensor:
    """All first tries, [N, 4]."""
    tries = [
        (first.x + x * first.side, first.y + y * first.side, first.side * s, first.angle + a)
        for s, a, x, y in itertools.product(SIDES, ANGLES, SHIFTS, SHIFTS)
    ]
    return torch.tensor(tries, dtype=torch.float32)


def _distinct(crops: Tensor, costs: Tensor) -> list[Tensor]:
    """The best crops that are not next to each other."""
    kept: list[Tensor] = []
    for index in costs.argsort().tolist():
        crop = crops[index]
        near = (_crop_distance(crop, other) < 0.15 for other in kept)
        if not any(near):
            kept.append(crop)
        if len(kept) == KEPT:
            break
    return kept


def _crop_distance(a: Tensor, b: Tensor) -> float:
    moved = float((a[:2] - b[:2]).norm() / b[2])
    return moved + abs(math.log(float(a[2] / b[2]))) + abs(float(a[3] - b[3])) / 60


def _refined(cost: Callable[[Tensor], Tensor], crop: Tensor) -> Tensor:
    """Move a crop to the best of small random moves, ever smaller ones."""
    generator = torch.Generator().manual_seed(0)
    reach = torch.tensor([0.06, 0.06, 0.08, 6.0])
    for _ in range(ROUNDS):
        moves = torch.randn(TRIES, 4, generator=generator) * reach
        moves[0] = 0
        tries = crop + moves * torch.tensor([float(crop[2]), float(crop[2]), 0.0, 1.0])
        tries[:, 2] = float(crop[2]) * moves[:, 2].exp()
        crop = tries[cost(tries).argmin()]
        reach = reach * 0.6
    return crop
