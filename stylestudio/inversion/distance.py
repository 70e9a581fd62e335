"""How far two pictures are apart, as the loss of an optimiser."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.checkpoints.feature_files import read_features
from stylestudio.networks.random_filters import RandomFilters
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

SMALLEST = 8  # pixels of the pyramid's top
LARGEST = 256  # pixels at which pictures are compared at most
FEATURE_WEIGHT = 1.0
_CPU = torch.device("cpu")


class FeatureNetwork(Protocol):
    """What a distance can compare with beside its own filters."""

    def __call__(self, pictures: Tensor, /) -> Sequence[Tensor]:
        """[N, 3, H, W] in -1..1 -> maps [N, C, h, w], fine to coarse."""


class Distance:
    """Differences of colour and of edges, at every scale from the picture down to 8 pixels.

    A user's own network replaces the edges' filters; its maps are compared at unit length over
    channels, as LPIPS does (Zhang et al. 2018, section 3.1).
    """

    def __init__(
        self,
        features: FeatureNetwork | None = None,
        device: torch.device = _CPU,
        features_sha256: str = "",
    ) -> None:
        self.features = features
        self.features_sha256 = features_sha256  # of the network's file, where there is one
        self.device = device
        self.filters = RandomFilters().to(device)

    def against(self, target: Tensor, mask: Tensor | None = None) -> Target:
        """Prepare for comparing with one picture [1, 3, R, R] in -1..1.

        `mask` [R, R] weights its pixels, from 0, which does not matter; None weights all alike.
        """
        return Target(self, target, mask)

    def pyramid(self, picture: Tensor) -> list[Tensor]:
        """Halve [N, C, R, R] down to 8 pixels, from at most 256 on."""
        while picture.shape[-1] > LARGEST:
            picture = F.avg_pool2d(picture, 2)
        levels = [picture]
        while levels[-1].shape[-1] > SMALLEST:
            levels.append(F.avg_pool2d(levels[-1], 2))
        return levels

    def maps(self, levels: list[Tensor]) -> list[Tensor]:
        """Return what is compared besides colours."""
        if self.features is None:
            return [self.filters(level) for level in levels[:-1]]
        return [F.normalize(map_, dim=1) for map_ in self.features(levels[0])]


def distance_by(path: str | os.PathLike[str], device: torch.device) -> Distance:
    """Let a user's own classifier judge: torchvision's vgg16 or vgg19, or a Tiny Darknet.

    Raises CheckpointError where the file holds none.
    """
    digest = hashlib.sha256()
    network = read_features(path, digest)
    with one_at_a_time(device):
        network.to(device)
    return Distance(lambda pictures: network((pictures + 1) / 2).style, device, digest.hexdigest())


class Target:
    """One picture to come close to."""

    def __init__(self, distance: Distance, target: Tensor, mask: Tensor | None) -> None:
        self.distance = distance
        self.mask = mask
        self._levels = distance.pyramid(target)
        self._maps = distance.maps(self._levels)

    def __call__(self, picture: Tensor) -> Tensor:
        """Return the distance of [N, 3, R, R] in -1..1, averaged over N; 0 for the picture."""
        levels = self.distance.pyramid(picture)
        total = self._compared(levels, self._levels) / len(levels)
        maps = self.distance.maps(levels)
        return total + FEATURE_WEIGHT * self._compared(maps, self._maps) / len(maps)

    def _compared(self, ours: list[Tensor], theirs: list[Tensor]) -> Tensor:
        parts = []
        for a, b in zip(ours, theirs, strict=True):
            difference = (a - b).abs().mean(1)
            if self.mask is not None:
                weights = _weights(self.mask, (difference.shape[-2], difference.shape[-1]))
                difference = difference * weights
            parts.append(difference.mean())
        return torch.stack(parts).sum()


def _weights(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """The mask at a map's size, at mean 1 (all 1 where it is empty)."""
    weights = F.adaptive_avg_pool2d(mask[None], size)
    mean = weights.mean()
    return torch.where(mean > 0, weights / mean, torch.ones_like(weights))
