"""A photo with the square of it that is meant, a mask to paint on it, and points to drag."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from stylestudio.app.widgets.brush import BrushTool
from stylestudio.app.widgets.canvas_tool import PictureArea
from stylestudio.app.widgets.theme import current_theme
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.inversion import Crop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from stylestudio.app.widgets.canvas_tool import CanvasTool

REACH = 11  # pixels around a corner, a point or the turning knob that take hold of it
EMPTY = "Drop a photo here,\nor click to choose one"
KNOB = 18  # pixels from the square's upper edge to the knob that turns it
SIDES = (0.05, 4.0)  # of frames, in shorter sides
WHEEL_NOTCH = 120
LEFT = Qt.MouseButton.LeftButton
HAND = Qt.CursorShape.PointingHandCursor


class PhotoFrame(QWidget):
    """Edits a frame by dragging: its inside moves it, corners size it, the knob turns it.

    With the brush, a left drag marks what matters and a right drag takes that back; what was
    painted stays on show. Where there are points, they are dragged first. Without a frame, only
    points can be edited.
    """

    can_pan = False

    asked = Signal()  # for a photo
    frame_edited = Signal(object)  # Crop
    points_edited = Signal()

    def __init__(self, name: str, *, framed: bool = True) -> None:
        super().__init__()
        self._image = QImage()
        self.brush = BrushTool()
        self.brush.changed.connect(self.update)
        self._frame = Crop()
        self._framed = framed
        self._points: list[QPointF] = []  # shares of the picture's width and height
        self._drag = ""  # "move", "size", "turn", "tool" or the index of a point
        self._button = Qt.MouseButton.NoButton  # that began the drag
        self._last = QPointF()
        self._zoom = 1.0  # of the photo: below 1 where no corner of the frame would be in view
        self._tool: CanvasTool | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        WheelGuard(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 130)
        self.set_image(QImage())

    def sizeHint(self) -> QSize:
        """Room for a dock's width."""
        return QSize(260, 220)

    def set_image(self, image: QImage) -> None:
        """Show another picture, with nothing painted on it; points stay."""
        self._image = image
        self._fit()
        self.brush.clear()
        empty = image.isNull() and self._framed
        self.setCursor(HAND if empty else Qt.CursorShape.ArrowCursor)
        self.update()

    def set_frame(self, frame: Crop) -> None:
        """Show a frame without telling of an edit."""
        self._frame = frame
        self._fit()
        self.update()

    def set_points(self, points: Sequence[tuple[float, float]]) -> None:
        """Show points, shares of width and height; none hides them."""
        self._points = [QPointF(*point) for point in points]
        self.update()

    def points(self) -> list[tuple[float, float]]:
        """Return where the points are."""
        return [(point.x(), point.y()) for point in self._points]

    def show_tools(self, tools: Sequence[CanvasTool], active: CanvasTool | None) -> None:  # noqa: ARG002
        """Give the mouse to the brush, or take it back; what was painted stays on show."""
        if self._drag == "tool" and self._tool is not None:
            self._tool.release()
        self._tool = active
        self._drag = ""
        self.update()

    # --- geometry ------------------------------------------------------------------------

    def picture_rect(self) -> QRectF:
        """Return where the picture lies in the widget."""
        if self._image.isNull():
            return QRectF(self.rect())
        whole = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        size = QSizeF(whole) * self._zoom
        corner = QPointF(self.width() - size.width(), self.height() - size.height()) / 2
        return QRectF(corner, size)

    def _fit(self) -> None:
        """Show the photo smaller where no corner of the frame could be seen and held."""
        self._zoom = 1.0
        view, corners = QRectF(self.rect()), self.corners()
        if not self._framed or any(view.contains(corner) for corner in corners):
            return
        middle = view.center()
        across = max(abs(corner.x() - middle.x()) / middle.x() for corner in corners)
        down = max(abs(corner.y() - middle.y()) / middle.y() for corner in corners)
        self._zoom = 1 / max(across, down)

    def _short(self) -> float:
        rect = self.picture_rect()
        return min(rect.width(), rect.height())

    def _centre(self) -> QPointF:
        return self.picture_rect().center() + QPointF(self._frame.x, self._frame.y) * self._short()

    def _turned(self, x: float, y: float) -> QPointF:
        """A place in the frame, in its sides from its centre, in the widget."""
        angle = math.radians(self._frame.angle)
        cos, sin = math.cos(angle), math.sin(angle)
        length = self._frame.side * self._short()
        return self._centre() + QPointF(cos * x - sin * y, sin * x + cos * y) * length

    def corners(self) -> list[QPointF]:
        """Return the frame's corners in the widget, clockwise from the upper left."""
        return [self._turned(x, y) for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))]

    def knob(self) -> QPointF:
        """Return where the knob is that turns the frame: above it, or inside where that is out."""
        length = max(self._frame.side * self._short(), 1.0)
        above = self._turned(0, -0.5 - KNOB / length)
        return (
            above
            if self.rect().adjusted(6, 6, -6, -6).contains(above.toPoint())
            else self._turned(0, -0.5 + KNOB / length)
        )

    def place_in_frame(self, place: QPointF) -> QPointF:
        """Turn sides of the frame from its centre into shares of the picture's size."""
        rect = self.picture_rect()
        there = self._turned(place.x(), place.y()) - rect.topLeft()
        return QPointF(there.x() / rect.width(), there.y() / rect.height())

    def _point_place(self, point: QPointF) -> QPointF:
        rect = self.picture_rect()
        return rect.topLeft() + QPointF(point.x() * rect.width(), point.y() * rect.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit photo and frame into the new room."""
        super().resizeEvent(event)
        self._fit()

    # --- painting ------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture, mask, frame and points."""
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.base))
        if self._image.isNull():
            if self._framed:
                painter.setPen(QColor(theme.muted))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, EMPTY)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawImage(self.picture_rect(), self._image)
        self.brush.paint(painter, self._area(), active=self._tool is self.brush)
        if self._framed:
            self._paint_frame(painter)
        for point in self._points:
            painter.setPen(QPen(QColor(theme.on_accent), 1))
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(self._point_place(point), 5, 5)

    def _paint_frame(self, painter: QPainter) -> None:
        theme = current_theme()
        shade = QPolygonF(QRectF(self.rect())).subtracted(QPolygonF(self.corners()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 120))
        painter.drawPolygon(shade)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.drawPolygon(QPolygonF(self.corners()))
        painter.setBrush(QColor(theme.accent))
        for place in (*self.corners(), self.knob()):
            painter.drawEllipse(place, 4, 4)

    # --- hands ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of what is under the pointer; a drag goes on undisturbed by other buttons."""
        if self._drag:
            return
        place = self._last = event.position()
        if self._image.isNull():
            if event.button() == LEFT:
                self.asked.emit()
            return
        self._button = event.button()
        self._drag = self._hold(place, self._button == LEFT)
        if self._drag == "tool" and self._tool is not None:
            self._tool.press(place, self._area(), event.button())

    def _hold(self, place: QPointF, left: bool) -> str:
        near = [i for i, p in enumerate(self._points) if _near(self._point_place(p), place)]
        if near and left:
            return str(near[0])
        if self._tool is not None:
            return "tool"
        if not self._framed or not left:
            return ""
        if _near(self.knob(), place):
            return "turn"
        if any(_near(corner, place) for corner in self.corners()):
            return "size"
        inside = QPolygonF(self.corners()).containsPoint(place, Qt.FillRule.OddEvenFill)
        return "move" if inside else ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue with what was started."""
        place, before = event.position(), self._last
        self._last = place
        away = place - self._centre()
        if self._drag in ("", "tool"):
            if self._tool is not None:
                self._tool.move(place, self._area())
        elif self._drag == "move":
            delta = (place - before) / self._short()
            self._edit(
                self._frame._replace(x=self._frame.x + delta.x(), y=self._frame.y + delta.y())
            )
        elif self._drag == "size":
            side = math.sqrt(2) * math.hypot(away.x(), away.y()) / self._short()
            self._edit(self._frame._replace(side=side))
        elif self._drag == "turn":
            self._edit(self._frame._replace(angle=math.degrees(math.atan2(away.x(), -away.y()))))
        else:
            rect = self.picture_rect()
            share = place - rect.topLeft()
            self._points[int(self._drag)] = QPointF(
                min(max(share.x() / rect.width(), 0.0), 1.0),
                min(max(share.y() / rect.height(), 0.0), 1.0),
            )
            self.update()
            self.points_edited.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go, where it is the button that took hold."""
        if event.button() != self._button:
            return
        if self._drag == "tool" and self._tool is not None:
            self._tool.release()
        self._drag = ""
        self._fit()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Tell the brush that the pointer is gone."""
        super().leaveEvent(event)
        if self._tool is not None:
            self._tool.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Size the frame; without the focus, the panel scrolls instead."""
        if self._framed and not self._image.isNull():
            notches = event.angleDelta().y() / WHEEL_NOTCH
            self._edit(self._frame._replace(side=self._frame.side * 1.05**-notches))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, + and - size, < and > turn; with shift by more. The brush has keys, too.

        Where there is no photo, Return and Space ask for one.
        """
        if self._image.isNull() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.asked.emit()
            return
        if self._tool is not None and self._tool.key(event, self._area()):
            return
        step = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0.01
        x, y, side, angle = self._frame
        moved = {
            Qt.Key.Key_Left: Crop(x - step, y, side, angle),
            Qt.Key.Key_Right: Crop(x + step, y, side, angle),
            Qt.Key.Key_Up: Crop(x, y - step, side, angle),
            Qt.Key.Key_Down: Crop(x, y + step, side, angle),
            Qt.Key.Key_Plus: Crop(x, y, side * 1.02, angle),
            Qt.Key.Key_Minus: Crop(x, y, side / 1.02, angle),
            Qt.Key.Key_Less: Crop(x, y, side, angle - 1),
            Qt.Key.Key_Greater: Crop(x, y, side, angle + 1),
        }.get(Qt.Key(event.key()))
        if moved is None or not self._framed or self._image.isNull():
            super().keyPressEvent(event)
        else:
            self._edit(moved)

    def _edit(self, frame: Crop) -> None:
        rect, short = self.picture_rect(), self._short()
        across, down = rect.width() / short / 2, rect.height() / short / 2
        self._frame = Crop(
            min(max(frame.x, -across), across),
            min(max(frame.y, -down), down),
            min(max(frame.side, SIDES[0]), SIDES[1]),
            (frame.angle + 180) % 360 - 180,
        )
        if not self._drag:  # which would slip from under the hand
            self._fit()
        self.update()
        self.frame_edited.emit(self._frame)

    def _area(self) -> PictureArea:
        return PictureArea(self.picture_rect(), self._image.size())


def _near(a: QPointF, b: QPointF) -> bool:
    return math.hypot(a.x() - b.x(), a.y() - b.y()) < REACH
