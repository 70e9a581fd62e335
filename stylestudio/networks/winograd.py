"""3x3 convolutions with 16 multiplications where the textbook has 36: Winograd's F(2x2, 3x3).

Winograd 1980; Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", section
4.1. Filters g and overlapping 4x4 tiles d of the picture are brought into a form in which
convolving is multiplying, a product of matrices for each of 16 places; from each result come 2x2
pixels: A' [(G g G') * (B' d B)] A.
"""

from __future__ import annotations

import torch
from torch import Tensor

FEWEST_CHANNELS = 256  # bringing tiles into form and back costs more than it saves below
FEWEST_CHANNEL_PIXELS = 8192  # channels times the side of the picture, likewise
FILTER_FORM = ((1.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0.0, 0.0, 1.0))  # G


def winograd_pays(weight: Tensor, size: int, dtype: torch.dtype) -> bool:
    """Whether `Winograd` is the faster way for filters [O, I, 3, 3] at this size, as measured.

    This depends on the shape alone, so that a picture is the same from one run to the next.
    A CPU with tiles multiplies bfloat16 so fast that the sums around the products would weigh more.
    """
    channels = min(weight.shape[:2])
    if weight.device.type != "cpu" or size % 2:
        return False
    if dtype == torch.bfloat16 and getattr(torch.cpu, "_is_amx_tile_supported", bool)():
        return False
    return channels >= FEWEST_CHANNELS and channels * size >= FEWEST_CHANNEL_PIXELS


class Winograd:
    """A 3x3 convolution with padding 1 of pictures [1, I, H, W] with even sides.

    `weight` is [O, I, 3, 3]. Sums are rounded to `dtype` where those of a plain convolution stay
    in float32, so in bfloat16 errors are three times as large, about 0.7 % of what comes out.
    """

    def __init__(self, weight: Tensor, dtype: torch.dtype) -> None:
        form = torch.tensor(FILTER_FORM)
        products = torch.einsum("ai,ocij,bj->abco", form, weight.detach().float().cpu(), form)
        self.weight = products.flatten(0, 1).to(dtype).contiguous()  # [16, I, O]

    def __call__(self, x: Tensor, scales: Tensor) -> Tensor:
        """[1, I, H, W] with its channels times scales [1, I] -> [1, O, H, W], channels last."""
        products = torch.bmm(self._tiles(x, scales), self.weight)
        rows, columns = x.shape[2] // 2, x.shape[3] // 2
        return _pixels(products.view(4, 4, rows, columns, -1))

    def _tiles(self, x: Tensor, scales: Tensor) -> Tensor:
        """All B' d B, one tile a row: [16, H/2 * W/2, I]."""
        _, channels, height, width = x.shape
        rows, columns = height // 2, width // 2
        # Padded, and sorted into even and odd columns, as sums of long runs are the fast ones.
        runs = x.new_zeros(height + 2, 2, columns + 1, channels)
        pairs = x.permute(0, 2, 3, 1).reshape(height, columns, 2, channels)
        torch.mul(pairs[:, :, 0], scales, out=runs[1:-1, 1, :-1])
        torch.mul(pairs[:, :, 1], scales, out=runs[1:-1, 0, 1:])
        half = x.new_empty(4, rows, 2, columns + 1, channels)
        _differ([runs[first : first + height : 2] for first in range(4)], half)
        tiles = x.new_empty(4, 4, rows, columns, channels)
        places = [half[:, :, k % 2, k // 2 : k // 2 + columns] for k in range(4)]
        _differ(places, tiles.transpose(0, 1))
        return tiles.view(16, -1, channels)


def _differ(d: list[Tensor], out: Tensor) -> None:
    """B' d along one axis."""
    torch.sub(d[0], d[2], out=out[0])
    torch.add(d[1], d[2], out=out[1])
    torch.sub(d[2], d[1], out=out[2])
    torch.sub(d[1], d[3], out=out[3])


def _pixels(m: Tensor) -> Tensor:
    """A' m A for products [4, 4, H/2, W/2, O], put where they belong: [1, O, H, W]."""
    _, _, rows, columns, channels = m.shape
    half = m.new_empty(2, 4, rows, columns, channels)
    _gather(m, half)
    x = m.new_empty(rows, 2, columns, 2, channels)
    _gather(half.transpose(0, 1), x.permute(3, 1, 0, 2, 4))
    return x.view(1, 2 * rows, 2 * columns, channels).permute(0, 3, 1, 2)


def _gather(m: Tensor, out: Tensor) -> None:
    """A' m along one axis."""
    torch.add(m[1], m[2], out=out[0])
    out[0].add_(m[0])
    torch.sub(m[1], m[2], out=out[1])
    out[1].sub_(m[3])
