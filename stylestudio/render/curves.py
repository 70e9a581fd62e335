"""Pen strokes along Bezier curves, as data: drawn with gradients, at any size, or as SVG."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from stylestudio.files import replacing
from stylestudio.render.curve_raster import draw_curves

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Curves:
    """Strokes with round ends on white, in the order in which they are drawn.

    `points` float32 [S, 3 K + 1, 2] are the control points of K cubic Bezier curves end to end, x
    and y in pixels of a square picture of `size`; `widths` [S] are in the same pixels; `colours`
    [S, 4] are red, green, blue and opacity, 0..1.
    """

    points: Tensor
    widths: Tensor
    colours: Tensor
    size: int

    def __len__(self) -> int:
        return len(self.points)

    def first(self, count: int) -> Curves:
        """The drawing after that many strokes."""
        points, widths, colours = self.points[:count], self.widths[:count], self.colours[:count]
        return replace(self, points=points, widths=widths, colours=colours)

    @torch.no_grad()
    def picture(self, scale: float = 1.0) -> Tensor:
        """The drawing, float32 [3, H, W] in 0..1, `scale` times its own size."""
        side = max(1, round(self.size * scale))
        canvas = torch.ones(3, side, side)
        for one in range(len(self)):  # one at a time, so that memory stays flat at any size
            part = slice(one, one + 1)
            canvas = draw_curves(
                self.points[part] * scale, self.widths[part] * scale, self.colours[part], canvas
            )
        return canvas

    def svg(self) -> str:
        """The drawing as an SVG document."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.size} {self.size}">',
            f'<rect width="{self.size}" height="{self.size}" fill="#ffffff"/>',
            '<g fill="none" stroke-linecap="round" stroke-linejoin="round">',
        ]
        parts += [*self._paths(), "</g>", "</svg>", ""]
        return "\n".join(parts)

    def _paths(self) -> Iterator[str]:
        for points, width, colour in zip(
            self.points.tolist(), self.widths.tolist(), self.colours.tolist(), strict=True
        ):
            (x, y), *others = points
            line = " ".join(f"{x:.2f},{y:.2f}" for x, y in others)
            levels = "".join(f"{round(255 * min(max(level, 0), 1)):02x}" for level in colour[:3])
            yield (
                f'<path d="M{x:.2f},{y:.2f} C{line}" stroke="#{levels}" '
                f'stroke-opacity="{colour[3]:.4f}" stroke-width="{width:.2f}"/>'
            )

    def save_svg(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing as an SVG file; all of it or nothing."""
        with replacing(path) as temporary:
            temporary.write_text(self.svg(), encoding="utf-8")
