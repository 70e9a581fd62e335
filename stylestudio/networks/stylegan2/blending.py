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

from stylestudio.networks.stylegan2.modulation import StyleWay
from stylestudio.networks.stylegan2.prepared import PreparedLayer, PreparedToRGB

if TYPE_CHECKING:
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
        self.hold(self.turned(a))
        end.hold(self.turned(b))
        self._strengths = self.noise_strength, end.noise_strength
        self._numbers = _Numbers(self.numbers(), end.numbers())

    def move(self, share: float) -> None:
        """Be the layer at a share of the way, which may lie beyond both ends."""
        self.share = share
        ours, theirs = self._strengths
        self.noise_strength = ours + share * (theirs - ours)
        self._numbers.move(share)


class ToRGBBetween(PreparedToRGB):
    """The same for an RGB layer, which has no filters to measure."""

    def __init__(self, ours: ToRGB, theirs: ToRGB, dtype: torch.dtype) -> None:
        super().__init__(ours, dtype)
        end = PreparedToRGB(theirs, dtype)
        self.way = StyleWay(self, end, None)
        self._numbers = _Numbers(self.numbers(), end.numbers())

    def move(self, share: float) -> None:
        """Be the layer at a share of the way, which may lie beyond both ends."""
        self.share = share
        self._numbers.move(share)


class _Numbers:
    """What moves in place from what it is now, at 0, to other tensors, at 1."""

    def __init__(self, moving: list[Tensor], end: list[Tensor]) -> None:
        self._all = [(x, x.clone(), y) for x, y in zip(moving, end, strict=True)]

    def move(self, share: float) -> None:
        for x, ours, theirs in self._all:
            torch.lerp(ours, theirs, share, out=x)


def _by_channel(products: Tensor) -> Tensor:
    """Sums over the taps of [O, I, 3, 3] as [I, O]."""
    return products.sum((2, 3)).t().contiguous()
