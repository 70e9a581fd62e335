"""How upsampling convolutions are blurred where matrices are multiplied faster than maps are read.

The library's way is a transposed convolution, then one of every channel by itself. Two others are
quicker on graphics cards, and the first on processors with tiles (AMX) too:

- few channels: the blur is multiplied into the filters (`HeldBlur.filters`), so that a plain
  convolution makes the four pixels that stand for one, each with filters of its own; that is four
  times the multiplications, which tensor cores and tiles hide;
- many channels, on cards: shifted maps are added, along columns, then along rows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stylestudio.networks.convolution import Blur
from stylestudio.networks.processor import multiplies_tiles

# Channels up to which one convolution is quicker than a sparser one and sums. On a processor more
# would be, by less, but their filters take too much memory.
_FEW = {torch.float16: 256, torch.bfloat16: 256, torch.float32: 64}
_TINY = 17  # sizes up to which reading four times the filters takes what the blur takes
_SMALL = 32  # sides below which sums take longer to ask for than the library's way
_REACH = 4  # taps of the longest kernel that filters of 3 x 3 hold


def blur_for(kernel: Tensor, channels: int, size: int, dtype: torch.dtype) -> Blur:
    """The blur [k, k] of [1, channels, size, size] that is quickest where the kernel lies."""
    if on_card(kernel):
        return CardBlur(kernel, channels, size, dtype)
    held = multiplies_tiles(dtype) and size > _TINY
    return (HeldBlur if held else Blur)(kernel, channels, size, dtype)


def on_card(x: Tensor) -> bool:
    """Whether a tensor lies where all this was measured."""
    return x.device.type == "cuda"


class HeldBlur(Blur):
    """A blur that may be a part of the convolution before it."""

    def __init__(self, kernel: Tensor, channels: int, size: int, dtype: torch.dtype) -> None:
        """Read the kernel, for which a card waits."""
        super().__init__(kernel, channels, size, dtype)
        self._taps = [2.0 * tap for tap in kernel.sum(0).tolist()[::-1]]  # convolutions turn them
        self._before = (len(self._taps) + 1) // 2 - 1
        # Pixel a of the two that stand for pixel i takes from i + d what tap m of a filter gives.
        self._matrix = torch.tensor(
            [
                [[self._tap(m - a + self._before + 2 * d) for m in range(3)] for d in (-1, 0, 1)]
                for a in (0, 1)
            ],
            dtype=torch.float32,
            device="cpu",
        ).to(kernel.device)

    def _tap(self, index: int) -> float:
        return self._taps[index] if 0 <= index < len(self._taps) else 0.0

    def fits_in(self, inputs: int, dtype: torch.dtype) -> bool:
        """Whether a convolution of so many channels had better hold the blur."""
        return inputs <= _FEW[dtype] and len(self._taps) <= _REACH

    def filters(self, weight: Tensor) -> Tensor:
        """[O, I, 3, 3] of a transposed convolution -> [4 * O, I, 3, 3] of one that blurs, too."""
        made = torch.einsum("adm,ben,oimn->aboide", self._matrix, self._matrix, weight)
        return made.flatten(0, 2)


class CardBlur(HeldBlur):
    """One that a card does by sums where no convolution holds it."""

    def __call__(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """[1, C, size, size] -> [1, C, size - 1, size - 1], in the order in which it lies."""
        if x.shape[2] <= _SMALL:
            return super().__call__(x, bias)
        x = self._blurred_along(3, self._blurred_along(2, x))
        return x if bias is None else x.add_(bias[:, None, None])

    def _blurred_along(self, dim: int, x: Tensor) -> Tensor:
        given = x.shape[dim]
        side = given - 1
        total: Tensor = x.narrow(dim, 0, side) * self._taps[self._before]
        for index, tap in enumerate(self._taps):
            shift = index - self._before
            first, stop = max(0, -shift), min(side, given - shift)
            if shift and first < stop:
                shifted = x.narrow(dim, first + shift, stop - first)
                total.narrow(dim, first, stop - first).add_(shifted, alpha=tap)
        return total


def interleaved(x: Tensor) -> Tensor:
    """Lay four maps out as one: [1, 4 * C, H, W] of `filters` -> [1, C, 2H, 2W], channels-last."""
    n, channels, h, w = x.shape
    pixels = x.permute(0, 2, 3, 1).reshape(n, h, w, 2, 2, channels // 4)
    doubled = pixels.permute(0, 1, 3, 2, 4, 5).reshape(n, 2 * h, 2 * w, channels // 4)
    return doubled.permute(0, 3, 1, 2)
