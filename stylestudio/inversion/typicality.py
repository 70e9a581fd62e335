"""How nearly small pictures are what a model makes, by the main axes of its samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from stylestudio.inversion.samples import Samples

NOISE = 0.4  # variance along an axis of what in a photo is not the model's
FLAT = 0.05  # contrast, of the range -1..1, below which a crop counts as flat
EXACT = 0.005  # missing correlation that makes no difference any more


class Typicality:
    """How well small pictures fit among a model's samples.

    A probabilistic PCA of the samples (Tipping & Bishop 1999): what no sample has, like the grain
    of a photo, weighs most.
    """

    def __init__(self, samples: Samples) -> None:
        self._mean, axes, variances = _axes_of(samples)
        count = _count(samples)
        self._axes, self._variances = axes[:count], variances[:count]
        rest = variances[count:].sum() / (axes.shape[1] - count)
        self._rest = rest.clamp(min=1e-6)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, SIDE, SIDE] -> [N], less is more typical."""
        x = pictures.flatten(1) - self._mean
        along = x @ self._axes.T
        beyond = x.square().sum(1) - along.square().sum(1)
        deviation: Tensor = (along.square() / self._variances).sum(1) + beyond / self._rest
        return deviation


class Dissimilarity:
    """How unlike small crops are to the nearest that a model could make, by structure.

    Each is compared with its shrunken projection on the samples' main axes (a probabilistic PCA:
    Tipping & Bishop 1999), kept as usual as samples are, by their correlation. A plain distance
    would choose a smooth part of a photo, a cheek or the sky, over the whole face.
    """

    def __init__(self, samples: Samples) -> None:
        self._mean, axes, variances = _axes_of(samples)
        count = _count(samples)
        self._axes, self._spread = axes[:count], variances[:count].sqrt()

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, SIDE, SIDE] -> [N], a log of what does not correlate: less is nearer."""
        along = (pictures.flatten(1) - self._mean) @ self._axes.T
        coordinates = along * self._spread / (self._spread.square() + NOISE)
        usual = math.sqrt(coordinates.shape[1])
        coordinates = coordinates * (usual / coordinates.norm(dim=1, keepdim=True)).clamp(max=1)
        nearest = (self._mean + (coordinates * self._spread) @ self._axes).view_as(pictures)
        ours, theirs = _centred(pictures), _centred(nearest)
        contrast = (ours.square().sum(1) + FLAT**2 * ours.shape[1]).sqrt()
        shape = theirs.norm(dim=1).clamp(min=1e-6)  # 0 for a model of flat pictures alone
        correlation = (ours * theirs).sum(1) / (contrast * shape)
        unlike: Tensor = (1 + EXACT - correlation).log()
        return unlike


def _centred(pictures: Tensor) -> Tensor:
    """Without the mean of each colour, [N, 3 * SIDE * SIDE]."""
    return (pictures - pictures.mean((2, 3), keepdim=True)).flatten(1)


def _axes_of(samples: Samples) -> tuple[Tensor, Tensor, Tensor]:
    """The mean [K], the axes [N, K], widest first, and the variances along them [N]."""
    x = samples.pictures.flatten(1)
    mean, device = x.mean(0), x.device
    # On the processor: Apple's GPUs can't do it.
    _, lengths, axes = torch.linalg.svd((x - mean).cpu(), full_matrices=False)
    return mean, axes.to(device), (lengths.square() / len(x)).to(device)


def _count(samples: Samples) -> int:
    """How many axes are told apart from noise."""
    return max(2, len(samples.pictures) // 4)
