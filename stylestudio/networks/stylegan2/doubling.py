"""How upsampling convolutions are blurred on graphics cards.

There the library's way, a convolution of every channel by itself, takes most of a frame. Two others
are quicker:

- few channels: the blur is multiplied into the filters (`Doubling.filters`), so that a plain
  convolution makes the four pixels that stand for one, each with filters of its own; that is four
  times the multiplications, which tensor cores hide;
- many channels: shifted maps are added, along columns, then along rows (`Doubling.blurred`).
"""

from __future__ import annotations

import torch
from torch import Tensor

# Channels up to which one convolution is quicker than a sparser one and sums.
_FEW = {torch.float16: 256, torch.bfloat16: 256, torch.float32: 64}
_SMALL = 32  # sides below which sums take longer to ask for than the library's way
_REACH = 4  # taps of the longest kernel that filters of 3 x 3 hold


def doubling_on(kernel: Tensor) -> Doubling | None:
    """What doubles sizes with a kernel [k, k] where that lies on a card; elsewhere None."""
    return Doubling(kernel) if on_card(kernel) else None


def on_card(x: Tensor) -> bool:
    """Whether a tensor lies where all this was measured."""
    return x.device.type == "cuda"


class Doubling:
    """A kernel [k, k] of `low_pass`, with gain 4, for all upsampling convolutions of a block."""

    def __init__(self, kernel: Tensor) -> None:
        """Read the kernel, for which a card waits."""
        self.taps = [2.0 * tap for tap in kernel.sum(0).tolist()[::-1]]  # convolutions turn filters
        self.before = (len(self.taps) + 1) // 2 - 1
        # Pixel a of the two that stand for pixel i takes from i + d what tap m of a filter gives.
        self.matrix = torch.tensor(
            [
                [[self._tap(m - a + self.before + 2 * d) for m in range(3)] for d in (-1, 0, 1)]
                for a in (0, 1)
            ],
            dtype=torch.float32,
            device="cpu",
        ).to(kernel.device)

    def _tap(self, index: int) -> float:
        return self.taps[index] if 0 <= index < len(self.taps) else 0.0

    def in_one(self, inputs: int, dtype: torch.dtype) -> bool:
        """Whether a convolution of so many inputs had better hold the blur."""
        return inputs <= _FEW[dtype] and len(self.taps) <= _REACH

    def filters(self, weight: Tensor) -> Tensor:
        """[O, I, 3, 3] of a transposed convolution -> [4 * O, I, 3, 3] of one that blurs, too."""
        made = torch.einsum("adm,ben,oimn->aboide", self.matrix, self.matrix, weight)
        return made.flatten(0, 2)

    def sums_pay(self, side: int) -> bool:
        """Whether maps of this side had better be blurred by sums."""
        return side >= _SMALL

    def blurred(self, x: Tensor) -> Tensor:
        """[N, C, 2H + 1, 2W + 1] -> [N, C, 2H, 2W], in the order in which it lies."""
        return self._blurred_along(3, self._blurred_along(2, x))

    def _blurred_along(self, dim: int, x: Tensor) -> Tensor:
        given = x.shape[dim]
        side = given - 1
        total = x.narrow(dim, 0, side) * self.taps[self.before]
        for index, tap in enumerate(self.taps):
            shift = index - self.before
            if shift == 0:
                continue
            first, stop = max(0, -shift), min(side, given - shift)
            if first < stop:
                shifted = x.narrow(dim, first + shift, stop - first)
                total.narrow(dim, first, stop - first).add_(shifted, alpha=tap)
        return total


def interleaved(x: Tensor) -> Tensor:
    """Lay four maps out as one: [1, 4 * C, H, W] of `filters` -> [1, C, 2H, 2W], channels-last."""
    n, channels, h, w = x.shape
    pixels = x.permute(0, 2, 3, 1).reshape(n, h, w, 2, 2, channels // 4)
    doubled = pixels.permute(0, 1, 3, 2, 4, 5).reshape(n, 2 * h, 2 * w, channels // 4)
    return doubled.permute(0, 3, 1, 2)
