"""Fits the mapping network z -> w to a teacher, so that z is Gaussian and W holds attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.networks.stylegan2.layers import (
    LRELU_SLOPE,
    FullyConnected,
    normalize_2nd_moment,
)
from stylestudio.training.scene import shape_gaussian

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.stylegan2 import MappingNetwork
    from stylestudio.training.embedding import Embedding

DRAWS = 20_000  # z that the fit sees, and as many again that judge it
KNOT_RANGE = 2.4  # standard deviations
RIDGE = 1e-6
SEED_OFFSET = 7919  # keeps these draws apart from those of the synthesis network's training


class Teacher:
    """z [N, z_dim] -> the w it is meant to have: a rotation, shaped, embedded.

    Raises ValueError where z has fewer dimensions than there are attributes.
    """

    def __init__(self, embedding: Embedding, z_dim: int, seed: int) -> None:
        count = len(embedding.space.names)
        if z_dim < count:
            raise ValueError(f"z_dim is {z_dim}; {count} attributes need at least as many")
        self.embedding = embedding
        generator = torch.Generator().manual_seed(seed + SEED_OFFSET)
        rotation = torch.linalg.qr(torch.randn(z_dim, count, generator=generator))[0]
        self.rotation = rotation.to(embedding.axes.device)

    def attributes(self, z: Tensor) -> Tensor:
        """[N, z_dim] -> [N, K]; the length of z is ignored, as the mapping network ignores it."""
        return shape_gaussian(normalize_2nd_moment(z) @ self.rotation)

    def __call__(self, z: Tensor) -> Tensor:
        """[N, z_dim] -> [N, w_dim]."""
        return self.embedding.to_w(self.attributes(z))


@torch.no_grad()
def fit_mapping(mapping: MappingNetwork, teacher: Teacher, seed: int) -> float:
    """Set the three layers of `mapping` and its `w_avg` in place, without any descent.

    The first layer bends each attribute at several knots, the second recombines the pieces by
    least squares into -w, the last undoes the final activation. Returns the mean square
    error of w as a share of its variance.
    Raises ValueError where the network has another depth or its layers are too narrow.
    """
    first, second, last = _three_layers(mapping)
    generator = torch.Generator().manual_seed(seed + 2 * SEED_OFFSET)
    _bend(first, teacher.rotation)
    z = torch.randn(DRAWS, first.weight.shape[1], generator=generator)
    pieces = first(normalize_2nd_moment(z))
    pieces = torch.cat([pieces, torch.ones(DRAWS, 1)], 1)
    _recombine(second, _least_squares(pieces, teacher(z)))
    _undo_activation(last)
    z = torch.randn(DRAWS, first.weight.shape[1], generator=generator)
    w = mapping(z)
    mapping.w_avg.copy_(w.mean(0))
    return float((w - teacher(z)).square().mean() / teacher(z).var())


def _three_layers(mapping: MappingNetwork) -> list[FullyConnected]:
    layers = [layer for layer in mapping.layers if isinstance(layer, FullyConnected)]
    if len(layers) != 3 or layers[0].activation != "lrelu":
        raise ValueError("the mapping network must have three layers with lrelu activation")
    hidden, w_dim = layers[1].weight.shape[0], layers[2].weight.shape[0]
    if hidden < w_dim:
        raise ValueError(f"mapping_features is {hidden}; it must be at least w_dim, {w_dim}")
    return layers


def _bend(layer: FullyConnected, rotation: Tensor) -> None:
    """One unit for each attribute and knot: where its slope may change."""
    count = rotation.shape[1]
    knots = torch.linspace(-KNOT_RANGE, KNOT_RANGE, layer.weight.shape[0] // count)
    used = count * len(knots)
    layer.weight.zero_()
    layer.bias.zero_()
    layer.weight[:used] = rotation.T.repeat_interleave(len(knots), 0) / layer.weight_gain
    layer.bias[:used] = -knots.repeat(count) / layer.bias_gain


def _least_squares(pieces: Tensor, w: Tensor) -> Tensor:
    """The [features + 1, w_dim] that turns pieces into w; a little ridge for unused units."""
    gram = (pieces.T @ pieces).double() / len(pieces)
    right = (pieces.T @ w).double() / len(pieces)
    solution: Tensor = torch.linalg.solve(gram + RIDGE * torch.eye(len(gram)), right)
    return solution.float()


def _recombine(layer: FullyConnected, solution: Tensor) -> None:
    """The first w_dim units become -w."""
    used = solution.shape[1]
    layer.weight.zero_()
    layer.bias.zero_()
    layer.weight[:used] = -solution[:-1].T / layer.weight_gain
    layer.bias[:used] = -solution[-1] / layer.bias_gain


def _undo_activation(layer: FullyConnected) -> None:
    """From sqrt(2) lrelu(-w) to what this layer's own activation turns into w.

    With slope s, sqrt(2) lrelu(u) = w for u = -lrelu(-w) / (sqrt(2) s), on both sides of 0.
    """
    eye = torch.eye(*layer.weight.shape)
    layer.weight.copy_(-eye / (2 * LRELU_SLOPE * layer.weight_gain))
    layer.bias.zero_()
