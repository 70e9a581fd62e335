"""Keyframes side by side with the segments between them, and a playhead over both."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from stylestudio.app.widgets.keys import DELETE_KEYS
from stylestudio.app.widgets.theme import current_theme
from stylestudio.video.paths import eased

if TYPE_CHECKING:
    from stylestudio.video import Timeline

PICTURE = 64
RULER = 16  # height of the strip that the playhead is dragged in
MARGIN = 6
PER_SECOND = 26.0  # pixels of a segment between keyframes
NARROWEST, WIDEST = 40.0, 150.0
PERFORMANCE = 520.0
DRAG = 6  # pixels that tell a drag from a click


class KeyframeStrip(QWidget):
    """Shows a timeline. A click chooses a keyframe, a drag reorders, the ruler scrubs."""

    chosen = Signal(int)
    moved = Signal(int, int)  # which keyframe, and where it comes to stand
    removed = Signal(int)
    scrubbed = Signal(float)  # seconds

    def __init__(self) -> None:
        super().__init__()
        self._timeline: Timeline | None = None
        self._images: dict[int, QImage] = {}
        self._current = 0
        self._seconds = 0.0
        self._pressed: int | None = None  # the keyframe under the hand
        self._press_x = 0.0
        self._drop: int | None = None  # where it would come to stand
        self._scrubbing = False
        self.setAccessibleName("Keyframes")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(RULER + PICTURE + 2 * MARGIN)

    @property
    def current(self) -> int:
        """The keyframe that was chosen last."""
        return self._current

    def set_timeline(self, timeline: Timeline | None) -> None:
        """Show a timeline; pictures have to be set anew."""
        self._timeline = timeline
        self._images.clear()
        self._pressed = self._drop = None
        self._current = min(self._current, max(self.count - 1, 0))
        self.setMinimumWidth(round(self._end()) + MARGIN)
        self.updateGeometry()
        self.update()

    def set_image(self, index: int, image: QImage) -> None:
        """Show the picture of a keyframe."""
        self._images[index] = image
        self.update()

    def without_image(self) -> list[int]:
        """The keyframes whose pictures have not been set."""
        return [index for index in range(self.count) if index not in self._images]

    def set_current(self, index: int) -> None:
        """Mark a keyframe as chosen, without telling of it."""
        self._current = index
        self.update()

    def set_position(self, seconds: float) -> None:
        """Move the playhead, without telling of it."""
        self._seconds = seconds
        self.update()

    @property
    def count(self) -> int:
        """How many keyframes there are."""
        return 0 if self._timeline is None else len(self._timeline.keyframes)

    def sizeHint(self) -> QSize:
        """As wide as the timeline."""
        return QSize(round(self._end()) + MARGIN, self.height())

    # --- where things lie ----------------------------------------------------------------

    def key_rect(self, index: int) -> QRectF:
        """The picture of a keyframe."""
        return QRectF(self._left(index), RULER + MARGIN, PICTURE, PICTURE)

    def x_of(self, seconds: float) -> float:
        """Where the playhead stands at a time."""
        points = self._points()
        for (t0, x0), (t1, x1) in pairwise(points):
            if seconds <= t1:
                return x0 + (x1 - x0) * (seconds - t0) / (t1 - t0)
        return points[-1][1] if points else MARGIN

    def time_at(self, x: float) -> float:
        """The time at which the playhead stands there."""
        points = self._points()
        for (t0, x0), (t1, x1) in pairwise(points):
            if x <= x1:
                return t0 + (t1 - t0) * max(0.0, (x - x0) / (x1 - x0))
        return points[-1][0] if points else 0.0

    def _segments(self) -> list[float]:
        """Seconds of each segment on show: also of the one back in a loop, or of a single key."""
        if self._timeline is None:
            return []
        seconds = [key.seconds for key in self._timeline.keyframes]
        return seconds if self._timeline.loop or len(seconds) == 1 else seconds[:-1]

    def _left(self, index: int) -> float:
        segments = self._segments()
        return MARGIN + sum(PICTURE + _width(segment) for segment in segments[:index])

    def _points(self) -> list[tuple[float, float]]:
        """Times and places between which the playhead moves evenly."""
        if self._timeline is None:
            return []
        if self._timeline.performance:
            return [(0.0, MARGIN), (self._timeline.seconds, MARGIN + PERFORMANCE)]
        points, at = [(0.0, self.key_rect(0).center().x())], 0.0
        for index, segment in enumerate(self._segments()):
            at += segment
            is_key = index + 1 < self.count
            end = self.key_rect(index + 1).center().x() if is_key else self._end()
            points.append((at, end))
        return points

    def _end(self) -> float:
        if self._timeline is None:
            return MARGIN
        if self._timeline.performance:
            return MARGIN + PERFORMANCE
        segments = self._segments()
        pictures = len(self._timeline.keyframes) * PICTURE
        return MARGIN + pictures + sum(_width(segment) for segment in segments)

    # --- painting ------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ruler, keyframes, segments and playhead."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = current_theme()
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        if self._timeline is None:
            painter.setPen(QColor(theme.muted))
            text = "Insert the current image as the first keyframe, or record a live performance."
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, text)
            return
        painter.setPen(QPen(QColor(theme.line), 1))
        start, end = self._points()[0][1], self._points()[-1][1]
        painter.drawLine(QPointF(start, RULER / 2), QPointF(end, RULER / 2))
        if self._timeline.performance:
            self._paint_performance(painter)
        for index in range(self.count):
            self._paint_key(painter, index)
        for index, segment in enumerate(self._segments()):
            self._paint_segment(painter, index, segment)
        self._paint_marks(painter)

    def _paint_key(self, painter: QPainter, index: int) -> None:
        theme, rect = current_theme(), self.key_rect(index)
        painter.setOpacity(0.4 if index == self._pressed and self._drop is not None else 1.0)
        image = self._images.get(index)
        if image is None:
            painter.fillRect(rect, QColor(theme.base))
        else:
            painter.drawImage(rect, image)
        painter.setOpacity(1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        chosen = index == self._current
        painter.setPen(QPen(QColor(theme.accent if chosen else theme.line), 2 if chosen else 1))
        painter.drawRect(rect)

    def _paint_segment(self, painter: QPainter, index: int, seconds: float) -> None:
        assert self._timeline is not None
        theme, key = current_theme(), self.key_rect(index)
        box = QRectF(key.right(), key.top(), _width(seconds), key.height())
        painter.setPen(QColor(theme.muted))
        text = f"{seconds:g} s"
        if index == self.count - 1 and self.count > 1:
            text += " ↺"
        painter.drawText(box.adjusted(0, 0, 0, -40), Qt.AlignmentFlag.AlignCenter, text)
        curve = box.adjusted(8, 26, -8, -12)
        easing = self._timeline.keyframes[index].easing
        line = QPolygonF()
        for i in range(25):
            height = eased(easing, i / 24) * curve.height()
            line.append(QPointF(curve.left() + curve.width() * i / 24, curve.bottom() - height))
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.drawPolyline(line)

    def _paint_performance(self, painter: QPainter) -> None:
        assert self._timeline is not None
        performance = self._timeline.performance
        assert performance is not None
        theme = current_theme()
        box = QRectF(MARGIN, RULER + MARGIN, PERFORMANCE, PICTURE)
        painter.fillRect(box, QColor(theme.base))
        painter.setPen(QPen(QColor(theme.accent), 1))
        for event in performance.events:
            x = self.x_of(event.seconds)
            painter.drawLine(QPointF(x, box.center().y() - 12), QPointF(x, box.center().y() + 12))
        painter.setPen(QColor(theme.muted))
        text = f"Performance, {performance.seconds:.1f} s, {len(performance.events)} changes"
        painter.drawText(box.adjusted(0, 0, 0, -44), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_marks(self, painter: QPainter) -> None:
        """The playhead, and where a dragged keyframe would go."""
        theme = current_theme()
        if self._drop is not None:
            rect = self.key_rect(min(self._drop, self.count - 1))
            after = self._pressed is not None and self._drop > self._pressed
            x = rect.right() + 3 if after else rect.left() - 3
            painter.setPen(QPen(QColor(theme.accent), 3))
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        x = self.x_of(self._seconds)
        painter.setPen(QPen(QColor(theme.text), 1))
        painter.drawLine(QPointF(x, RULER / 2), QPointF(x, self.height() - 1))
        painter.setBrush(QColor(theme.text))
        painter.drawEllipse(QPointF(x, RULER / 2), 5, 5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    # --- the hand ------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a keyframe, or of the playhead."""
        if event.button() != Qt.MouseButton.LeftButton or self._timeline is None:
            return
        self._press_x = event.position().x()
        self._pressed = self._key_at(event.position())
        if self._pressed is None:
            self._scrubbing = True
            self._scrub(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken."""
        x = event.position().x()
        if self._scrubbing:
            self._scrub(x)
        elif self._pressed is not None and (
            self._drop is not None or abs(x - self._press_x) > DRAG
        ):
            middles = [self.key_rect(i).center().x() for i in range(self.count)]
            self._drop = min(range(self.count), key=lambda i: abs(middles[i] - x))
            self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Drop a dragged keyframe, or choose the one that was clicked."""
        pressed, drop = self._pressed, self._drop
        self._pressed = self._drop = None
        self._scrubbing = False
        if pressed is not None and drop is not None:
            self._current = drop
            self.moved.emit(pressed, drop)
        elif pressed is not None:
            self._choose(pressed)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose, with ctrl they move a keyframe, delete or backspace removes it."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.count:
            to = min(max(self._current + step, 0), self.count - 1)
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                moved, self._current = self._current, to
                self.moved.emit(moved, to)
            else:
                self._choose(to)
        elif event.key() in DELETE_KEYS and self._timeline is not None:
            self.removed.emit(self._current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys act here."""
        super().focusInEvent(event)
        self.update()

    def _choose(self, index: int) -> None:
        self._current = index
        self.update()
        self.chosen.emit(index)

    def _key_at(self, position: QPointF) -> int | None:
        return next((i for i in range(self.count) if self.key_rect(i).contains(position)), None)

    def _scrub(self, x: float) -> None:
        self._seconds = self.time_at(x)
        self.update()
        self.scrubbed.emit(self._seconds)


def _width(seconds: float) -> float:
    return min(max(seconds * PER_SECOND, NARROWEST), WIDEST)
