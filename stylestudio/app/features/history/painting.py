"""How a step of the history is drawn, and what joins it to the one that it came out of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from stylestudio.app.core.history import DocumentHistory

PICTURE = 64
CELL = QSize(PICTURE + 14, PICTURE + 10)
SHADE = QColor(0, 0, 0, 170)
BAND = 15  # pixels that a name takes at the foot of a picture


@dataclass(frozen=True)
class Look:
    """What a step is to the one who looks at it."""

    on_path: bool  # of undo and redo
    is_chosen: bool
    has_focus: bool
    counts_branches: bool  # as they are not in sight


class StepPainter:
    """Paints steps in their cells, once all the lines are drawn."""

    def __init__(self, painter: QPainter, history: DocumentHistory) -> None:
        self._painter, self._history = painter, history
        self._theme = current_theme()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)

    def join(self, parent: QRect, child: QRect, *, on_path: bool) -> None:
        """Draw a line from a step's cell to that of one which came out of it."""
        colour = self._theme.accent if on_path else self._theme.muted
        self._painter.setPen(QPen(QColor(colour), 2.0 if on_path else 1.0))
        start = QPointF(_frame(parent).right(), _frame(parent).center().y())
        end = QPointF(_frame(child).left(), _frame(child).center().y())
        path = QPainterPath(start)
        if start.y() != end.y():
            x, bend = child.left() + 1.0, 5.0
            path.lineTo(x - bend, start.y())
            path.quadTo(QPointF(x, start.y()), QPointF(x, start.y() + bend))
            path.lineTo(x, end.y() - bend)
            path.quadTo(QPointF(x, end.y()), QPointF(x + bend, end.y()))
        path.lineTo(end)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawPath(path)

    def step(self, cell: QRect, id: int, look: Look) -> None:
        """Draw the picture of a step, its name and its marks."""
        tree, painter, theme = self._history.tree, self._painter, self._theme
        assert tree is not None
        node, frame = tree.nodes[id], _frame(cell)
        image = self._history.picture(id)
        if image is None:
            painter.fillRect(frame, QColor(theme.line))
        else:
            painter.drawImage(frame, image)
        if node.name:
            band = QRectF(frame.left(), frame.bottom() - BAND, frame.width(), BAND)
            painter.fillRect(band, SHADE)
            painter.setPen(QColor("white"))
            room = int(band.width()) - 6
            elided = painter.fontMetrics().elidedText(node.name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(band.adjusted(3, 0, -3, 0), Qt.AlignmentFlag.AlignVCenter, elided)
        if node.is_favourite:
            self._star(QPointF(frame.right() - 9, frame.top() + 9))
        branches = len(tree.children(id))
        if look.counts_branches and branches > 1:
            self._badge(frame, str(branches))
        if look.on_path:
            foot = QRectF(frame.left(), frame.bottom() + 2, frame.width(), 2)
            painter.fillRect(foot, QColor(theme.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if id == tree.current:
            painter.setPen(QPen(QColor(theme.accent), 3))
            painter.drawRect(frame)
        if look.is_chosen:
            painter.setPen(QPen(QColor(theme.text), 2))
            painter.drawRect(frame.adjusted(-2, -2, 2, 2))
        if look.has_focus:
            painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DotLine))
            painter.drawRect(frame.adjusted(-3, -3, 3, 3))

    def _star(self, centre: QPointF) -> None:
        painter = self._painter
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawEllipse(centre, 8, 8)
        points = []
        for corner in range(10):
            radius = 6.0 if corner % 2 == 0 else 2.6
            angle = math.pi * (corner / 5 - 0.5)
            points.append(centre + QPointF(radius * math.cos(angle), radius * math.sin(angle)))
        painter.setBrush(QColor("#ffd166"))
        painter.drawPolygon(QPolygonF(points))

    def _badge(self, frame: QRectF, text: str) -> None:
        """How many branches there are, which are not in sight."""
        painter = self._painter
        place = QRectF(frame.left() + 2, frame.top() + 2, 22, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(QPen(QColor("white"), 1.2))
        x, y = place.left() + 5, place.center().y()
        painter.drawLine(QPointF(x, y + 4), QPointF(x, y - 4))
        painter.drawPolyline([QPointF(x, y + 3), QPointF(x + 4, y), QPointF(x + 4, y - 4)])
        painter.drawText(place.adjusted(11, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


def _frame(cell: QRect) -> QRectF:
    """The picture of a step in its cell."""
    return QRectF(cell.left() + (cell.width() - PICTURE) / 2, cell.top() + 4, PICTURE, PICTURE)
