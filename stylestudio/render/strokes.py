"""Brush strokes as data: drawn at any size, written as SVG, played as they were painted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = np.ndarray[Any, Any]

X, Y, WIDTH, HEIGHT, ANGLE, RED = range(6)  # columns; the colour takes the last three


@dataclass(frozen=True, eq=False)
class Strokes:
    """Strokes on a ground of one colour, in the order in which they are painted.

    `numbers` is float32 [S, 8]: centre x and y, width and height in pixels of a picture of `size`
    (width, height), the angle in radians clockwise, then red, green and blue in 0..1. A stroke is a
    rectangle with round ends.
    """

    numbers: Array
    size: tuple[int, int]
    ground: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __len__(self) -> int:
        return len(self.numbers)

    def first(self, count: int) -> Strokes:
        """The painting after that many strokes."""
        return Strokes(self.numbers[:count], self.size, self.ground)

    def picture(self, scale: float = 1.0) -> Array:
        """The painting, float32 [H, W, 3] in 0..1, `scale` times the size it was painted at."""
        *_, last = self.pictures(scale, every=max(len(self), 1))
        return last

    def pictures(self, scale: float = 1.0, every: int = 1) -> Iterator[Array]:
        """The painting as it grows, after each `every` strokes and at the end; see `picture`."""
        width, height = (max(1, round(side * scale)) for side in self.size)
        canvas = np.empty((height, width, 3), np.float32)
        canvas[:] = self.ground
        for done, stroke in enumerate(self.numbers):
            draw(canvas, stroke, scale)
            if (done + 1) % every == 0 and done + 1 < len(self):
                yield canvas.copy()
        yield canvas

    def svg(self) -> str:
        """The painting as an SVG document."""
        width, height = self.size
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
            f'<rect width="{width}" height="{height}" fill="{_hex(np.array(self.ground))}"/>',
        ]
        for x, y, w, h, angle, *colour in self.numbers.tolist():
            parts.append(
                f'<rect x="{x - w / 2:.2f}" y="{y - h / 2:.2f}" width="{w:.2f}" height="{h:.2f}" '
                f'rx="{min(w, h) / 2:.2f}" fill="{_hex(np.array(colour))}" '
                f'transform="rotate({math.degrees(angle):.2f} {x:.2f} {y:.2f})"/>'
            )
        return "\n".join([*parts, "</svg>", ""])


def draw(canvas: Array, stroke: Array, scale: float = 1.0) -> None:
    """Paint one stroke, a row of `Strokes.numbers`, on float32 [H, W, 3], in place."""
    x, y, width, height = stroke[:ANGLE].tolist()
    x, y, half_w, half_h = x * scale, y * scale, width * scale / 2, height * scale / 2
    cos, sin = math.cos(stroke[ANGLE]), math.sin(stroke[ANGLE])
    reach_x = abs(half_w * cos) + abs(half_h * sin) + 1
    reach_y = abs(half_w * sin) + abs(half_h * cos) + 1
    rows, columns = canvas.shape[:2]
    left, right = max(0, math.floor(x - reach_x)), min(columns, math.ceil(x + reach_x))
    top, bottom = max(0, math.floor(y - reach_y)), min(rows, math.ceil(y + reach_y))
    if left >= right or top >= bottom or min(half_w, half_h) <= 0:
        return
    dx = np.arange(left, right, dtype=np.float32) + 0.5 - x
    dy = (np.arange(top, bottom, dtype=np.float32) + 0.5 - y)[:, None]
    # How far each pixel lies outside of the rectangle with round ends, below 0 inside.
    radius = min(half_w, half_h)
    along = np.maximum(np.abs(cos * dx + sin * dy) - (half_w - radius), 0)
    across = np.maximum(np.abs(cos * dy - sin * dx) - (half_h - radius), 0)
    alpha = (radius + 0.5 - np.hypot(along, across)).clip(0, 1)[..., None]
    part = canvas[top:bottom, left:right]
    part += alpha * (stroke[RED:] - part)


def _hex(colour: Array) -> str:
    levels = (colour.clip(0, 1) * 255).round().astype(int)
    return "#" + "".join(f"{level:02x}" for level in levels.tolist())
