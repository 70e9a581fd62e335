"""How a painter of strokes compares with a plain search for strokes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stylestudio.render.painting_strokes import fit, paint
from stylestudio.render.strokes import ANGLE, Strokes

if TYPE_CHECKING:
    from typing import Any

    Array = np.ndarray[Any, Any]

TRIED = 16  # random strokes at each step of the search
SMALLEST = 8.0  # pixels; of its strokes
LARGEST, LATEST = 0.6, 0.08  # their largest side, in sides of the picture: first and at the end


def search_strokes(target: Array, count: int, seed: int = 0) -> Strokes:
    """Paint a picture float32 [H, W, 3] in 0..1 without a network: the baseline.

    At each of `count` steps it tries random strokes, each in the colour that fits it best, and
    paints the one that lessens the squared error most. They become smaller from step to step.
    """
    random = np.random.RandomState(seed)
    height, width = target.shape[:2]
    canvas = np.ones_like(target)
    kept = []
    for step in range(count):
        largest = max(height, width) * LARGEST * (LATEST / LARGEST) ** (step / count)
        tried = np.zeros((TRIED, 8), np.float32)
        tried[:, :ANGLE] = random.rand(TRIED, ANGLE)
        tried[:, :2] *= (width, height)
        tried[:, 2:ANGLE] = SMALLEST * (max(largest, SMALLEST) / SMALLEST) ** tried[:, 2:ANGLE]
        tried[:, ANGLE] = random.rand(TRIED) * np.pi
        best = tried[int(np.argmax([fit(canvas, target, stroke) for stroke in tried]))]
        if paint(canvas, target, best):
            kept.append(best)
    return Strokes(np.stack(kept) if kept else np.zeros((0, 8), np.float32), (width, height))


def pixel_error(picture: Array, target: Array) -> float:
    """The mean absolute difference of two pictures in 0..1, in levels of 255."""
    return float(np.abs(picture - target).mean()) * 255
