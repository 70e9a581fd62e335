"""A layer on its way between two sets of weights, laid out for rendering at every step of it.

Laying a layer out measures its filters, which takes several looks at every weight, and its styles
are a product with its affine layer. Between two sets of weights all of that is known from the ends:
styles lie between theirs, and lengths follow from three sums. So both ends are laid out once, and
what is left for a step is one interpolation of the filters.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from stylestudio.networks.convolution import lay_out
from stylestudio.networks.stylegan2.modulation import (
    Affine,
    AffineBetween,
    RawStyles,
    SquaresBetween,
)
from stylestudio.networks.stylegan2.prepared import PreparedLayer, PreparedToRGB

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.convolution import Blur
    from stylestudio.networks.stylegan2.layers import SynthesisLayer, ToRGB


class LayerBlend:
    """A prepared layer from one set of weights, at 0, to another of the same shape, at 1.

    The two are not met to the bit at 0 and 1; whoever wants these lays them out.
    """

    def __init__(
        self,
        ours: SynthesisLayer,
        theirs: SynthesisLayer,
        dtype: torch.dtype,
        gain: float,
        blur: Blur | None,
    ) -> None:
        self._ours = PreparedLayer(ours, dtype, gain, blur)
        self._theirs = PreparedLayer(theirs, dtype, gain, blur)
        a, b = ours.weight.detach().float(), theirs.weight.detach().float()
        # As for a single layer, so that sums of products stay far from the largest number.
        lengths = torch.maximum(*(x.square().sum((1, 2, 3), keepdim=True).sqrt() for x in (a, b)))
        a, b = a / lengths.clamp_min(1e-12), b / lengths.clamp_min(1e-12)
        self._sums = torch.stack([_by_channel(x * y) for x, y in ((a, a), (a, b), (b, b))], 1)
        held = torch.float32 if self._ours.scales_weights else dtype
        self._weights = [lay_out(self._ours.turned(x), held) for x in (a, b)]
        self._raw = RawStyles(Affine(ours.affine), Affine(theirs.affine))
        for layer in (self._ours, self._theirs):
            layer.weight = layer.convolution = layer.squares = None

    def at(self, share: float) -> PreparedLayer:
        """The layer at a share of the way, which may lie beyond both ends."""
        ours, theirs, layer = self._ours, self._theirs, copy.copy(self._ours)
        layer.affine = AffineBetween(self._raw, share)
        layer.squares = SquaresBetween(self._sums, share)
        layer.bias = torch.lerp(ours.bias, theirs.bias, share)
        layer.noise_strength += share * (theirs.noise_strength - ours.noise_strength)
        layer.hold(torch.lerp(self._weights[0], self._weights[1], share))
        return layer


class ToRGBBlend:
    """The same for an RGB layer, which has no filters to measure."""

    def __init__(self, ours: ToRGB, theirs: ToRGB, dtype: torch.dtype) -> None:
        self._ours, self._theirs = PreparedToRGB(ours, dtype), PreparedToRGB(theirs, dtype)
        assert isinstance(self._ours.affine, Affine)
        assert isinstance(self._theirs.affine, Affine)
        self._raw = RawStyles(self._ours.affine, self._theirs.affine)

    def at(self, share: float) -> PreparedToRGB:
        """The layer at a share of the way, which may lie beyond both ends."""
        layer = copy.copy(self._ours)
        layer.affine = AffineBetween(self._raw, share)
        layer.weight = torch.lerp(self._ours.weight, self._theirs.weight, share)
        layer.bias = torch.lerp(self._ours.bias, self._theirs.bias, share)
        return layer


def _by_channel(products: Tensor) -> Tensor:
    """Sums over the taps of [O, I, 3, 3] as [I, O]."""
    return products.sum((2, 3)).t().contiguous()
