"""A layer on its way between two sets of weights, laid out for rendering at every step of it.

Laying a layer out measures its filters, which takes several looks at every weight. Between two
sets of weights the lengths follow from three sums: |a + t (b - a)|^2 is a polynomial of t. So both
ends are laid out once, and what is left for a step is one interpolation.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from stylestudio.networks.convolution import lay_out
from stylestudio.networks.stylegan2.prepared import PreparedLayer

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.convolution import Blur
    from stylestudio.networks.stylegan2.layers import SynthesisLayer


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
        self._sums = torch.stack([_by_channel(x * y) for x, y in ((a, a), (a, b), (b, b))])
        held = torch.float32 if self._ours.scales_weights else dtype
        self._weights = [lay_out(self._ours.turned(x), held) for x in (a, b)]
        for layer in (self._ours, self._theirs):
            layer.weight = layer.convolution = None

    def at(self, share: float) -> PreparedLayer:
        """The layer at a share of the way, which may lie beyond both ends."""
        ours, theirs, layer = self._ours, self._theirs, copy.copy(self._ours)
        layer.affine = copy.copy(ours.affine)
        layer.affine.weight = torch.lerp(ours.affine.weight, theirs.affine.weight, share)
        layer.affine.bias = torch.lerp(ours.affine.bias, theirs.affine.bias, share)
        layer.bias = torch.lerp(ours.bias, theirs.bias, share)
        layer.noise_strength += share * (theirs.noise_strength - ours.noise_strength)
        rest = 1 - share
        factors = torch.tensor([[rest * rest, 2 * rest * share, share * share]])
        squares = (factors @ self._sums.flatten(1)).clamp_min_(0)  # which roundings may miss
        layer.squares = squares.view_as(ours.squares)
        layer.hold(torch.lerp(self._weights[0], self._weights[1], share))
        return layer


def _by_channel(products: Tensor) -> Tensor:
    """Sums over the taps of [O, I, 3, 3] as [I, O]."""
    return products.sum((2, 3)).t().contiguous()
