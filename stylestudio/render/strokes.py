"""Brush strokes as data: drawn at any size, written as SVG, played as they were painted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stylestudio.files import replacing

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

Array = np.ndarray[Any, Any]
Brush = Literal["round", "flat", "oval"]

X, Y, WIDTH, HEIGHT, ANGLE, RED = range(6)  # columns; the colour takes the last three


@dataclass(frozen=True, eq=False)
class Strokes:
    """Strokes on a ground of one colour, in the order in which they are painted.

    `numbers` is float32 [S, 8]: centre x and y, width and height in pixels of a picture of `size`
    (width, height), the angle in radians clockwise, then red, green and blue in 0..1. `brush` is
    the form of the strokes: rectangles with round ends, rectangles ("flat"), or ellipses ("oval").
    """

    numbers: Array
    size: tuple[int, int]
    ground: tuple[float, float, float] = (1.0, 1.0, 1.0)
    brush: Brush = "round"

    def __len__(self) -> int:
        return len(self.numbers)

    def first(self, count: int) -> Strokes:
        """The painting after that many strokes."""
        return replace(self, numbers=self.numbers[:count])

    def picture(self, scale: float = 1.0) -> Array:
        """The painting, float32 [H, W, 3] in 0..1, `scale` times the size it was painted at."""
        *_, last = self.pictures(scale, every=max(len(self), 1))
        return last

    def pictures(self, scale: float = 1.0, every: int = 1) -> Iterator[Array]:
        """The painting as it grows, after each `every` strokes and at the end; see `picture`."""
        return self.pictures_after([*range(every, len(self), every), len(self)], scale)

    def pictures_after(self, counts: Iterable[int], scale: float = 1.0) -> Iterator[Array]:
        """The painting after so many strokes each, which never become fewer; see `picture`."""
        width, height = (max(1, round(side * scale)) for side in self.size)
        canvas = np.empty((height, width, 3), np.float32)
        canvas[:] = self.ground
        done = 0
        for count in counts:
            for stroke in self.numbers[done:count]:
                draw(canvas, stroke, scale, self.brush)
            done = count
            yield canvas.copy()

    def svg(self) -> str:
        """The painting as an SVG document."""
        width, height = self.size
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
            f'<rect width="{width}" height="{height}" fill="{_hex(np.array(self.ground))}"/>',
        ]
        for x, y, w, h, angle, *colour in self.numbers.tolist():
            if self.brush == "oval":
                form = f'ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{w / 2:.2f}" ry="{h / 2:.2f}"'
            else:
                form = f'rect x="{x - w / 2:.2f}" y="{y - h / 2:.2f}" width="{w:.2f}"'
                form += f' height="{h:.2f}"'
                form += f' rx="{min(w, h) / 2:.2f}"' if self.brush == "round" else ""
            parts.append(
                f'<{form} fill="{_hex(np.array(colour))}" '
                f'transform="rotate({math.degrees(angle):.2f} {x:.2f} {y:.2f})"/>'
            )
        return "\n".join([*parts, "</svg>", ""])

    def save_svg(self, path: str | os.PathLike[str]) -> None:
        """Write the painting as an SVG file; all of it or nothing."""
        with replacing(path) as temporary:
            temporary.write_text(self.svg(), encoding="utf-8")


def draw(canvas: Array, stroke: Array, scale: float = 1.0, brush: Brush = "round") -> None:
    """Paint one stroke, a row of `Strokes.numbers`, on float32 [H, W, 3], in place."""
    found = footprint(canvas, stroke, scale, brush)
    if found is not None:
        part, alpha = found
        canvas[part] += alpha * (stroke[RED:] - canvas[part])


def footprint(
    canvas: Array, stroke: Array, scale: float = 1.0, brush: Brush = "round"
) -> tuple[tuple[slice, slice], Array] | None:
    """Where a stroke lies on [H, W, 3], rows and columns, and how far it covers the pixels there.

    The latter is float32 [h, w, 1] in 0..1. None for a stroke beyond the borders.
    """
    x, y, width, height = stroke[:ANGLE].tolist()
    x, y, half_w, half_h = x * scale, y * scale, width * scale / 2, height * scale / 2
    cos, sin = math.cos(stroke[ANGLE]), math.sin(stroke[ANGLE])
    reach_x = abs(half_w * cos) + abs(half_h * sin) + 1
    reach_y = abs(half_w * sin) + abs(half_h * cos) + 1
    rows, columns = canvas.shape[:2]
    left, right = max(0, math.floor(x - reach_x)), min(columns, math.ceil(x + reach_x))
    top, bottom = max(0, math.floor(y - reach_y)), min(rows, math.ceil(y + reach_y))
    if left >= right or top >= bottom or min(half_w, half_h) <= 0:
        return None
    dx = np.arange(left, right, dtype=np.float32) + 0.5 - x
    dy = (np.arange(top, bottom, dtype=np.float32) + 0.5 - y)[:, None]
    along, across = np.abs(cos * dx + sin * dy), np.abs(cos * dy - sin * dx)
    alpha = _COVERS[brush](along, across, half_w, half_h)
    return (slice(top, bottom), slice(left, right)), alpha[..., None]


def _round(along: Array, across: Array, half_w: float, half_h: float) -> Array:
    radius = min(half_w, half_h)
    outside: Array = np.hypot(
        np.maximum(along - (half_w - radius), 0), np.maximum(across - (half_h - radius), 0)
    )
    return (radius + 0.5 - outside).clip(0, 1)


def _flat(along: Array, across: Array, half_w: float, half_h: float) -> Array:
    alpha: Array = (half_w + 0.5 - along).clip(0, 1) * (half_h + 0.5 - across).clip(0, 1)
    return alpha


def _oval(along: Array, across: Array, half_w: float, half_h: float) -> Array:
    """The distance to the border is that to where it lies, as the radius grows near each pixel."""
    u, v = along / half_w, across / half_h
    radius: Array = np.hypot(u, v)
    growth = np.hypot(u / half_w, v / half_h) / np.maximum(radius, 1e-6)
    return (0.5 + (1 - radius) / np.maximum(growth, 1e-6)).clip(0, 1)


_COVERS = {"round": _round, "flat": _flat, "oval": _oval}


def _hex(colour: Array) -> str:
    levels = (colour.clip(0, 1) * 255).round().astype(int)
    return "#" + "".join(f"{level:02x}" for level in levels.tolist())
