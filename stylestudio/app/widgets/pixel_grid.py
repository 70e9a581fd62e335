"""Pixels that can be told apart: lines between them, and the colour of the one at the pointer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter

    from stylestudio.app.widgets.canvas_tool import PictureArea

GRID_ZOOM = 8.0  # pixels of the screen a pixel of the picture, from which on there are lines
LINE = QColor(128, 128, 128, 90)


def paint_grid(painter: QPainter, area: PictureArea, seen: QRectF) -> None:
    """Draw lines between the pixels of a picture, in the part of the widget that is seen."""
    rect, width, height = area.rect, area.size.width(), area.size.height()
    shown = rect.intersected(seen)
    if shown.isEmpty():
        return
    across, down = rect.width() / width, rect.height() / height
    lines = []
    first, last = (math.ceil((x - rect.left()) / across) for x in (shown.left(), shown.right()))
    for i in range(first, min(last, width) + 1):
        x = rect.left() + i * across
        lines.append(QLineF(x, shown.top(), x, shown.bottom()))
    first, last = (math.ceil((y - rect.top()) / down) for y in (shown.top(), shown.bottom()))
    for i in range(first, min(last, height) + 1):
        y = rect.top() + i * down
        lines.append(QLineF(shown.left(), y, shown.right(), y))
    painter.setPen(QPen(LINE, 0))
    painter.drawLines(lines)


class Pixel(NamedTuple):
    """Which pixel of the picture it is, and its colour."""

    x: int
    y: int
    colour: QColor

    def __str__(self) -> str:
        colour = self.colour
        levels = [colour.red(), colour.green(), colour.blue()]
        if colour.alpha() < 255:
            levels.append(colour.alpha())
        return f"{self.x}, {self.y}   {colour.name()}   {' '.join(map(str, levels))}"


class PictureWidget(Protocol):
    """What shows a picture and says where it lies."""

    @property
    def image(self) -> QImage: ...  # noqa: D102
    def area(self) -> PictureArea: ...  # noqa: D102


class PixelReadout(QObject):
    """Follows the pointer over a picture."""

    said = Signal(str)  # place and colour, "" beside the picture

    def __init__(self, widget: PictureWidget) -> None:
        assert isinstance(widget, QWidget)
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say what is at the pointer; the widget gets all events."""
        if event.type() == QEvent.Type.MouseMove:
            pixel = pixel_at(self._widget, event.position())  # type: ignore[attr-defined]
            self.said.emit("" if pixel is None else str(pixel))
        elif event.type() == QEvent.Type.Leave:
            self.said.emit("")
        return super().eventFilter(watched, event)


def pixel_at(widget: PictureWidget, place: QPointF) -> Pixel | None:
    """The pixel of the picture at a place in the widget; of a draft, in the picture's own count."""
    image, area = widget.image, widget.area()
    if image.isNull() or not area.rect.contains(place):
        return None
    share = area.share(place)
    x = min(int(share.x() * area.size.width()), area.size.width() - 1)
    y = min(int(share.y() * area.size.height()), area.size.height() - 1)
    drawn_x = min(int(share.x() * image.width()), image.width() - 1)
    drawn_y = min(int(share.y() * image.height()), image.height() - 1)
    return Pixel(x, y, image.pixelColor(drawn_x, drawn_y))
