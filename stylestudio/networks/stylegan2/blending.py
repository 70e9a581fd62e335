"""Layers on their way between two sets of weights, laid out for rendering at every step of it.

Laying a layer out measures its filters, which takes several looks at every weight, and brings them
into the order that its kernel reads. Between two sets of weights all of that is known from the
ends: numbers lie between theirs, in whatever order, and lengths follow from sums of products. So
both ends are laid out once, and what is left for a step is one interpolation.

Layers on their way are not those of the ends to the bit at 0 and 1; whoever wants these lays them
out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.networks.convolution import lay_out
from stylestudio.networks.stylegan2.modulation import StyleWay
from stylestudio.networks.stylegan2.prepared import PreparedLayer, PreparedToRGB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.networks.convolution import Blur
    from stylestudio.networks.stylegan2.layers import SynthesisLayer, ToRGB


class LayerBetween(PreparedLayer):
    """A prepared layer that moves from one set of weights, at 0, to another, at 1."""

    def __init__(
        self,
        ours: SynthesisLayer,
        theirs: SynthesisLayer,
        dtype: torch.dtype,
        gain: float,
        blur: Blur | None,
    ) -> None:
        super().__init__(ours, dtype, gain, blur)
        end = PreparedLayer(theirs, dtype, gain, blur)
        a, b = ours.weight.detach().float(), theirs.weight.detach().float()
        # As for a single layer, so that sums of products stay far from the largest number.
        lengths = torch.maximum(*(x.square().sum((1, 2, 3), keepdim=True).sqrt() for x in (a, b)))
        a, b = a / lengths.clamp_min(1e-12), b / lengths.clamp_min(1e-12)
        sums = torch.stack([_by_channel(x * y) for x, y in ((a, a), (a, b), (b, b))], 1)
        self.way = StyleWay(self, end, sums)
        a, b = self.taken(a), self.taken(b)
        self.hold(a)
        end.hold(b)
        numbers, last = self.numbers(), end.numbers()
        self._filters: Tensor | None = None
        if numbers is None or last is None:  # then filters move, which take less memory
            numbers, last = lay_out(a, dtype), lay_out(b, dtype)
            self._filters = numbers
        self._moving = _Moving((self.bias, numbers), (end.bias, last))
        self._strengths = self.noise_strength, end.noise_strength

    def move(self, share: float) -> None:
        """Be the layer at a share of the way, which may lie beyond both ends."""
        self.share = share
        ours, theirs = self._strengths
        self.noise_strength = ours + share * (theirs - ours)
        self._moving.move(share)
        if self._filters is not None:
            self.hold(self._filters)


class ToRGBBetween(PreparedToRGB):
    """The same for an RGB layer, which has no filters to measure."""

    def __init__(self, ours: ToRGB, theirs: ToRGB, dtype: torch.dtype) -> None:
        super().__init__(ours, dtype)
        end = PreparedToRGB(theirs, dtype)
        self.way = StyleWay(self, end, None)
        self._moving = _Moving((self.bias, self.weight), (end.bias, end.weight))

    def move(self, share: float) -> None:
        """Be the layer at a share of the way, which may lie beyond both ends."""
        self.share = share
        self._moving.move(share)


class _Moving:
    """Tensors that move in place from what they are now, at 0, to others, at 1."""

    def __init__(self, tensors: Sequence[Tensor], ends: Sequence[Tensor]) -> None:
        self._all = [(x, x.clone(), end) for x, end in zip(tensors, ends, strict=True)]

    def move(self, share: float) -> None:
        for x, begin, end in self._all:
            torch.lerp(begin, end, share, out=x)


def _by_channel(products: Tensor) -> Tensor:
    """Sums over the taps of [O, I, 3, 3] as [I, O]."""
    return products.sum((2, 3)).t().contiguous()
