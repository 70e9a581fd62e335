"""3x3 convolutions with fewer multiplications than the textbook's: Winograd's minimal filtering.

Winograd 1980; Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", section
4. Filters g and overlapping tiles d of the picture are brought into a form in which convolving is
multiplying, a product of matrices for each place of a tile; from the results come the pixels:
A' [(G g G') * (B' d B)] A. F(2x2, 3x3) takes 16 multiplications where the textbook has 36;
F(4x4, 3x3) takes 36 for its 144, but its factors are too large for 8 bits of mantissa.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.networks.processor import multiplies_tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Sums = Callable[[Sequence[Tensor] | Tensor, Tensor], None]

# From where on this is the faster way; below, bringing tiles into form and back costs more than it
# saves. In short types by the fewest channels, and those times the side of the picture; in float32
# by the fewest channels, and the number of weights a place times the side.
SHORT_CHANNELS, SHORT_CHANNEL_PIXELS = 256, 8192
FLOAT32_CHANNELS, FLOAT32_WEIGHT_PIXELS = 128, 2**20
BAND = 8  # rows of tiles at a time in float32: what is made of them stays in the cache


def winograd_pays(weight: Tensor, size: int, dtype: torch.dtype) -> bool:
    """Whether `Winograd` is the faster way for filters [O, I, 3, 3] at this size, as measured.

    This depends on the shape alone, so that a picture is the same from one run to the next.
    A CPU with tiles multiplies bfloat16 so fast that the sums around the products would weigh more.
    """
    if weight.device.type != "cpu" or size % form_for(dtype).tile:
        return False
    if multiplies_tiles(dtype):
        return False
    outputs, inputs = weight.shape[:2]
    channels = min(outputs, inputs)
    if dtype == torch.float32:
        weights = outputs * inputs
        return channels >= FLOAT32_CHANNELS and weights * size >= FLOAT32_WEIGHT_PIXELS
    return channels >= SHORT_CHANNELS and channels * size >= SHORT_CHANNEL_PIXELS


class Winograd:
    """A 3x3 convolution with padding 1 of pictures [1, I, H, W] with sides of whole tiles.

    Tiles are 4 pixels wide in float32, 2 in shorter types; `weight` is [O, I, 3, 3]. Sums are
    rounded to `dtype` where those of a plain convolution stay in float32, so in bfloat16 errors are
    three times as large, about 0.7 % of what comes out.
    """

    def __init__(self, weight: Tensor, dtype: torch.dtype) -> None:
        self.form = form_for(dtype)
        outputs, inputs = weight.shape[:2]
        filters = torch.tensor(self.form.filters)
        weight = weight.detach().float().cpu().permute(3, 2, 1, 0).reshape(9, -1)
        products = torch.kron(filters, filters) @ weight
        self.weight = products.view(-1, inputs, outputs).to(dtype)  # of each place, columns first

    def __call__(self, x: Tensor, scales: Tensor) -> Tensor:
        """[1, I, H, W] with its channels times scales [1, I] -> [1, O, H, W], channels last."""
        tile, places = self.form.tile, len(self.form.filters)
        _, inputs, height, width = x.shape
        outputs = self.weight.shape[2]
        rows, columns = height // tile, width // tile
        runs = sort_columns(x, scales, tile, below=1)
        band = math.gcd(rows, BAND) if self.form is LARGE else rows
        half = x.new_empty(places, band, tile, columns + 1, inputs)
        tiles = x.new_empty(places, places, band, columns, inputs)
        products = x.new_empty(places, places, band, columns, outputs)
        half_pixels = x.new_empty(tile, places, band, columns, outputs)
        pixels = x.new_empty(rows, tile, columns, tile, outputs)
        for first in range(0, rows, band):
            self.form.bring(rows_of(runs, first, band, tile, places), half)
            self.form.bring(columns_of(half, places), tiles)
            multiply(tiles, self.weight, products)
            self.form.take(products, half_pixels)
            part = pixels[first : first + band]
            self.form.take(half_pixels.transpose(0, 1), part.permute(1, 3, 0, 2, 4))
        return pixels.view(1, height, width, outputs).permute(0, 3, 1, 2)


def multiply(inputs: Tensor, weights: Tensor, out: Tensor) -> Tensor:
    """[..., I] times weights [P, I, O], of which each has its share of the leading axes."""
    places, channels, outputs = weights.shape
    torch.bmm(inputs.reshape(places, -1, channels), weights, out=out.view(places, -1, outputs))
    return out


def sort_columns(x: Tensor, scales: Tensor, tile: int, *, below: int) -> Tensor:
    """Pictures [1, I, H, W] times scales [1, I] as [1 + H + below, tile, W / tile + 1, I].

    Before the first column and row comes one of zeros, and rows `below` the last. Column k lies
    at [k % tile, k // tile], as sums of long runs are the fast ones; what is left is zero.
    """
    _, channels, height, width = x.shape
    columns = width // tile
    runs = x.new_empty(1 + height + below, tile, columns + 1, channels)
    runs[0] = 0
    runs[1 + height :] = 0
    runs[:, 0, 0] = 0
    runs[:, 1:, columns] = 0
    pixels = x.permute(0, 2, 3, 1).reshape(height, columns, tile, channels)
    inside = runs[1 : 1 + height]
    torch.mul(pixels[:, :, :-1].transpose(1, 2), scales, out=inside[:, 1:, :-1])
    torch.mul(pixels[:, :, -1], scales, out=inside[:, 0, 1:])
    return runs


def rows_of(runs: Tensor, first: int, band: int, tile: int, count: int) -> list[Tensor]:
    """Row 0, 1, ... `count` - 1 of each tile, from the `first` row of tiles on."""
    start, stop = tile * first, tile * (first + band - 1) + 1
    return [runs[start + row : stop + row : tile] for row in range(count)]


def columns_of(runs: Tensor, count: int) -> list[Tensor]:
    """Column 0, 1, ... of each tile, of [..., tile, columns + 1, I]."""
    tile, columns = runs.shape[-3], runs.shape[-2] - 1
    return [
        runs[..., column % tile, column // tile : column // tile + columns, :]
        for column in range(count)
    ]


@dataclass(frozen=True)
class Form:
    """The three matrices of a minimal filtering; those of tiles and pixels as sums."""

    tile: int  # pixels that come out, along a side
    filters: tuple[tuple[float, ...], ...]  # G
    bring: Sums  # B' along the first axis: places read, places written
    take: Sums  # A' along the first axis; it may use up what it reads


def form_for(dtype: torch.dtype) -> Form:
    """The form that a type is exact enough for."""
    return LARGE if dtype == torch.float32 else SMALL


def _bring_small(d: Sequence[Tensor] | Tensor, out: Tensor) -> None:
    torch.sub(d[0], d[2], out=out[0])
    torch.add(d[1], d[2], out=out[1])
    torch.sub(d[2], d[1], out=out[2])
    torch.sub(d[1], d[3], out=out[3])


def _take_small(m: Sequence[Tensor] | Tensor, out: Tensor) -> None:
    torch.add(m[1], m[2], out=out[0])
    out[0].add_(m[0])
    torch.sub(m[1], m[2], out=out[1])
    out[1].sub_(m[3])


def _bring_large(d: Sequence[Tensor] | Tensor, out: Tensor) -> None:
    torch.sub(d[4], d[2], alpha=5, out=out[0])
    out[0].add_(d[0], alpha=4)
    torch.sub(d[4], d[2], alpha=4, out=out[1])
    torch.sub(d[3], d[1], alpha=4, out=out[2])
    sum_and_difference(out[1], out[2])
    torch.sub(d[4], d[2], out=out[3])
    torch.sub(d[3], d[1], out=out[4])
    sum_and_difference(out[3], out[4], factor=2)
    torch.sub(d[5], d[3], alpha=5, out=out[5])
    out[5].add_(d[1], alpha=4)


def _take_large(m: Sequence[Tensor] | Tensor, out: Tensor) -> None:
    sum_and_difference(m[1], m[2])
    sum_and_difference(m[3], m[4])
    torch.add(m[1], m[3], out=out[0])
    out[0].add_(m[0])
    torch.add(m[2], m[4], alpha=2, out=out[1])
    torch.add(m[1], m[3], alpha=4, out=out[2])
    torch.add(m[2], m[4], alpha=8, out=out[3])
    out[3].add_(m[5])


def sum_and_difference(one: Tensor, other: Tensor, factor: float = 1) -> None:
    """Replace two tensors by one + factor * other and one - factor * other."""
    one.add_(other, alpha=factor)
    torch.sub(one, other, alpha=2 * factor, out=other)


SMALL = Form(
    tile=2,
    filters=((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    bring=_bring_small,
    take=_take_small,
)
LARGE = Form(
    tile=4,
    filters=(
        (1 / 4, 0, 0),
        (-1 / 6, -1 / 6, -1 / 6),
        (-1 / 6, 1 / 6, -1 / 6),
        (1 / 24, 1 / 12, 1 / 6),
        (1 / 24, -1 / 12, 1 / 6),
        (0, 0, 1),
    ),
    bring=_bring_large,
    take=_take_large,
)
