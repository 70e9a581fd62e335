"""The losses of style transfer: style against a painting's, content against the photo's.

Shapes in comments: N pictures, S styles, C channels, H W rows and columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.networks.feature_nets import FeatureNetwork


EVEN = 0.1  # share of the average variance that every channel is taken to have at least
FLAT = 1e-10  # a variance that only rounding makes: of a picture that is one flat colour
LEAST = 0.5  # what the sizes below exceed wherever there is any variance


@dataclass(frozen=True)
class Statistics:
    """Mean and centred covariance of each map of a feature network, for N pictures."""

    means: tuple[Tensor, ...]  # each [N, C]
    covariances: tuple[Tensor, ...]  # each [N, C, C]

    def __getitem__(self, rows: Tensor) -> Statistics:
        """Those of some of the pictures, by their indices [M]."""
        return Statistics(
            tuple(mean[rows] for mean in self.means),
            tuple(covariance[rows] for covariance in self.covariances),
        )


def statistics(maps: Sequence[Tensor]) -> Statistics:
    """Mean and covariance of maps [N, C, H, W] over their pixels.

    The covariance is the Gram matrix (Gatys et al. 2016) of maps without their mean: after a
    rectifier the mean would outweigh all else.
    """
    means, covariances = [], []
    for features in maps:
        flat = features.flatten(2)
        mean = flat.mean(2)
        flat = flat - mean[:, :, None]
        means.append(mean)
        covariances.append(flat @ flat.transpose(1, 2) / flat.shape[2])
    return Statistics(tuple(means), tuple(covariances))


def stacked(each: Sequence[Statistics]) -> Statistics:
    """One Statistics of N pictures from N of one picture."""
    return Statistics(
        tuple(torch.cat(means) for means in zip(*(one.means for one in each), strict=True)),
        tuple(torch.cat(some) for some in zip(*(one.covariances for one in each), strict=True)),
    )


@torch.no_grad()
def painting_statistics(network: FeatureNetwork, painting: Tensor) -> Statistics:
    """The style statistics of a painting [3, H, W] in 0..1."""
    return statistics(network(painting[None]).style)


def style_loss(found: Statistics, wanted: Statistics) -> Tensor:
    """How far the style of N pictures is from the N wanted: [N], 0 where they agree.

    Squared distances of means and covariances, of channels scaled to equal variance in the wanted
    picture (nearly: what hardly varies there is not blown up), relative to the size of the
    wanted covariance; the average over the maps. So pale paintings and loud ones count alike,
    and a painting's rare colours like its common ones.
    """
    total = wanted.means[0].new_zeros(len(wanted.means[0]))
    for mean, target_mean, covariance, target in zip(
        found.means, wanted.means, found.covariances, wanted.covariances, strict=True
    ):
        variance = target.diagonal(dim1=1, dim2=2)
        scale = (variance + EVEN * variance.mean(1, keepdim=True)).clamp(min=FLAT).rsqrt()
        pairs = scale[:, :, None] * scale[:, None, :]
        size = (target * pairs).square().sum((1, 2)).clamp(min=LEAST)
        spread = (variance * scale.square()).sum(1).clamp(min=LEAST)
        total = total + ((covariance - target) * pairs).square().sum((1, 2)) / size
        total = total + ((mean - target_mean) * scale).square().sum(1) / spread
    return total / len(found.means)


def content_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Squared distance of content maps [N, C, H, W], each brought to mean 0 and variance 1: [N].

    What remains is where things are; how light and how strong is left to the style.
    """
    return (_normalised(found) - _normalised(wanted)).square().mean((1, 2, 3))


def _normalised(features: Tensor) -> Tensor:
    variance, mean = torch.var_mean(features, (2, 3), correction=0, keepdim=True)
    return (features - mean) * (variance + EVEN * variance.mean(1, keepdim=True)).rsqrt()


def total_variation(images: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels of [N, 3, H, W] in 0..1: [N]."""
    across = images[..., :, 1:] - images[..., :, :-1]
    down = images[..., 1:, :] - images[..., :-1, :]
    return across.square().mean((1, 2, 3)) + down.square().mean((1, 2, 3))


@dataclass(frozen=True)
class LossWeights:
    """What the other losses count against the style's."""

    content: float = 0.35
    smoothness: float = 0.3


@dataclass(frozen=True)
class Losses:
    """Of each picture of a batch: [N]."""

    style: Tensor
    content: Tensor
    variation: Tensor

    @staticmethod
    def of(
        features: FeatureNetwork, painted: Tensor, contents: Tensor, wanted: Statistics
    ) -> Losses:
        """Those of pictures [N, 3, H, W], repainted from contents in the styles wanted."""
        with torch.no_grad():
            original = features(contents).content
        found = features(painted)
        return Losses(
            style_loss(statistics(found.style), wanted),
            content_loss(found.content, original),
            total_variation(painted),
        )

    def weighted(self, weights: LossWeights, *, content: float = 1.0) -> Tensor:
        """What a training makes small: [N]. `content` multiplies the weight of the content.

        The logarithm keeps a style that is still far away from drowning all others.
        """
        return (
            torch.log1p(self.style)
            + content * weights.content * self.content
            + weights.smoothness * self.variation
        )
