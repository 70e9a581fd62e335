"""How the strip looks: ruler, keyframes, the ways between them, playhead, what a hand does."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from stylestudio.app.features.timeline.time_scale import ABOVE, PICTURE, RULER
from stylestudio.app.widgets.theme import current_theme
from stylestudio.video.paths import eased

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from stylestudio.app.features.timeline.keyframe_strip import KeyframeStrip

EMPTY = "Insert the current image as the first keyframe, or record a live performance."
TEXT_ROOM = 42.0  # pixels that a duration takes
CURVE_ROOM = OUTLINE_ROOM = 16.0
MARK = 14.0  # height of what stands for a keyframe without a picture
CENTRE = Qt.AlignmentFlag.AlignCenter


class StripPainter:
    """Paints a strip once."""

    def __init__(self, strip: KeyframeStrip) -> None:
        self._strip = strip
        self._painter = QPainter(strip)
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._theme = current_theme()
        font = self._painter.font()
        font.setPixelSize(11)
        self._painter.setFont(font)

    def paint(self, area: QRect) -> None:
        """Paint a part of it."""
        strip, timeline = self._strip, self._strip.timeline
        if timeline is None:
            self._painter.setPen(QColor(self._theme.muted))
            flags = int(CENTRE | Qt.TextFlag.TextWordWrap)
            self._painter.drawText(strip.visibleRegion().boundingRect(), flags, EMPTY)
        else:
            left, right = area.left() - PICTURE, area.right() + PICTURE
            self._ruler(left, right)
            if timeline.performance:
                self._performance()
            self._segments(left, right)
            keys, chosen = strip.keys_between(left, right), {*strip.selection.all}
            for index in keys:
                self._key(index)
            for index in keys:
                if index in chosen:
                    self._chosen(index)
            self._band()
            self._drop()
            self._playhead()
            self._duration()
        self._frame()
        self._painter.end()

    def _pen(self, colour: str, width: float = 1.0) -> None:
        self._painter.setPen(QPen(QColor(colour), width))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)

    def _ruler(self, left: float, right: float) -> None:
        """Seconds, where there is room for them."""
        strip, painter, timeline = self._strip, self._painter, self._strip.timeline
        assert timeline is not None
        start, end = strip.x_of(0.0), strip.x_of(timeline.seconds)
        self._pen(self._theme.line)
        painter.drawLine(QPointF(start, RULER), QPointF(end, RULER))
        first, last = strip.time_at(left), strip.time_at(right)
        for seconds, text in strip.scale.ticks(first, last):
            x = strip.x_of(seconds)
            self._pen(self._theme.edge)
            painter.drawLine(QPointF(x, RULER - 5), QPointF(x, RULER))
            self._pen(self._theme.muted)
            painter.drawText(QRectF(x + 7, 1, 60, 14), Qt.AlignmentFlag.AlignLeft, text)

    def _segments(self, left: float, right: float) -> None:
        strip, ends = self._strip, self._strip.ends
        first = bisect_left(ends, strip.scale.time_at(left))
        for index in range(first, len(ends)):
            if strip.x_of(strip.times[index]) > right:
                break
            self._segment(index, ends[index])

    def _segment(self, index: int, end: float) -> None:
        """The duration and the pace to the next keyframe, as far as there is room for them."""
        strip, painter, timeline = self._strip, self._painter, self._strip.timeline
        assert timeline is not None
        rect, right = strip.key_rect(index), strip.x_of(end)
        box = QRectF(rect.right(), rect.top(), right - rect.right(), rect.height())
        is_last = index == strip.count - 1
        if is_last:  # no picture stands there
            self._pen(self._theme.edge)
            painter.drawLine(QPointF(right, box.top()), QPointF(right, box.bottom()))
        if box.width() >= TEXT_ROOM and strip.hand.segment != index:
            self._pen(self._theme.muted)
            text = f"{round(end - strip.times[index], 2):g} s"
            text += " ↺" * (is_last and strip.count > 1)
            painter.drawText(box.adjusted(0, 0, 0, -40), CENTRE, text)
        if box.width() >= CURVE_ROOM:
            curve = box.adjusted(6, 26, -8, -12)
            easing = timeline.keyframes[index].easing
            line = QPolygonF()
            for i in range(25):
                height = eased(easing, i / 24) * curve.height()
                x = curve.left() + curve.width() * i / 24
                line.append(QPointF(x, curve.bottom() - height))
            self._pen(self._theme.accent, 1.5)
            painter.drawPolyline(line)

    def _duration(self) -> None:
        """How long the segment is whose edge is dragged."""
        segment = self._strip.hand.segment
        if segment is not None:
            start, end = self._strip.times[segment], self._strip.ends[segment]
            self._tag(self._strip.x_of(end), f"{end - start:.2f} s")

    def _key(self, index: int) -> None:
        """A keyframe's picture, or where there is no room for it a mark below that of another."""
        strip, painter, rect = self._strip, self._painter, self._strip.key_rect(index)
        chosen = strip.selection.all
        is_dragged = strip.hand.gap is not None and not strip.hand.is_copying
        if index in strip.pictured:
            picture, image = QRectF(rect), strip.image(index)
            picture.setWidth(strip.pictured[index])
            painter.setOpacity(0.4 if is_dragged and index in chosen else 1.0)
            if image is None:
                painter.fillRect(picture, QColor(self._theme.base))
            else:
                painter.drawImage(picture, image, _middle(image, picture))
            painter.setOpacity(1.0)
            self._pen(self._theme.line)
            painter.drawRect(picture)
        else:
            self._pen(self._theme.line)
            painter.drawLine(rect.bottomLeft() - QPointF(0, MARK), rect.bottomLeft())

    def _chosen(self, index: int) -> None:
        """That a keyframe is selected; the current one is the clearest of several."""
        strip, rect = self._strip, self._strip.key_rect(index)
        if index != strip.current:
            veil = QColor(self._theme.accent)
            veil.setAlpha(70)
            self._painter.fillRect(rect, veil)
        if index == strip.current or rect.width() >= OUTLINE_ROOM:
            self._pen(self._theme.accent, 2)
            self._painter.drawRect(rect)

    def _performance(self) -> None:
        timeline, strip, painter = self._strip.timeline, self._strip, self._painter
        assert timeline is not None
        performance = timeline.performance
        assert performance is not None
        left, right = strip.x_of(0.0), strip.x_of(timeline.seconds)
        box = QRectF(left, RULER + ABOVE, right - left, PICTURE)
        painter.fillRect(box, QColor(self._theme.base))
        self._pen(self._theme.accent)
        for event in performance.events:
            x = strip.x_of(event.seconds)
            painter.drawLine(QPointF(x, box.center().y() - 12), QPointF(x, box.center().y() + 12))
        self._pen(self._theme.muted)
        text = f"Performance, {performance.seconds:.1f} s, {len(performance.events)} changes"
        painter.drawText(QRectF(left + 4, box.top() + 2, 400, 16), Qt.AlignmentFlag.AlignLeft, text)

    def _drop(self) -> None:
        """Where dragged keyframes would go, and whether they are copied."""
        strip, gap = self._strip, self._strip.hand.gap
        if gap is None:
            return
        x = strip.key_rect(gap).left() - 3 if gap < strip.count else self._behind_all() + 3
        self._pen(self._theme.accent, 3)
        rect = strip.key_rect(0)
        self._painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        count = len(strip.selection.all)
        verb = "Copy" if strip.hand.is_copying else "Move"
        self._tag(x, verb if count == 1 else f"{verb} {count}")

    def _behind_all(self) -> float:
        return self._strip.key_rect(self._strip.count - 1).right()

    def _tag(self, x: float, text: str) -> None:
        """A word beside the hand, within the part of the strip that is in sight."""
        width = self._painter.fontMetrics().horizontalAdvance(text) + 12
        sight = self._strip.visibleRegion().boundingRect()
        left = min(max(x - width / 2, sight.left()), sight.right() - width)
        rect = QRectF(left, RULER + 1, width, 17)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(self._theme.accent))
        self._painter.drawRoundedRect(rect, 4, 4)
        self._pen(self._theme.on_accent)
        self._painter.drawText(rect, CENTRE, text)

    def _band(self) -> None:
        band = self._strip.hand.band
        if band is not None:
            colour = QColor(self._theme.accent)
            self._pen(self._theme.accent)
            self._painter.drawRect(band)
            colour.setAlpha(40)
            self._painter.fillRect(band, colour)

    def _playhead(self) -> None:
        strip = self._strip
        x = strip.x_of(strip.position)
        colour = self._theme.alarm if strip.keys_itself else self._theme.text
        self._pen(colour)
        self._painter.drawLine(QPointF(x, RULER / 2), QPointF(x, strip.height() - 1))
        self._painter.setBrush(QColor(colour))
        self._painter.drawEllipse(QPointF(x, RULER / 2), 5, 5)

    def _frame(self) -> None:
        """A red one while changes of the picture become keyframes; else that of the focus."""
        strip = self._strip
        sight = strip.visibleRegion().boundingRect().adjusted(1, 1, -2, -2)
        if strip.keys_itself:
            self._pen(self._theme.alarm, 3)
            self._painter.drawRect(sight)
            sight = sight.adjusted(2, 2, -2, -2)
        if strip.hasFocus():
            self._pen(self._theme.accent)
            self._painter.drawRect(sight)


def _middle(image: QImage, rect: QRectF) -> QRectF:
    """The part of a square picture that is seen where there is less room than it takes."""
    share = min(rect.width() / rect.height(), 1.0)
    width = image.width() * share
    return QRectF((image.width() - width) / 2, 0, width, image.height())
