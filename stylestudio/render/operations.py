"""What interventions do to feature maps: network bending (Broad, Leymarie and Grierson 2021)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.recipe import Intervention


def operate(x: Tensor, intervention: Intervention, side: int, values: Tensor | None) -> Tensor:
    """What the operation makes of maps x [1, C, H, W], float32; `values` [C] are those of units,
    on the processor.

    `side` is how many pixels of the map the picture covers: those of StyleGAN3 reach beyond it.
    """
    operation = intervention.operation
    if operation == "shuffle":
        order = np.random.RandomState(int(intervention.numbers[0])).permutation(x.shape[1])
        return x[:, torch.from_numpy(order).to(x.device)]
    if operation in ("set", "add"):
        level = torch.full((x.shape[1],), intervention.numbers[0])
        inserted = (level if values is None else level * values).to(x.device)[None, :, None, None]
        return inserted.expand_as(x) if operation == "set" else x + inserted
    if operation == "shift":
        right, down = intervention.numbers
        return _placed(x, 1.0, 0.0, right * side, down * side)
    return _OPERATIONS[operation](x, *intervention.numbers)


def _threshold(x: Tensor, level: float) -> Tensor:
    return (x > level).to(x.dtype)


def _flip(x: Tensor, axes: float) -> Tensor:
    chosen = [axis for bit, axis in ((1, 3), (2, 2)) if int(axes) & bit]
    return x.flip(chosen)


def _placed(x: Tensor, factor: float, degrees: float, right: float, down: float) -> Tensor:
    """Enlarge maps around their centre, turn them counter-clockwise and move them by pixels.

    Values between pixels are interpolated; 0 comes in from beyond the edges.
    """
    height, width = x.shape[2:]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    rows = torch.arange(height, dtype=torch.float64) - (height - 1) / 2 - down
    columns = torch.arange(width, dtype=torch.float64) - (width - 1) / 2 - right
    y, x_ = torch.meshgrid(rows, columns, indexing="ij")
    from_x, from_y = (cos * x_ - sin * y) / factor, (sin * x_ + cos * y) / factor
    # Where each value comes from: -1 and 1 are the outer edges of the outermost pixels.
    grid = torch.stack([(2 * from_x) / width, (2 * from_y) / height], dim=-1)
    grid = grid[None].to(x.dtype).to(x.device)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _dilate(x: Tensor, radius: float) -> Tensor:
    """The largest value within a square; between two whole radii, a blend of both."""
    whole, rest = int(radius), radius - int(radius)
    least = F.max_pool2d(x, 2 * whole + 1, stride=1, padding=whole) if whole else x
    if not rest:
        return least
    return torch.lerp(least, F.max_pool2d(least, 3, stride=1, padding=1), rest)


def _erode(x: Tensor, radius: float) -> Tensor:
    return -_dilate(-x, radius)


def _blur(x: Tensor, radius: float) -> Tensor:
    """A Gaussian of this deviation; maps go on beyond their edges as they end."""
    reach = math.ceil(3 * radius)
    at = torch.arange(-reach, reach + 1, dtype=x.dtype)
    taps = torch.exp(-0.5 * (at / radius).square())
    taps = (taps / taps.sum()).to(x.device).repeat(x.shape[1], 1)[:, None]
    x = F.pad(x, (reach,) * 4, mode="replicate")
    x = F.conv2d(x, taps[:, :, None, :], groups=x.shape[1])
    return F.conv2d(x, taps[:, :, :, None], groups=x.shape[1])


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "scale": lambda x, factor: x * factor,
    "threshold": _threshold,
    "invert": lambda x: 1.0 - x,
    "rotate": lambda x, degrees: _placed(x, 1.0, degrees, 0.0, 0.0),
    "zoom": lambda x, factor: _placed(x, factor, 0.0, 0.0, 0.0),
    "flip": _flip,
    "erode": _erode,
    "dilate": _dilate,
    "blur": _blur,
}
