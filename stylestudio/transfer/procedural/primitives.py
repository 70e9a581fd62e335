"""What the painted styles are made from: soft shapes, cells, colours, lines.

Everything is float64 in numpy; H W rows and columns, fields lie in 0..1 unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Field = np.ndarray[Any, np.dtype[np.float64]]  # [H, W], or [H, W, 3] for colours
Numbers = np.ndarray[Any, np.dtype[np.int64]]  # [H, W], of cells
Random = np.random.Generator


def blurred(field: Field, sigma: float) -> Field:
    """A Gaussian blur of [H, W] that wraps around at the borders."""
    fy = np.fft.fftfreq(field.shape[0])[:, None]
    fx = np.fft.rfftfreq(field.shape[1])[None]
    damping = np.exp(-2 * (np.pi * sigma) ** 2 * (fy**2 + fx**2))
    return np.fft.irfft2(np.fft.rfft2(field) * damping, field.shape)


def ranked(field: Field) -> Field:
    """The same order of values, spread evenly over 0..1."""
    order = np.empty(field.size)
    order[np.argsort(field, axis=None, kind="stable")] = np.linspace(0, 1, field.size)
    return order.reshape(field.shape)


def shapes(random: Random, size: int, scale: float) -> Field:
    """Soft shapes of about `scale` pixels, as much dark as light."""
    return ranked(blurred(random.standard_normal((size, size)), scale))


def grain(random: Random, size: int, scale: float = 0.7) -> Field:
    """Fine noise around 0, of deviation 1."""
    noise = blurred(random.standard_normal((size, size)), scale)
    spread: float = noise.std()
    return noise / spread


def places(size: int) -> tuple[Field, Field]:
    """The rows and columns of all pixels."""
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float64)
    return rows, columns


def warped(random: Random, size: int, scale: float, amount: float) -> tuple[Field, Field]:
    """Rows and columns as if the sheet had been pulled about by `amount` pixels."""
    rows, columns = places(size)
    pulls = [grain(random, size, scale) * amount for _ in range(2)]
    return rows + pulls[0], columns + pulls[1]


def soft_step(field: Field, width: float) -> Field:
    """0 where the field is below 0, 1 above, with an edge of that width."""
    return np.clip(field / width + 0.5, 0, 1)


def ramp(field: Field, colours: list[str]) -> Field:
    """Colours [H, W, 3] blended along the field, which runs from the first to the last."""
    stops = np.linspace(0, 1, len(colours))
    table = np.array([rgb(colour) for colour in colours])
    return np.stack([np.interp(field, stops, table[:, c]) for c in range(3)], axis=-1)


def flat(field: Field, colours: list[str]) -> Field:
    """Colours [H, W, 3] in as many flat steps as there are colours."""
    table = np.array([rgb(colour) for colour in colours])
    step = np.clip((field * len(colours)).astype(np.int64), 0, len(colours) - 1)
    colour: Field = table[step]
    return colour


def rgb(colour: str) -> Field:
    """The three values of "rrggbb"."""
    return np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)]) / 255


def over(below: Field, colour: Field, cover: Field) -> Field:
    """Lay a colour ([3] or [H, W, 3]) over [H, W, 3] where it covers."""
    return below + (colour - below) * cover[..., None]


@dataclass(frozen=True)
class Cells:
    """The nearest of scattered points, for each pixel."""

    index: Numbers  # which point
    distance: Field  # to it, in pixels
    margin: Field  # how much farther the second nearest is: 0 on the border of two cells


def cells(random: Random, size: int, pitch: float, jitter: float = 0.9) -> Cells:
    """Points about `pitch` apart, moved from a grid by up to half of `jitter` pitches."""
    count = int(np.ceil(size / pitch)) + 2
    offsets = (random.random((2, count, count)) - 0.5) * jitter
    rows, columns = places(size)
    row_of, column_of = (rows / pitch).astype(int) + 1, (columns / pitch).astype(int) + 1
    nearest = np.full((size, size), np.inf)
    second = nearest.copy()
    index = np.zeros((size, size), np.int64)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            y = np.clip(row_of + down, 0, count - 1)
            x = np.clip(column_of + across, 0, count - 1)
            away = np.hypot(
                (y - 0.5 + offsets[0, y, x]) * pitch - rows,
                (x - 0.5 + offsets[1, y, x]) * pitch - columns,
            )
            closer = away < nearest
            second = np.where(closer, nearest, np.minimum(second, away))
            index = np.where(closer, y * count + x, index)
            nearest = np.where(closer, away, nearest)
    return Cells(index, nearest, second - nearest)


def by_cell(field: Field, index: Numbers) -> Field:
    """The mean of [H, W] in each cell, at all its pixels."""
    totals = np.bincount(index.ravel(), field.ravel())
    counts = np.bincount(index.ravel())
    return (totals / np.maximum(counts, 1))[index]


def per_cell(random: Random, index: Numbers) -> Field:
    """One random value for each cell, at all its pixels."""
    return random.random(int(index.max()) + 1)[index]


def waves(rows: Field, columns: Field, angle: float | Field, pitch: float) -> Field:
    """Parallel waves across the sheet, from -1 to 1, crests `pitch` pixels apart."""
    along = rows * np.cos(angle) + columns * np.sin(angle)
    return np.cos(2 * np.pi * along / pitch)
