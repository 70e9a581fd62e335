"""Masks of a recipe, at the size of the feature maps that they are laid over."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

if TYPE_CHECKING:
    from stylestudio.recipe import Mask

KEPT = 64  # masks, more than the regions of a frame; up to 256 KiB each
KEPT_PARTS = 256  # of masks over maps, up to 256 KiB each
SMALL = 256  # pixels of maps whose parts are kept


def mask_map(
    mask: Mask, size: int, side: int, feather: float = 0.0, right: float = 0.0, down: float = 0.0
) -> Tensor:
    """The mask 0..1 [size, size] over maps of which the picture covers `side` pixels.

    Where maps reach beyond the picture, the mask goes on as it ends there. Its edge is faded
    over `feather` picture widths to both sides, and it is moved by picture widths. A pixel that
    no place of the mask touches is exactly 0.
    """
    values = _resized(_placed(mask, feather, right, down), side)
    before = (size - side) // 2
    values = F.pad(values, (before, size - side - before) * 2, mode="replicate")
    return values[0, 0].clamp(0.0, 1.0)


class MaskPart(NamedTuple):
    """The part of a mask over maps outside which it is 0."""

    rows: slice
    columns: slice
    weight: Tensor  # 0..1 [rows, columns]


def mask_part(
    mask: Mask, size: int, side: int, feather: float, right: float, down: float
) -> MaskPart | None:
    """What `mask_map` gives, cut to where it is not 0; None where it is 0 everywhere.

    Parts over small maps are kept, as hands move one mask of many.
    """
    cut = _kept_part if size <= SMALL else _cut
    return cut(mask, size, side, feather, right, down)


def _cut(
    mask: Mask, size: int, side: int, feather: float, right: float, down: float
) -> MaskPart | None:
    with torch.inference_mode(False):
        weight = mask_map(mask, size, side, feather, right, down)
        touched = weight > 0
        rows, columns = (touched.any(axis).nonzero()[:, 0].tolist() for axis in (1, 0))
        if not rows:
            return None
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        return MaskPart(*part, weight[part].clone())


_kept_part = lru_cache(maxsize=KEPT_PARTS)(_cut)


@lru_cache(maxsize=KEPT)
def _placed(mask: Mask, feather: float, right: float, down: float) -> Tensor:
    """The mask [1, 1, height, width] at its own size, moved and feathered."""
    with torch.inference_mode(False):
        values = torch.from_numpy(mask.array().copy())[None, None]
        if right or down:
            values = _moved(values, right, down)
        return _feathered(values, feather) if feather else values


def _moved(values: Tensor, right: float, down: float) -> Tensor:
    height, width = values.shape[2:]
    x, y = round(right * width), round(down * height)
    moved = torch.zeros_like(values)
    if abs(x) < width and abs(y) < height:
        moved[:, :, max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)] = values[
            :, :, max(-y, 0) : height + min(-y, 0), max(-x, 0) : width + min(-x, 0)
        ]
    return moved


def _feathered(values: Tensor, feather: float) -> Tensor:
    """Averaged over a raised cosine that ends `feather` away, so that far places stay 0."""
    for axis in (2, 3):
        reach = round(feather * values.shape[axis])
        if not reach:
            continue
        at = torch.arange(-reach, reach + 1, dtype=torch.float64) / (reach + 1)
        taps = 1 + torch.cos(torch.pi * at)
        taps = (taps / taps.sum()).to(values.dtype)
        pad = (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0)
        shape = (1, 1, -1, 1) if axis == 2 else (1, 1, 1, -1)
        values = F.conv2d(F.pad(values, pad, mode="replicate"), taps.view(shape))
    # What a convolution leaves where it adds up zeros alone is 0; sums of ones may miss 1.
    return torch.where(values > 1 - 1e-6, torch.ones_like(values), values)


def _resized(values: Tensor, side: int) -> Tensor:
    """Means of what each pixel covers where it gets smaller, a straight line between elsewhere."""
    height, width = values.shape[2:]
    if side <= min(height, width):
        return F.adaptive_avg_pool2d(values, side)
    return F.interpolate(values, (side, side), mode="bilinear", align_corners=False)
