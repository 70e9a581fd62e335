"""Transposed 3x3 convolutions with stride 2, by Winograd's minimal filtering.

Along one axis, what lies at even places of the result is a convolution with two weights, the
outer ones, and what lies at odd places is the middle weight times the input. The former is done as
F(4, 2), five multiplications for four pixels, so 4x4 inputs take 9 * 9 where the textbook has
12 * 12: even and even places (5 * 5), even and odd (5 * 4), odd and even (4 * 5), odd and odd
(4 * 4). The method is that of `winograd.py`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.networks.winograd import (
    BAND,
    columns_of,
    multiply,
    rows_of,
    sort_columns,
    sum_and_difference,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

TILE, PLACES = 4, 5
FILTERS = ((1 / 2, 0), (-1 / 2, -1 / 2), (-1 / 6, 1 / 6), (1 / 6, 1 / 3), (0, 1))  # G
EVEN, ODD = [2, 0], 1  # weights along an axis, in the order of the inputs that they meet
FEWEST_INPUTS, FEWEST_OUTPUTS = 128, 64  # channels from which on this is the faster way,
FEWEST_PRODUCTS = 2**28  # and weights a place times pixels


def winograd_up_pays(weight: Tensor, size: int, dtype: torch.dtype) -> bool:
    """Whether `WinogradUp` is the faster way for filters [I, O, 3, 3] at this size, as measured.

    Only in float32, on CPUs: shorter types have too few bits for its factors.
    """
    if weight.device.type != "cpu" or dtype != torch.float32 or size % TILE:
        return False
    inputs, outputs = weight.shape[:2]
    enough = inputs >= FEWEST_INPUTS and outputs >= FEWEST_OUTPUTS
    return enough and inputs * outputs * size**2 >= FEWEST_PRODUCTS


class WinogradUp:
    """A transposed convolution of [1, I, H, W], whose sides are multiples of 4, in float32.

    `weight` is [I, O, 3, 3].
    """

    def __init__(self, weight: Tensor) -> None:
        filters = torch.tensor(FILTERS)
        weight = weight.detach().permute(3, 2, 0, 1)  # [column, row, I, O]
        self.both_even = _form(torch.kron(filters, filters), weight[EVEN][:, EVEN].flatten(0, 1))
        self.rows_even = _form(filters, weight[ODD, EVEN])
        self.columns_even = _form(filters, weight[EVEN, ODD])
        self.none_even = weight[ODD, ODD].contiguous()
        # The last row and column of the result, which no tile reaches: [I, 3, O].
        self.last_row = weight[:, 2].transpose(0, 1).contiguous()
        self.last_column = weight[2].transpose(0, 1).contiguous()

    def __call__(self, x: Tensor, scales: Tensor) -> Tensor:
        """[1, I, H, W], channels times scales [1, I] -> [1, O, 2H + 1, 2W + 1], channels last."""
        _, _, height, width = x.shape
        outputs = self.none_even.shape[1]
        runs = sort_columns(x, scales, TILE, below=0)
        result = x.new_empty(2 * height + 1, 2 * width + 1, outputs)
        last_row = runs[height].transpose(0, 1).flatten(0, 1)[1 : width + 1]
        _transpose_line(last_row, self.last_row, result[2 * height])
        _transpose_line(runs[1:, 0, -1], self.last_column, result[:, 2 * width])
        rows, columns = height // TILE, width // TILE
        band = math.gcd(rows, BAND)
        inside = result[:-1, :-1].view(rows, TILE, 2, columns, TILE, 2, outputs)
        scratch = _Scratch(x, band, columns, outputs)
        for first in range(0, rows, band):
            self._write(runs, first, inside[first : first + band], scratch)
        return result[None].permute(0, 3, 1, 2)

    def _write(self, runs: Tensor, first: int, out: Tensor, scratch: _Scratch) -> None:
        """The pixels of a band of rows of tiles: [band, 4, 2, columns, 4, 2, O]."""
        band = out.shape[0]
        rows = rows_of(runs, first, band, TILE, PLACES)
        raw = runs[TILE * first + 1 : TILE * (first + band) + 1]  # [band * 4, 4, columns + 1, I]
        _bring(rows, scratch.rows)
        _bring(columns_of(scratch.rows, PLACES), scratch.both)
        _bring(columns_of(raw, PLACES), scratch.columns)

        both = multiply(scratch.both, self.both_even, scratch.both_products)
        _take(both, scratch.half)
        _take(scratch.half.transpose(0, 1), out[:, :, 0, :, :, 0].permute(1, 3, 0, 2, 4))

        even_rows = multiply(scratch.rows, self.rows_even, scratch.rows_products)
        for found, place in _in_place(even_rows, out[:, :, 0, :, :, 1]):
            _take(found, place.transpose(0, 1))

        even_columns = multiply(scratch.columns, self.columns_even, scratch.columns_products)
        _take(even_columns, out[:, :, 1, :, :, 0].permute(3, 0, 1, 2, 4))

        odd = multiply(raw[None], self.none_even[None], scratch.odd_products)
        for found, place in _in_place(odd, out[:, :, 1, :, :, 1]):
            place.copy_(found)


class _Scratch:
    """What lies between the sums and the products, for one band."""

    def __init__(self, x: Tensor, band: int, columns: int, outputs: int) -> None:
        inputs, sorted_columns = x.shape[1], (TILE, columns + 1)
        self.rows = x.new_empty(PLACES, band, *sorted_columns, inputs)
        self.both = x.new_empty(PLACES, PLACES, band, columns, inputs)
        self.columns = x.new_empty(PLACES, band * TILE, columns, inputs)
        self.both_products = x.new_empty(PLACES, PLACES, band, columns, outputs)
        self.half = x.new_empty(TILE, PLACES, band, columns, outputs)
        self.rows_products = x.new_empty(PLACES, band, *sorted_columns, outputs)
        self.columns_products = x.new_empty(PLACES, band, TILE, columns, outputs)
        self.odd_products = x.new_empty(band, TILE, *sorted_columns, outputs)


def _form(filters: Tensor, weight: Tensor) -> Tensor:
    """G times weights [taps, I, O] -> [places, I, O]."""
    return (filters @ weight.flatten(1)).view(-1, *weight.shape[1:])


def _in_place(found: Tensor, out: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Sorted columns [A, B, 4, columns + 1, O] beside their places in [C, D, columns, 4, O]."""
    return (
        (found[:, :, 1:, :-1], out[:, :, :, :-1].transpose(2, 3)),
        (found[:, :, 0, 1:], out[:, :, :, -1]),
    )


def _transpose_line(x: Tensor, weight: Tensor, out: Tensor) -> None:
    """The transposed convolution of a line [L, I] by [I, 3, O], written to [2L + 1, O]."""
    products = (x @ weight.flatten(1)).view(-1, *weight.shape[1:])
    out[:-1:2] = products[:, 0]
    out[-1] = 0
    out[1::2] = products[:, 1]
    out[2::2].add_(products[:, 2])


def _bring(d: Sequence[Tensor], out: Tensor) -> None:
    """B' of F(4, 2) along the first axis."""
    torch.sub(d[3], d[1], out=out[3])
    torch.sub(d[4], d[2], out=out[4])
    out[4].sub_(out[3], alpha=2)
    torch.sub(d[0], d[2], out=out[0])
    torch.add(out[3], out[0], alpha=2, out=out[0])
    torch.sub(d[3], d[2], out=out[1])
    out[1].sub_(d[1], alpha=2)
    torch.sub(out[3], d[2], alpha=3, out=out[2])
    out[2].add_(d[1], alpha=3)


def _take(m: Tensor, out: Tensor) -> None:
    """A' of F(4, 2) along the first axis; m is used up."""
    sum_and_difference(m[1], m[2])
    torch.add(m[1], m[0], out=out[0])
    out[0].add_(m[3])
    torch.add(m[2], m[3], alpha=2, out=out[1])
    torch.add(m[1], m[3], alpha=4, out=out[2])
    torch.add(m[2], m[3], alpha=8, out=out[3])
    out[3].add_(m[4])
