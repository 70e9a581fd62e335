"""The points tool: handles on a picture, each with the target that it is to move to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPen, QPolygonF

from stylestudio.app.widgets.canvas_tool import CanvasTool
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QSize
    from PySide6.QtGui import QKeyEvent, QPainter

    from stylestudio.app.widgets.canvas_tool import PictureArea

REACH = 10  # pixels around a point that take hold of it
CLICK = 4  # pixels that a click may slip
MOST = 16  # pairs
RADIUS = 6
HEAD = 9  # pixels of an arrow's head
COARSE = 10  # pixels of the picture by shift and an arrow key

Share = tuple[float, float]  # of the picture's width and height


@dataclass(frozen=True)
class PointPair:
    """A handle, and where it is to go."""

    handle: Share
    target: Share | None = None  # None until it has been placed


@dataclass(frozen=True)
class _Hold:
    """Which point of which pair."""

    index: int
    end: str  # "handle" or "target"


class PointsTool(CanvasTool):
    """A drag over the picture makes a pair, and so do two clicks; a right click removes one.

    Points can be dragged, and moved by the arrow keys once they were touched. Coordinates are
    shares of the picture's width and height.
    """

    edited = Signal(object)  # tuple of PointPair, also when a mark was taken back
    confirmed = Signal()  # by Space or Enter

    title = "Points"
    icon = "points"
    nothing = ()
    tip = "Drag from what should move to where it should go; right-click removes a pair"

    def __init__(self) -> None:
        super().__init__()
        self._pairs: tuple[PointPair, ...] = ()
        self._now: tuple[Share, ...] = ()
        self._before: tuple[PointPair, ...] = ()  # the mark that is being made
        self._held: _Hold | None = None
        self._touched: _Hold | None = None  # what the keys move
        self._pressed = QPointF()
        self.is_locked = False  # while something follows the pairs, they stay

    @property
    def marks(self) -> tuple[PointPair, ...]:
        """The pairs, those without a target included."""
        return self._pairs

    def set_marks(self, marks: object) -> None:
        """Put other pairs there, and tell of them."""
        assert isinstance(marks, tuple)
        if marks != self._pairs:
            self._pairs, self._held, self._touched = marks, None, None
            self._now = ()
            self.changed.emit()
            self.edited.emit(self._pairs)

    def show_now(self, places: Sequence[Share]) -> None:
        """Show where the handles have come to on their way; () shows them where they were put."""
        self._now = tuple(places)
        self.changed.emit()

    def set_handles(self, places: Sequence[Share]) -> None:
        """Put the handles of the first pairs to other places."""
        pairs = zip(self._pairs, places, strict=False)
        moved = tuple(replace(pair, handle=place) for pair, place in pairs)
        self._mark("moved points", self._pairs, (*moved, *self._pairs[len(moved) :]))

    def remove(self, index: int) -> None:
        """Remove a pair."""
        self._mark("removed pair", self._pairs, (*self._pairs[:index], *self._pairs[index + 1 :]))

    # --- hands ---------------------------------------------------------------------------

    def press(self, place: QPointF, area: PictureArea, button: Qt.MouseButton) -> None:
        """Take hold of a point, or begin a pair."""
        if self.is_locked:
            return
        near = self._near(place, area)
        if button == Qt.MouseButton.RightButton:
            if near is not None:
                self.remove(near.index)
            return
        self._before, self._pressed = self._pairs, place
        share = _within(area.share(place))
        open_pair = self._open_pair()
        if near is not None and (open_pair is None or near.index != open_pair):
            self._held = near
        elif open_pair is not None:
            self._held = _Hold(open_pair, "target")
            self._put(share)
        elif area.rect.contains(place) and len(self._pairs) < MOST:
            self._pairs = (*self._pairs, PointPair(share))
            self._held = _Hold(len(self._pairs) - 1, "handle")
        self._touched = self._held
        self.changed.emit()

    def move(self, place: QPointF, area: PictureArea) -> None:
        """Move the point that is held; a new pair's target is drawn out of its handle."""
        held = self._held
        if held is None:
            return
        is_new = held.index >= len(self._before)
        if is_new and held.end == "handle":
            if _distance(place, self._pressed) < CLICK:
                return
            held = self._held = self._touched = _Hold(held.index, "target")
        self._put(_within(area.share(place)))

    def release(self) -> None:
        """Let go."""
        if self._held is not None:
            self._held = None
            added = len(self._pairs) > len(self._before)
            self._mark("point" if added else "moved point", self._before, self._pairs)

    def extent(self, size: QSize) -> QRect | None:
        """From the outermost point to the opposite one, targets included."""
        ends = [(each.handle, each.target or each.handle) for each in self._pairs]
        shares = [share for pair in ends for share in pair]
        if not shares:
            return None
        xs = [min(int(x * size.width()), size.width() - 1) for x, _ in shares]
        ys = [min(int(y * size.height()), size.height() - 1) for _, y in shares]
        return QRect(QPoint(min(xs), min(ys)), QPoint(max(xs), max(ys)))

    def key(self, event: QKeyEvent, area: PictureArea) -> bool:
        """Space and Enter confirm; arrows move a point by a pixel, shift by ten; Delete removes."""
        key, touched = Qt.Key(event.key()), self._touched
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
            return True
        if touched is None or self.is_locked:
            return False
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove(touched.index)
            return True
        across, down = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }.get(key, (0, 0))
        if not (across or down):
            return False
        coarse = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = COARSE if coarse else 1
        x, y = getattr(self._pairs[touched.index], touched.end)
        before, self._held = self._pairs, touched
        moved = QPointF(x + step * across / area.size.width(), y + step * down / area.size.height())
        self._put(_within(moved))
        self._held = None
        self._mark("moved point", before, self._pairs)
        self._touched = touched
        return True

    def _mark(self, what: str, before: tuple[PointPair, ...], after: tuple[PointPair, ...]) -> None:
        if before != after:
            touched = self._touched if len(after) >= len(before) else None
            self._pairs, self._now, self._touched = after, (), touched
            self.changed.emit()
            self.marked.emit(what, before, after)
            self.edited.emit(after)

    def _put(self, share: Share) -> None:
        assert self._held is not None
        index, end = self._held.index, self._held.end
        moved = replace(self._pairs[index], **{end: share})
        self._pairs = (*self._pairs[:index], moved, *self._pairs[index + 1 :])
        self._now = ()
        self.changed.emit()

    def _open_pair(self) -> int | None:
        """The pair that lacks its target: the last, if any."""
        index = len(self._pairs) - 1
        return index if self._pairs and self._pairs[index].target is None else None

    def _near(self, place: QPointF, area: PictureArea) -> _Hold | None:
        holds = [
            (_distance(area.place(QPointF(*share)), place), _Hold(index, end))
            for index, pair in enumerate(self._pairs)
            for end, share in (("target", pair.target), ("handle", pair.handle))
            if share is not None
        ]
        return min(
            (each for each in holds if each[0] < REACH),
            key=lambda each: each[0],
            default=(0.0, None),
        )[1]

    # --- drawing -------------------------------------------------------------------------

    def paint(self, painter: QPainter, area: PictureArea, *, active: bool) -> None:
        """Draw an arrow for each pair, from where its handle is now."""
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        theme = current_theme()
        painter.setOpacity(1.0 if active else 0.6)
        for index, pair in enumerate(self._pairs):
            at = self._now[index] if index < len(self._now) else pair.handle
            handle = area.place(QPointF(*at))
            if pair.target is not None:
                self._paint_arrow(painter, handle, area.place(QPointF(*pair.target)))
            if at != pair.handle:
                painter.setPen(QPen(QColor(theme.on_accent), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(area.place(QPointF(*pair.handle)), 4, 4)
            touched = active and self._touched is not None and self._touched.index == index
            painter.setPen(QPen(QColor("white" if touched else theme.on_accent), 2))
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(handle, RADIUS, RADIUS)
            painter.setPen(QColor("white"))
            painter.drawText(handle + QPointF(RADIUS + 3, -RADIUS), str(index + 1))
        painter.setOpacity(1.0)

    def _paint_arrow(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        along = end - start
        length = math.hypot(along.x(), along.y())
        for colour, width in ((QColor(0, 0, 0, 170), 4), (QColor("white"), 2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(start, end)
            painter.setBrush(colour)
            if length > HEAD:
                unit = along / length
                side = QPointF(-unit.y(), unit.x())
                back = end - unit * HEAD
                head = QPolygonF([end, back + side * HEAD / 2, back - side * HEAD / 2])
                painter.drawPolygon(head)
            else:
                painter.drawEllipse(end, 2, 2)


def _distance(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _within(share: QPointF) -> Share:
    return min(max(share.x(), 0.0), 1.0), min(max(share.y(), 0.0), 1.0)
