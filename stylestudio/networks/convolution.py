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
        if weight.device.type == "cpu" and not transposed:
            self.packed = _packed(self.weight, size)
        if self.packed is not None:
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


def _packed(weight: Tensor, size: int) -> Tensor | None:
    """Put [O, I, 3, 3] into the order of the kernels, where this build and this CPU have any."""
    one = [1, 1]
    shape = [1, weight.shape[1], size, size]
    try:
        return torch.ops.mkldnn._reorder_convolution_weight(  # type: ignore[no-any-return]
            weight, one, one, one, 1, shape
        )
    except (AttributeError, RuntimeError):  # no such library, no such type
        return None
