"""A convolution whose weights never change, laid out once for the device that runs it."""

from __future__ import annotations

import ctypes

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.networks.winograd import Winograd, winograd_pays
from stylestudio.networks.winograd_up import WinogradUp, winograd_up_pays

ONE, TWO, NONE = [1, 1], [2, 2], [0, 0]


def lay_out(x: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a copy of [N, C, H, W] in a type and channels-last, as fast convolutions want it."""
    if x.dtype != dtype:  # in two passes, which take less time than one that does both
        return x.detach().to(dtype).contiguous(memory_format=torch.channels_last)
    return x.detach().to(dtype, memory_format=torch.channels_last, copy=True)


def pays_constant(weight: Tensor, size: int, dtype: torch.dtype, *, transposed: bool) -> bool:
    """Whether weights are faster in a form that is too dear to make for every picture."""
    pays = winograd_up_pays if transposed else winograd_pays
    return pays(weight, size, dtype)


class Convolution:
    """A 3x3 convolution with padding 1, or, transposed, one with stride 2 and no padding.

    On CPUs the library would bring the weights into the order that its kernels read at every
    call, which at low resolutions takes longer than the convolution; here it happens once.
    `weight` is [O, I, 3, 3], or [I, O, 3, 3] where transposed, and stays with the convolution;
    `size` is that of the input.
    """

    def __init__(
        self, weight: Tensor, size: int, dtype: torch.dtype, *, transposed: bool = False
    ) -> None:
        self.transposed = transposed
        self.winograd: Winograd | WinogradUp | None = None
        self.packed: Tensor | None = None
        if pays_constant(weight, size, dtype, transposed=transposed):
            self.winograd = WinogradUp(weight) if transposed else Winograd(weight, dtype)
            return
        weight = weight.detach().to(dtype)
        self.weight = weight.contiguous(memory_format=torch.channels_last)
        if weight.device.type == "cpu":
            self.packed = _packed(self.weight, size, transposed=transposed)
        if self.packed is not None:
            self.weight = self.weight.new_empty(0)

    def __call__(self, x: Tensor, scales: Tensor) -> Tensor:
        """[1, I, H, W] with its channels times scales [1, I], of the weights' type.

        Returns [1, O, H, W], or [1, O, 2H + 1, 2W + 1] where transposed.
        """
        if self.winograd is not None:
            return self.winograd(x, scales)
        x = x * scales.view(1, -1, 1, 1)
        if self.packed is not None:
            return self._with_packed(x, self.packed)
        if self.transposed:
            return F.conv_transpose2d(x, self.weight, stride=2)
        return F.conv2d(x, self.weight, padding=1)

    def numbers(self) -> Tensor | None:
        """The weights in the order in which they are read; writing there changes the convolution.

        None where they have another form, which takes several times as much memory.
        """
        if self.winograd is not None:
            return None
        return self.weight if self.packed is None else _numbers_of(self.packed)

    def _with_packed(self, x: Tensor, weight: Tensor) -> Tensor:
        if self.transposed:
            return torch.ops.mkldnn._convolution_transpose_pointwise(  # type: ignore[no-any-return]
                x, weight, None, NONE, NONE, TWO, ONE, 1, "none", [], ""
            )
        return torch.ops.mkldnn._convolution_pointwise(  # type: ignore[no-any-return]
            x, weight, None, ONE, ONE, ONE, 1, "none", [], ""
        )


class Blur:
    """A kernel over every channel of the double size that an upsampling convolution gives.

    For [1, C, size, size], by `upfirdn` with gain 4 and the padding that leaves size - 1 pixels.
    """

    def __init__(self, kernel: Tensor, channels: int, size: int, dtype: torch.dtype) -> None:
        taps = kernel.shape[0]
        before, after = (taps + 1) // 2 - 1, (taps - 2) // 2
        self.margin = None if before == after else (before, after, before, after)
        self.padding = [before, before] if self.margin is None else NONE
        weight = (kernel.to(dtype) * 4.0).flip(0, 1).expand(channels, 1, -1, -1)
        self.weight = weight.contiguous()
        self.packed: Tensor | None = None
        if weight.device.type == "cpu":
            side = size if self.margin is None else size + before + after
            self.packed = _packed(self.weight, side, padding=self.padding, groups=channels)

    def __call__(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """[1, C, size, size] -> [1, C, size - 1, size - 1]."""
        if self.margin is not None:
            x = F.pad(x, self.margin)
        channels = x.shape[1]
        if self.packed is None:
            return F.conv2d(x, self.weight, bias, padding=self.padding, groups=channels)
        return torch.ops.mkldnn._convolution_pointwise(  # type: ignore[no-any-return]
            x, self.packed, bias, self.padding, ONE, ONE, channels, "none", [], ""
        )


def _packed(
    weight: Tensor,
    size: int,
    *,
    transposed: bool = False,
    padding: list[int] = ONE,
    groups: int = 1,
) -> Tensor | None:
    """Put weights into the order of the kernels, where this build and this CPU have any."""
    try:
        if transposed:
            shape = [1, weight.shape[0], size, size]
            return torch.ops.mkldnn._reorder_convolution_transpose_weight(  # type: ignore[no-any-return]
                weight, NONE, NONE, TWO, ONE, groups, shape
            )
        shape = [1, weight.shape[1] * groups, size, size]
        return torch.ops.mkldnn._reorder_convolution_weight(  # type: ignore[no-any-return]
            weight, padding, ONE, ONE, groups, shape
        )
    except (AttributeError, RuntimeError):  # no such library, no such type
        return None


def _numbers_of(packed: Tensor) -> Tensor:
    """The numbers of packed weights, which torch gives no access to, as a view without a shape."""
    size, address = torch.ops.mkldnn._nbytes(packed), torch.ops.mkldnn.data_ptr(packed)
    memory = (ctypes.c_char * size).from_address(address)
    memory.owner = packed  # whose memory stays while there is a view
    return torch.frombuffer(memory, dtype=packed.dtype)
