"""Rulers along the top and the left of a picture, in its own pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QPen

from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter

    from stylestudio.app.widgets.canvas_tool import PictureArea

THICKNESS = 18  # no more than the room around a picture that is fitted
LABEL_SPACE = 56.0  # pixels of the screen from one number to the next, at least
TICK_SPACE = 5.0  # and from one tick to the next
FONT = 9  # pixels
SHADE = 110  # of 255, over the extent of a region


class Marks(NamedTuple):
    """Pixels of the picture that a ruler marks: each `label` with its number, and each `tick`."""

    label: int
    tick: int


def marks_at(scale: float) -> Marks:
    """What a ruler marks where a pixel of the picture takes `scale` pixels of the screen."""
    label = 1
    for step in _round_numbers():
        label = step
        if step * scale >= LABEL_SPACE:
            break
    tick = label
    for parts in (10, 5, 2):
        if label % parts == 0 and label / parts * scale >= TICK_SPACE:
            tick = label // parts
            break
    return Marks(label, tick)


def _round_numbers() -> list[int]:
    return [factor * 10**power for power in range(6) for factor in (1, 2, 5)]


def paint_rulers(
    painter: QPainter,
    bounds: QRectF,
    area: PictureArea,
    pointer: QPointF | None,
    extent: QRect | None,
) -> None:
    """Draw both, with where the pointer is, and the extent of a region in pixels of the picture."""
    theme = current_theme()
    painter.save()
    font = QFont(painter.font())
    font.setPixelSize(FONT)
    painter.setFont(font)
    painter.setRenderHint(painter.RenderHint.Antialiasing, False)
    across = area.rect.width() / area.size.width()
    down = area.rect.height() / area.size.height()
    spans = (
        (extent.left(), extent.left() + extent.width()) if extent else None,
        (extent.top(), extent.top() + extent.height()) if extent else None,
    )
    # The left one is drawn as the top one is, turned by 90 degrees: its x goes up.
    width, height = bounds.width(), bounds.height()
    _paint(
        painter,
        _Axis(area.rect.left(), across, area.size.width(), width, upwards=False),
        None if pointer is None else pointer.x(),
        spans[0],
    )
    painter.translate(0, height)
    painter.rotate(-90)
    _paint(
        painter,
        _Axis(area.rect.top(), down, area.size.height(), height, upwards=True),
        None if pointer is None else pointer.y(),
        spans[1],
    )
    painter.restore()
    painter.fillRect(QRectF(0, 0, THICKNESS, THICKNESS), QColor(theme.window))


class _Axis(NamedTuple):
    """How pixels of the picture lie along a ruler."""

    start: float  # of the picture, in the widget
    scale: float
    pixels: int  # of the picture
    length: float  # of the ruler
    upwards: bool  # whether it is drawn from its far end

    def at(self, pixel: float) -> float:
        """Where the edge before a pixel is drawn."""
        return self.drawn(self.start + pixel * self.scale)

    def drawn(self, place: float) -> float:
        """Where a place in the widget is drawn."""
        return self.length - place if self.upwards else place


def _paint(
    painter: QPainter, axis: _Axis, pointer: float | None, span: tuple[int, int] | None
) -> None:
    theme = current_theme()
    painter.fillRect(QRectF(0, 0, axis.length, THICKNESS), QColor(theme.window))
    if span is not None:
        ends = sorted((axis.at(span[0]), axis.at(span[1])))
        shade = QColor(theme.accent)
        shade.setAlpha(SHADE)
        painter.fillRect(QRectF(ends[0], 0, ends[1] - ends[0], THICKNESS), shade)
    marks = marks_at(axis.scale)
    first = max(0, math.floor((THICKNESS - axis.start) / axis.scale))
    last = min(axis.pixels, math.ceil((axis.length - axis.start) / axis.scale))
    lines = []
    painter.setPen(QPen(QColor(theme.text), 0))
    for pixel in range(math.ceil(first / marks.tick) * marks.tick, last + 1, marks.tick):
        x = axis.at(pixel)
        is_labelled = pixel % marks.label == 0
        lines.append(QLineF(x, 0 if is_labelled else THICKNESS - 5, x, THICKNESS))
        if is_labelled:
            painter.drawText(QPointF(x + 3, FONT), str(pixel))
    painter.setPen(QPen(QColor(theme.muted), 0))
    painter.drawLines(lines)
    painter.drawLine(QLineF(0, THICKNESS, axis.length, THICKNESS))
    if pointer is not None:
        painter.setPen(QPen(QColor(theme.accent), 2))
        x = axis.drawn(pointer)
        painter.drawLine(QLineF(x, 0, x, THICKNESS))
