"""Paints a picture in brush strokes, coarse to fine, by a network that predicts them.

Liu et al. 2021, "Paint Transformer", section 3.4: at each size the picture is twice as large as
before, and patches of 32 pixels are painted side by side, those in between after them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.networks.stroke_painter import PATCH
from stylestudio.render.strokes import ANGLE, HEIGHT, RED, WIDTH, Strokes, footprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.networks.stroke_painter import StrokePainter
    from stylestudio.render.strokes import Brush

Array = np.ndarray[Any, Any]

_AT_A_TIME = 256  # patches that the network looks at together
MOST = 32  # levels
SHIFTS = (0, PATCH // 2)  # pixels: a pass for each, at every level
ROUNDS = 2  # through all levels, where strokes are counted
LITTLE = (
    3.0  # a stroke helps little that takes less than a third of its share of the error that is left
)
_CHANGED = {WIDTH: 1.3, HEIGHT: 1.3, ANGLE: 0.3}  # times, and radians
SMALLEST = 1.0  # pixels; narrower strokes are not seen


def levels_of(height: int, width: int) -> int:
    """How many sizes a picture is painted at: the last has about one patch for 32 pixels."""
    return max(1, math.ceil(math.log2(max(height, width) / PATCH)) + 1)


def passes_of(height: int, width: int, levels: int | None = None, count: int | None = None) -> int:
    """How many passes `paint_strokes` makes at most: it ends early once it has `count` strokes."""
    sizes = _levels(min(levels or MOST, levels_of(height, width)), count)
    return len(SHIFTS) * sum(1 for _ in sizes)


def paint_strokes(
    network: StrokePainter,
    picture: Tensor,
    levels: int | None = None,
    count: int | None = None,
    brush: Brush = "round",
) -> Iterator[Strokes]:
    """Paint a picture float32 [3, H, W] in 0..1; yields the strokes so far after each pass.

    Fewer `levels` than `levels_of` says leave the finest strokes out; `count` strokes are painted
    at most. A stroke has the mean colour of what it covers, and one that would bring the painting
    no nearer to the picture is left out; where they are counted, also one that helps little.
    """
    height, width = picture.shape[1:]
    target = picture.permute(1, 2, 0).cpu().numpy()
    canvas = np.ones_like(target)
    found = np.zeros((0, 8), np.float32)
    for level, last in _levels(min(levels or MOST, levels_of(height, width)), count):
        scale = min(1.0, PATCH * 2**level / max(height, width))
        for shift in SHIFTS:
            least = 0.0
            if count is not None and not last:
                least = float(np.square(canvas - target).sum()) / (LITTLE * (count - len(found)))
            strokes = _pass(network, picture, canvas, scale, shift, least)
            if count is not None:
                gains = np.array([fit(canvas, target, stroke, brush) for stroke in strokes])
                best = np.argsort(-gains, kind="stable")[: count - len(found)]
                strokes = strokes[np.sort(best[gains[best] > least])]
                strokes = np.array([_tried(canvas, target, each, brush) for each in strokes])
            better = [paint(canvas, target, stroke, brush, least) for stroke in strokes]
            if any(better):
                found = np.concatenate([found, strokes[np.array(better)]])
            yield Strokes(found, (width, height), brush=brush)
            if len(found) == count:
                return


def _levels(levels: int, count: int | None) -> Iterator[tuple[int, bool]]:
    """The sizes to paint at, and whether it is the last time that all are gone through.

    Counted strokes are spent where they help most, so the sizes are gone through again, without
    those that have more patches than there are strokes.
    """
    if count is not None:
        levels = max(1, min(levels, math.ceil(math.log(count, 4))))
    rounds = 1 if count is None else ROUNDS
    for number in range(rounds):
        for level in range(levels):
            yield level, number == rounds - 1


def fit(canvas: Array, target: Array, stroke: Array, brush: Brush = "round") -> float:
    """Give a stroke its colour; return by how much it would lessen the squared error.

    The colour is the mean of `target` [H, W, 3] where the stroke would cover it; the error is that
    of `canvas`, summed over pixels and channels.
    """
    return _fitted(canvas, target, stroke, brush)[0]


def paint(
    canvas: Array, target: Array, stroke: Array, brush: Brush = "round", least: float = 0.0
) -> bool:
    """Fit a stroke and paint it on `canvas`, in place; not where it gains no more than `least`.

    Returns whether it did; see `fit`.
    """
    gain, place, after = _fitted(canvas, target, stroke, brush)
    if gain > least:
        canvas[place] = after
    return gain > least


def _tried(canvas: Array, target: Array, stroke: Array, brush: Brush) -> Array:
    """The best of a stroke and the same a little wider, narrower, longer, shorter, or turned."""
    tries = np.stack([stroke] * (1 + 2 * len(_CHANGED)))
    for index, (column, change) in enumerate(_CHANGED.items()):
        less, more = tries[1 + 2 * index], tries[2 + 2 * index]
        if column == ANGLE:
            less[column] -= change
            more[column] += change
        else:
            less[column] /= change
            more[column] *= change
    best: Array = tries[int(np.argmax([fit(canvas, target, each, brush) for each in tries]))]
    return best


def _fitted(
    canvas: Array, target: Array, stroke: Array, brush: Brush
) -> tuple[float, tuple[slice, slice], Array]:
    """A stroke's gain, where it lies, and what the canvas would be there."""
    found = footprint(canvas, stroke, brush=brush)
    if found is None:
        return 0.0, (slice(0), slice(0)), canvas[:0, :0]
    place, alpha = found
    before, wanted = canvas[place], target[place]
    stroke[RED:] = (alpha * wanted).sum((0, 1)) / max(float(alpha.sum()), 1e-6)
    after = before + alpha * (stroke[RED:] - before)
    gain = np.square(before - wanted).sum() - np.square(after - wanted).sum()
    return float(gain), place, after


def _pass(
    network: StrokePainter, picture: Tensor, canvas: Array, scale: float, shift: int, least: float
) -> Array:
    """The strokes for every patch of a picture shrunk by `scale`, in pixels of the whole one.

    Patches are left out in which there is no error of more than `least` to be gained.
    """
    painted = torch.from_numpy(canvas).permute(2, 0, 1)
    device = network.query_pos.device
    patches = [_patches(x.to(device), scale, shift) for x in (picture, painted)]
    (images, places), (canvases, _) = patches
    errors = (images - canvases).square().sum((1, 2, 3)) / scale**2
    wrong = (errors > least).cpu().nonzero()[:, 0]  # a card waits once, not for each look
    if not len(wrong):
        return np.zeros((0, 8), np.float32)
    images, canvases = (each[wrong.to(device)] for each in (images, canvases))
    places = places[wrong]
    numbers, decisions = [], []
    with torch.no_grad():
        for first in range(0, len(images), _AT_A_TIME):
            part = slice(first, first + _AT_A_TIME)
            strokes, decided = network(images[part], canvases[part])
            numbers.append(strokes)
            decisions.append(decided[..., 0] > 0)
    strokes = torch.cat(numbers).cpu()
    chosen = torch.cat(decisions).cpu()
    corners = places[:, None].expand(-1, strokes.shape[1], -1)[chosen].numpy()
    strokes = strokes[chosen].numpy()
    result = np.zeros((len(strokes), 8), np.float32)
    result[:, :2] = (corners + strokes[:, :2].clip(0, 1) * PATCH) / scale
    result[:, 2:ANGLE] = strokes[:, 2:4].clip(0, 1) * PATCH / scale
    result[:, ANGLE] = strokes[:, 4] * math.pi
    return result[(result[:, 2:ANGLE] >= SMALLEST).all(1)]


def _patches(x: Tensor, scale: float, shift: int) -> tuple[Tensor, Tensor]:
    """[3, H, W] -> patches [P, 3, 32, 32] of the shrunk picture, and their corners [P, 2], x first.

    Every second patch of a row and every second row come later, so that neighbours overlap.
    """
    height, width = (max(1, round(side * scale)) for side in x.shape[1:])
    small = F.interpolate(x[None], (height, width), mode="bilinear", antialias=True)
    below, right = -(height + shift) % PATCH, -(width + shift) % PATCH
    small = F.pad(small, (shift, right, shift, below), mode="replicate")[0]
    grid = small.unfold(1, PATCH, PATCH).unfold(2, PATCH, PATCH)  # [3, rows, columns, 32, 32]
    rows, columns = grid.shape[1:3]
    order = [
        (row, column)
        for odd_row in (0, 1)
        for odd_column in (0, 1)
        for row in range(odd_row, rows, 2)
        for column in range(odd_column, columns, 2)
    ]
    patches = torch.stack([grid[:, row, column] for row, column in order])
    corners = [(column * PATCH - shift, row * PATCH - shift) for row, column in order]
    return patches, torch.tensor(corners, dtype=torch.float32)
