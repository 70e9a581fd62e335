"""The picture: zoom, pan, drag to walk the seed plane, and a wipe against an earlier picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stylestudio.app.widgets.canvas_tool import PictureArea
from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.keys import OWN_KEYS, keys_named
from stylestudio.app.widgets.pixel_grid import GRID_ZOOM, paint_grid
from stylestudio.app.widgets.rulers import THICKNESS, paint_rulers
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from stylestudio.app.widgets.canvas_tool import CanvasTool

MARGIN, EDGE = 24, 32  # beside a picture that is fitted, and above and below it
MIN_ZOOM, MAX_ZOOM = 0.1, 32.0
WHEEL_NOTCH = 120
CHECKER = 12
WIPE_REACH = 8
TIP = (
    "Drag the picture or press the arrow keys to vary it. The wheel zooms, the middle "
    "button or Ctrl pans, and a double-click fits the picture in the window"
)


class Canvas(QWidget):
    """Shows the newest picture; nothing else in the window touches pixels.

    Left drag walks (the window decides where), middle or ctrl drag pans, the wheel zooms at the
    pointer, a double click fits the picture in the window again. Where it is given tools, the
    active one has the left and the right button instead.
    """

    can_pan = True

    walked = Signal(float, float, object)  # picture widths, heights, gesture token
    zoom_changed = Signal(float)  # screen pixels a picture pixel
    compared = Signal(str)  # the title of what lies left of the wipe, "" once it has ended

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._size = QSize()  # that it is drawn as; drafts may have fewer pixels
        self._before = QImage()
        self._before_title = ""
        self._wipe: float | None = None  # 0..1 across the picture, None = no comparison
        self._zoom: float | None = None  # screen pixels a picture pixel, None = fit
        self._offset = QPointF()
        self._tools: tuple[CanvasTool, ...] = ()  # whose marks are drawn
        self._tool: CanvasTool | None = None  # that has the mouse
        self._drag: str | None = None  # "walk", "pan", "wipe" or "tool"
        self._button = Qt.MouseButton.NoButton  # that started the drag
        self._last = QPointF()
        self._pointer: QPointF | None = None  # while it is over the canvas
        self._always_rulers = False
        self._gesture = Gesture()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture")
        self.setAccessibleDescription("Drag to vary the picture; the wheel zooms.")
        self.setToolTip(keys_named(TIP))
        self.setMinimumSize(200, 200)

    def sizeHint(self) -> QSize:
        """As large as may be."""
        return QSize(760, 760)

    @property
    def image(self) -> QImage:
        """The picture on show; null before the first."""
        return self._image

    def set_image(self, image: QImage, side: int | None = None) -> None:
        """Show a picture, drawn as large as one of `side` pixels, None for its own size."""
        size = image.size() if side is None else QSize(side, side)
        resized = size != self._size
        self._image, self._size = image, size
        if resized:
            self.zoom_changed.emit(self.zoom())
        self.update()

    def zoom(self) -> float:
        """Return the screen pixels (device independent) a picture pixel takes."""
        if self._zoom is not None or self._image.isNull():
            return self._zoom or 1.0
        return min(
            max(self.width() - 2 * MARGIN, 1) / self._size.width(),
            max(self.height() - 2 * EDGE, 1) / self._size.height(),
        )

    @Slot()
    def fit(self) -> None:
        """Show the whole picture, as large as the window allows."""
        self._zoom = None
        self._offset = QPointF()
        self._zoomed()

    @Slot()
    def actual_size(self) -> None:
        """Show one picture pixel on one screen pixel."""
        self.set_zoom(1.0 / self.devicePixelRatioF())

    def set_zoom(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Zoom, keeping the picture's point under `anchor` (the middle by default) in place."""
        centre = QPointF(self.width() / 2, self.height() / 2)
        anchor = centre if anchor is None else anchor
        ratio = min(max(zoom, MIN_ZOOM), MAX_ZOOM) / self.zoom()
        self._offset = (anchor - centre) * (1 - ratio) + self._offset * ratio
        self._zoom = self.zoom() * ratio
        self._zoomed()

    @property
    def is_comparing(self) -> bool:
        """Whether the wipe is on show."""
        return self._wipe is not None

    @property
    def before_title(self) -> str:
        """The title of what lies left of the wipe, "" while there is none."""
        return self._before_title

    def compare_with(self, before: QImage | None, title: str = "") -> None:
        """Show another picture left of a wipe that can be dragged, by its title; None ends it.

        What takes the place of another of its title leaves the wipe where it is.
        """
        if before is None:
            title, self._wipe = "", None
        elif self._wipe is None or title != self._before_title:
            self._wipe = 0.5
        self._before_title = title
        self._before = before or QImage()
        self.update()
        self.compared.emit(self._before_title)

    @property
    def tool(self) -> CanvasTool | None:
        """The tool that has the mouse; None while a drag walks."""
        return self._tool

    def show_tools(self, tools: Sequence[CanvasTool], active: CanvasTool | None) -> None:
        """Draw the marks of these tools, and give the mouse to the active one."""
        if self._drag == "tool" and self._tool is not None:
            self._tool.release()
        for tool in self._tools:
            tool.changed.disconnect(self.update)
        self._tools, self._tool = tuple(tools), active
        self.setProperty(OWN_KEYS, [int(Qt.Key.Key_Space)] if active is not None else [])
        for tool in self._tools:
            tool.changed.connect(self.update)
        self._drag = None
        self.setCursor(Qt.CursorShape.OpenHandCursor if active is None else active.cursor)
        self.setToolTip(keys_named(TIP if active is None else active.tip))
        self.update()

    def show_rulers(self, on: bool) -> None:
        """Show rulers always, or only while a tool is in use."""
        self._always_rulers = on
        self.update()

    @property
    def has_rulers(self) -> bool:
        """Whether there are rulers beside the picture; a comparison needs their room."""
        wanted = self._always_rulers or self._tool is not None
        return wanted and not (self._image.isNull() or self.is_comparing)

    def area(self) -> PictureArea:
        """Return where the picture lies in the widget, with its size in pixels."""
        return PictureArea(self.picture_rect(), self._size)

    def picture_rect(self) -> QRectF:
        """Return where the picture lies in the widget."""
        size = QPointF(self._size.width(), self._size.height()) * self.zoom()
        corner = QPointF(self.width(), self.height()) / 2 + self._offset - size / 2
        return QRectF(corner.x(), corner.y(), size.x(), size.y())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of the zoom, which follows the size as long as the picture is fitted."""
        super().resizeEvent(event)
        if self._zoom is None and not self._image.isNull():
            self.zoom_changed.emit(self.zoom())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw backdrop, picture and wipe."""
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.canvas))
        if self._image.isNull():
            painter.setPen(QColor(theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drop a model here")
            return
        rect = self.picture_rect()
        if self._image.hasAlphaChannel():
            self._paint_checkerboard(painter, rect)
        # Enlarged pixels stay square once they can be told apart.
        smooth = self.zoom() * self.devicePixelRatioF() < 6
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        if self._wipe is None:
            painter.drawImage(rect, self._image)
        else:
            self._paint_wipe(painter, rect)
        if self.zoom() * self.devicePixelRatioF() >= GRID_ZOOM:
            paint_grid(painter, self.area(), QRectF(self.rect()))
        for tool in self._tools:
            tool.paint(painter, self.area(), active=tool is self._tool)
        if self.has_rulers:
            extent = None if self._tool is None else self._tool.extent(self._size)
            paint_rulers(painter, QRectF(self.rect()), self.area(), self._pointer, extent)

    def _paint_checkerboard(self, painter: QPainter, rect: QRectF) -> None:
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, QColor("#9a9a9a"))
        for row in range(int(rect.height() / CHECKER) + 1):
            for column in range(row % 2, int(rect.width() / CHECKER) + 1, 2):
                x, y = rect.left() + column * CHECKER, rect.top() + row * CHECKER
                painter.fillRect(QRectF(x, y, CHECKER, CHECKER), QColor("#c8c8c8"))
        painter.restore()

    def _paint_wipe(self, painter: QPainter, rect: QRectF) -> None:
        x = self._wipe_x()
        left = QRectF(rect.left(), rect.top(), x - rect.left(), rect.height())
        right = QRectF(x, rect.top(), rect.right() - x, rect.height())
        for part, image in ((left, self._before), (right, self._image)):
            painter.save()
            painter.setClipRect(part)
            painter.drawImage(rect, image)
            painter.restore()
        painter.setPen(QPen(QColor(current_theme().accent), 2))
        painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        painter.setPen(QColor(current_theme().text))
        painter.drawText(QPointF(rect.left() + 8, rect.top() - 7), self._before_title)
        painter.drawText(QPointF(x + 8, rect.top() - 7), "Now")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start to walk, to pan or to wipe, or let the tool begin; a drag goes on undisturbed."""
        if self._drag is not None:
            return
        self._button = event.button()
        self._last = event.position()
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        left = event.button() == Qt.MouseButton.LeftButton
        pans = left and self._tool is not None and self._tool.pans
        if event.button() == Qt.MouseButton.MiddleButton or control or pans:
            self._drag = "pan"
        elif left and self._is_on_wipe(event.position()):
            self._drag = "wipe"
        elif self._tool is not None:
            if not self._image.isNull():
                self._drag = "tool"
                self._tool.press(event.position(), self.area(), event.button())
        elif left:
            self._drag = "walk"
            self._gesture.begin()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue with what was started, or show what a press would do."""
        before, rect = self._last, self.picture_rect()
        delta = event.position() - before
        self._last = event.position()
        self._show_pointer(event.position())
        if self._drag == "pan":
            self._offset += delta
            self._zoom = self.zoom()
            self.update()
        elif self._drag == "wipe" and not rect.isEmpty():
            self._wipe = min(max((event.position().x() - rect.left()) / rect.width(), 0.0), 1.0)
            self.update()
        elif self._drag == "walk" and not rect.isEmpty():
            self.walked.emit(
                delta.x() / rect.width(), delta.y() / rect.height(), self._gesture.token()
            )
        elif not self._image.isNull() and self._tool is not None:
            self._tool.move(event.position(), self.area())
        if self._drag is None:
            usual = Qt.CursorShape.OpenHandCursor if self._tool is None else self._tool.cursor
            on_wipe = self._is_on_wipe(event.position())
            self.setCursor(Qt.CursorShape.SplitHCursor if on_wipe else usual)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag with the button that started it."""
        if self._drag is not None and event.button() != self._button:
            return
        drag, self._drag = self._drag, None
        self._gesture.end()
        if drag == "tool" and self._tool is not None:
            self._tool.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit the picture in the window, unless a tool is at work: there it is another press."""
        if self._tool is None or self._tool.pans:
            self.fit()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell the tool that the pointer is gone."""
        super().leaveEvent(event)
        self._show_pointer(None)
        if self._tool is not None:
            self._tool.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        if not self._image.isNull():
            notches = event.angleDelta().y() / WHEEL_NOTCH
            self.set_zoom(self.zoom() * 1.2**notches, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk by a tenth of a seed, with shift by a whole one, where no tool takes them."""
        if self._tool is not None:
            if self._image.isNull() or not self._tool.key(event, self.area()):
                super().keyPressEvent(event)
            return
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = 1.0 if shift else 0.1
        directions = {
            Qt.Key.Key_Left: (step, 0.0),
            Qt.Key.Key_Right: (-step, 0.0),
            Qt.Key.Key_Up: (0.0, step),
            Qt.Key.Key_Down: (0.0, -step),
        }
        if Qt.Key(event.key()) in directions:
            self.walked.emit(*directions[Qt.Key(event.key())], self._gesture.token())
        else:
            super().keyPressEvent(event)

    def _wipe_x(self) -> float:
        rect = self.picture_rect()
        return rect.left() + rect.width() * (self._wipe or 0.0)

    def _is_on_wipe(self, position: QPointF) -> bool:
        return self._wipe is not None and abs(position.x() - self._wipe_x()) < WIPE_REACH

    def _show_pointer(self, place: QPointF | None) -> None:
        self._pointer = place
        if self.has_rulers:
            self.update(0, 0, self.width(), THICKNESS + 1)
            self.update(0, 0, THICKNESS + 1, self.height())

    def _zoomed(self) -> None:
        self.zoom_changed.emit(self.zoom())
        self.update()
