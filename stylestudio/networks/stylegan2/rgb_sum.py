"""How the RGB of one resolution is added to that of half the size (StyleGAN2 paper, part 4.1)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.networks.stylegan2.layers import low_pass, upsample2d

# Sides up to which asking a processor for the parts of an interpolation takes longer than the
# library's way, which is slow at larger ones.
_SMALL = 32


class RGBSum:
    """Doubles RGB of one size by a kernel, and adds to it.

    With the usual kernel that is an interpolation between pixels, which is quicker.
    """

    def __init__(self, kernel: Tensor, side: int) -> None:
        """`kernel` [k, k] is read, for which a card waits; `side` is that of what is doubled."""
        self._kernel = kernel
        self._interpolates = kernel.shape[0] == 4 and torch.equal(
            kernel.cpu(), low_pass((1.0, 3.0, 3.0, 1.0))
        )
        self._is_small = side <= _SMALL and kernel.device.type == "cpu"

    def __call__(self, half: Tensor, img: Tensor) -> Tensor:
        """[1, C, H, H] in float32 and [1, C, 2H, 2H] in any type -> [1, C, 2H, 2H] in float32."""
        if not self._interpolates:
            return upsample2d(half, self._kernel).add_(img)
        if self._is_small:
            around = F.pad(half, (1, 1, 1, 1))  # zeros, where the library repeats edges
            doubled = F.interpolate(around, scale_factor=2, mode="bilinear", align_corners=False)
            return doubled[:, :, 2:-2, 2:-2] + img
        return _interpolated(half).add_(img)


def _interpolated(x: Tensor) -> Tensor:
    """Do what `upsample2d` does with the usual kernel: interpolate between pixels."""
    n, c, h, w = x.shape
    x = F.pad(x, (1, 1, 1, 1))
    tall = x.new_empty(n, c, h, 2, w + 2)
    _interleave(x[:, :, 1:-1], x[:, :, :-2], x[:, :, 2:], tall.unbind(3))
    tall = tall.view(n, c, 2 * h, w + 2)
    both = x.new_empty(n, c, 2 * h, w, 2)
    _interleave(tall[..., 1:-1], tall[..., :-2], tall[..., 2:], both.unbind(4))
    return both.view(n, c, 2 * h, 2 * w)


def _interleave(x: Tensor, before: Tensor, after: Tensor, out: tuple[Tensor, ...]) -> None:
    torch.lerp(x, before, 0.25, out=out[0])
    torch.lerp(x, after, 0.25, out=out[1])
