"""What interventions do to feature maps: network bending (Broad, Leymarie and Grierson 2021)."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.recipe import Intervention
    from stylestudio.render.uploads import Uploads


def operate(
    x: Tensor,
    intervention: Intervention,
    side: int,
    values: tuple[float, ...] | None,
    uploads: Uploads,
) -> Tensor:
    """What the operation makes of maps x [1, C, H, W], float32; `values` are those of C units.

    `side` is how many pixels of the map the picture covers: those of StyleGAN3 reach beyond it.
    """
    operation = intervention.operation
    if operation == "shuffle":
        order = int(intervention.numbers[0]), x.shape[1]
        return x[:, uploads.get((operation, *order), partial(_permutation, *order))]
    if operation in ("set", "add"):
        levels = intervention.numbers[0], values, x.shape[1]
        inserted = uploads.get(("level", *levels), partial(_levels, *levels))
        return inserted.expand_as(x) if operation == "set" else x + inserted
    if operation == "blur":
        filters = intervention.numbers[0], x.shape[1]
        return _blurred(x, uploads.get((operation, *filters), partial(_taps, *filters)))
    if operation in ("shift", "rotate", "zoom"):
        grid = *x.shape[2:], side, operation, *intervention.numbers
        return _placed(x, uploads.get(grid, partial(_grid, *grid)))
    return _OPERATIONS[operation](x, *intervention.numbers)


def _permutation(seed: int, count: int) -> Tensor:
    return torch.from_numpy(np.random.RandomState(seed).permutation(count))


def _levels(level: float, values: tuple[float, ...] | None, count: int) -> Tensor:
    """What is set or added: [1, count, 1, 1]."""
    levels = torch.full((count,), level)
    return (levels if values is None else levels * torch.tensor(values))[None, :, None, None]


def _threshold(x: Tensor, level: float) -> Tensor:
    return (x > level).to(x.dtype)


def _flip(x: Tensor, axes: float) -> Tensor:
    chosen = [axis for bit, axis in ((1, 3), (2, 2)) if int(axes) & bit]
    return x.flip(chosen)


def _placed(x: Tensor, grid: Tensor) -> Tensor:
    """Values between pixels are interpolated; 0 comes in from beyond the edges."""
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _grid(height: int, width: int, side: int, operation: str, *numbers: float) -> Tensor:
    """Where values come from, [1, height, width, 2].

    Maps are enlarged around their centre, turned counter-clockwise, or moved by shares of `side`.
    """
    factor = numbers[0] if operation == "zoom" else 1.0
    degrees = numbers[0] if operation == "rotate" else 0.0
    right, down = (share * side for share in numbers) if operation == "shift" else (0.0, 0.0)
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    rows = torch.arange(height, dtype=torch.float64) - (height - 1) / 2 - down
    columns = torch.arange(width, dtype=torch.float64) - (width - 1) / 2 - right
    y, x_ = torch.meshgrid(rows, columns, indexing="ij")
    from_x, from_y = (cos * x_ - sin * y) / factor, (sin * x_ + cos * y) / factor
    # Where each value comes from: -1 and 1 are the outer edges of the outermost pixels.
    return torch.stack([(2 * from_x) / width, (2 * from_y) / height], dim=-1)[None].float()


def _dilate(x: Tensor, radius: float) -> Tensor:
    """The largest value within a square; between two whole radii, a blend of both."""
    whole, rest = int(radius), radius - int(radius)
    least = F.max_pool2d(x, 2 * whole + 1, stride=1, padding=whole) if whole else x
    if not rest:
        return least
    return torch.lerp(least, F.max_pool2d(least, 3, stride=1, padding=1), rest)


def _erode(x: Tensor, radius: float) -> Tensor:
    return -_dilate(-x, radius)


def _taps(radius: float, count: int) -> Tensor:
    """A Gaussian of this deviation, for each of so many maps: [count, 1, taps]."""
    reach = math.ceil(3 * radius)
    at = torch.arange(-reach, reach + 1, dtype=torch.float32)
    taps = torch.exp(-0.5 * (at / radius).square())
    return (taps / taps.sum()).repeat(count, 1)[:, None]


def _blurred(x: Tensor, taps: Tensor) -> Tensor:
    """Maps go on beyond their edges as they end."""
    x = F.pad(x, (taps.shape[-1] // 2,) * 4, mode="replicate")
    x = F.conv2d(x, taps[:, :, None, :], groups=x.shape[1])
    return F.conv2d(x, taps[:, :, :, None], groups=x.shape[1])


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "scale": lambda x, factor: x * factor,
    "threshold": _threshold,
    "invert": lambda x: 1.0 - x,
    "flip": _flip,
    "erode": _erode,
    "dilate": _dilate,
}
