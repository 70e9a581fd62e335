"""Finds the square of a photo that a model could have made, without knowing what it shows.

What the model's own pictures have in common is measured on small samples (a probabilistic PCA:
Tipping & Bishop 1999). Crops are compared by how typical their contents would be of the model;
the best is then to move together with a latent.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.inversion.photo import Crop, Cutter
from stylestudio.inversion.samples import SIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.inversion.context import InversionContext
    from stylestudio.inversion.photo import Photo
    from stylestudio.inversion.samples import Samples

SHIFTS = (-0.24, -0.16, -0.08, 0.0, 0.08, 0.16, 0.24)  # in sides of the first crop
SIDES = (0.6, 0.7, 0.8, 0.9, 1.0, 1.12, 1.25, 1.4)  # times the first crop's
ANGLES = (-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0)  # degrees
CUTS = 49  # crops cut at a time, all of one side
KEPT = 4  # crops that are moved on
ROUNDS, TRIES = 5, 64  # of small random moves of each kept crop


class Typicality:
    """How well small pictures fit among a model's samples."""

    def __init__(self, samples: Samples) -> None:
        x = samples.pictures.flatten(1)
        self._mean = x.mean(0)
        x = x - self._mean
        count = max(2, len(x) // 4)
        device = x.device
        _, lengths, axes = torch.linalg.svd(x.cpu(), full_matrices=False)  # Apple's GPUs lack it
        lengths, axes = lengths.to(device), axes.to(device)
        variances = lengths.square() / len(x)
        self._axes, self._variances = axes[:count], variances[:count]
        rest = variances[count:].sum() / (x.shape[1] - count)
        self._rest = rest.clamp(min=1e-6)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, SIDE, SIDE] -> [N], less is more typical."""
        x = pictures.flatten(1) - self._mean
        along = x @ self._axes.T
        beyond = x.square().sum(1) - along.square().sum(1)
        deviation: Tensor = (along.square() / self._variances).sum(1) + beyond / self._rest
        return deviation


def search_crop(context: InversionContext, photo: Photo, first: Crop) -> Iterator[Crop | None]:
    """Search around `first`; yields None while at work, and at last the crop that was found.

    Crops up to a quarter of a side away, from 0.6 to 1.4 times the side and turned up to 30
    degrees are tried. The crop that is found is meant to be moved on together with a latent.
    """
    cutter = Cutter(photo, SIDE, context.model.device)
    typicality = Typicality(context.samples)
    crops = _grid_around(first)  # on the processor, which chooses among them
    scores = []
    for part in torch.split(crops, CUTS):
        scores.append(typicality(cutter(part)).cpu())
        yield None
    best = []
    for crop in _distinct(crops, torch.cat(scores)):
        best.append(_refined(cutter, typicality, crop))
        yield None
    improved = torch.stack(best)
    best_one = improved[typicality(cutter(improved)).cpu().argmin()]
    yield Crop(*(float(value) for value in best_one))


def _grid_around(first: Crop) -> Tensor:
    """All first tries, [N, 4]."""
    tries = [
        (first.x + x * first.side, first.y + y * first.side, first.side * s, first.angle + a)
        for s, a, x, y in itertools.product(SIDES, ANGLES, SHIFTS, SHIFTS)
    ]
    return torch.tensor(tries, dtype=torch.float32)


def _distinct(crops: Tensor, scores: Tensor) -> list[Tensor]:
    """The best crops that are not next to each other."""
    kept: list[Tensor] = []
    for index in scores.argsort().tolist():
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


def _refined(cutter: Cutter, typicality: Typicality, crop: Tensor) -> Tensor:
    """Move a crop to the best of small random moves, ever smaller ones."""
    generator = torch.Generator().manual_seed(0)
    reach = torch.tensor([0.06, 0.06, 0.08, 6.0])
    for _ in range(ROUNDS):
        moves = torch.randn(TRIES, 4, generator=generator) * reach
        moves[0] = 0
        tries = crop + moves * torch.tensor([float(crop[2]), float(crop[2]), 0.0, 1.0])
        tries[:, 2] = float(crop[2]) * moves[:, 2].exp()
        crop = tries[typicality(cutter(tries)).cpu().argmin()]
        reach = reach * 0.6
    return crop
