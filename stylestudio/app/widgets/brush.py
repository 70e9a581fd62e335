"""A region that is painted over a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF, QSize

RADIUS = 0.06  # of the picture's shorter side on show


class Brush:
    """Keeps what was painted, as shares of a picture that lies somewhere in a widget."""

    def __init__(self) -> None:
        self._mask = QImage()

    def painted(self) -> QImage | None:
        """Return what was painted, white on black, of the picture's size; None for nothing."""
        return None if self._mask.isNull() else self._mask

    def clear(self) -> None:
        """Forget what was painted."""
        self._mask = QImage()

    def stroke(
        self, start: QPointF, end: QPointF, rect: QRectF, size: QSize, *, erase: bool
    ) -> None:
        """Paint, or take back, from one place to another in the widget.

        `rect` is where the picture, of this size in pixels, lies in the widget.
        """
        if self._mask.isNull():
            self._mask = QImage(size, QImage.Format.Format_Grayscale8)
            self._mask.fill(0)
        scale = self._mask.width() / rect.width()
        radius = RADIUS * min(rect.width(), rect.height()) * scale
        shade = QColor(Qt.GlobalColor.black if erase else Qt.GlobalColor.white)
        painter = QPainter(self._mask)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(shade, 2 * radius, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        nudge = QPointF(0.01, 0)  # a line of no length is not drawn
        painter.drawLine((start - rect.topLeft()) * scale, (end - rect.topLeft()) * scale + nudge)
        painter.end()

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Draw what was painted over the picture."""
        if self._mask.isNull():
            return
        tint = QImage(self._mask.size(), QImage.Format.Format_ARGB32_Premultiplied)
        tint.fill(QColor(current_theme().accent))
        tint.setAlphaChannel(self._mask)
        painter.setOpacity(0.45)
        painter.drawImage(rect, tint)
        painter.setOpacity(1.0)
