"""A convolution whose weights never change, laid out once for the device that runs it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def lay_out(x: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a copy of [N, C, H, W] in a type and channels-last, as fast convolutions want it."""
    return x.detach().to(dtype, memory_format=torch.channels_last, copy=True)


class Convolution:
    """A 3x3 convolution with padding 1, or, transposed, one with stride 2 and no padding.

    On CPUs the library would bring the weights into the order that its kernels read at every
    call, which at low resolutions takes longer than the convolution; here it happens once.
    `weight` is [O, I, 3, 3], or [I, O, 3, 3] where transposed; `size` is that of the input.
    """

    def __init__(
        self, weight: Tensor, size: int, dtype: torch.dtype, *, transposed: bool = False
    ) -> None:
        self.transposed = transposed
        self.weight = lay_out(weight, dtype)
        self.packed: Tensor | None = None
        if weight.device.type == "cpu" and not transposed and _can_pack():
            shape = [1, weight.shape[1], size, size]
            one = [1, 1]
            self.packed = torch.ops.mkldnn._reorder_convolution_weight(
                self.weight, one, one, one, 1, shape
            )
            self.weight = self.weight.new_empty(0)

    def __call__(self, x: Tensor) -> Tensor:
        """[1, I, H, W] -> [1, O, H, W], or [1, O, 2H + 1, 2W + 1] where transposed."""
        if self.packed is not None:
            one = [1, 1]
            return torch.ops.mkldnn._convolution_pointwise(  # type: ignore[no-any-return]
                x, self.packed, None, one, one, one, 1, "none", [], ""
            )
        if self.transposed:
            return F.conv_transpose2d(x, self.weight, stride=2)
        return F.conv2d(x, self.weight, padding=1)


def _can_pack() -> bool:
    names = ("_reorder_convolution_weight", "_convolution_pointwise")
    return torch.backends.mkldnn.is_available() and all(
        hasattr(torch.ops.mkldnn, name) for name in names
    )
