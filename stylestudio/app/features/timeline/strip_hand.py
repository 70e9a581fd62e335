"""What the mouse does on the strip: scrub, select, reorder, copy, and change durations."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from stylestudio.app.features.timeline.time_scale import RULER
from stylestudio.app.widgets.gesture import Gesture
from stylestudio.video.keyframes import snapped

if TYPE_CHECKING:
    from stylestudio.app.features.timeline.keyframe_strip import KeyframeStrip

DRAG = 6  # pixels that tell a drag from a click
REACH = 7.0  # pixels from which an edge snaps
SCRUB_REACH = 4.0  # and the playhead, which shows frames beside marks too
Modifier = Qt.KeyboardModifier
ADDS = Modifier.ControlModifier | Modifier.ShiftModifier  # to the selection
COPIES = Modifier.ControlModifier | Modifier.AltModifier


class Hold(Enum):
    """What the hand has taken hold of."""

    NOTHING = auto()
    PLAYHEAD = auto()
    KEYFRAME = auto()
    EDGE = auto()
    BAND = auto()  # a rectangle that selects what it touches


class StripHand:
    """Turns presses, moves and releases into the signals of a strip."""

    def __init__(self, strip: KeyframeStrip) -> None:
        self._strip = strip
        self._hold = Hold.NOTHING
        self._start = self._place = QPointF()
        self._index = 0  # of the keyframe or segment
        self._is_drag = False
        self._was: float | None = None  # where an edge was
        self._gesture = Gesture()
        self.gap: int | None = None  # where dragged keyframes would go
        self.is_copying = False

    @property
    def is_busy(self) -> bool:
        """Whether something is held."""
        return self._hold is not Hold.NOTHING

    @property
    def stays(self) -> bool:
        """Whether a change of the keyframes leaves it its hold: its own doing, or the playhead."""
        return self._hold in (Hold.EDGE, Hold.PLAYHEAD)

    @property
    def segment(self) -> int | None:
        """The segment whose duration is being dragged."""
        return self._index if self._hold is Hold.EDGE and self._is_drag else None

    @property
    def band(self) -> QRectF | None:
        """The rectangle that is being drawn to select."""
        if self._hold is not Hold.BAND or not self._is_drag:
            return None
        return QRectF(self._start, self._place).normalized()

    def press(self, place: QPointF, held: Modifier) -> None:
        """Take hold of the playhead, an edge, a keyframe, or begin a rectangle."""
        strip = self._strip
        self._start = self._place = place
        self._is_drag = False
        edge, key = strip.edge_at(place), strip.key_at(place)
        if edge is not None:
            self._hold, self._index, self._was = Hold.EDGE, edge, strip.ends[edge]
            self._gesture.begin()
        elif key is not None:
            self._hold, self._index = Hold.KEYFRAME, key
        elif place.y() < RULER or not strip.count:
            self._hold = Hold.PLAYHEAD
            self._scrub(held)
        else:
            self._hold = Hold.BAND

    def move(self, place: QPointF, held: Modifier) -> None:
        """Drag what is held."""
        self._place = place
        if not self.is_busy:
            self._show_cursor()
            return
        self._is_drag = self._is_drag or abs(place.x() - self._start.x()) > DRAG
        if self._hold is Hold.PLAYHEAD:
            self._scrub(held)
        elif self._is_drag and self._hold is Hold.EDGE:
            end = self._strip.scale.time_at(place.x() + self._offset())
            end = self._snapped(end, held, (self._strip.position,), REACH)
            self._strip.resized.emit(self._index, end, self._gesture.token())
        elif self._is_drag and self._hold is Hold.KEYFRAME:
            if self._index not in self._strip.selection.all:
                self._strip.select(self._index)
            self.gap, self.is_copying = self._gap(place.x()), bool(held & COPIES)
        if self._is_drag:
            self._strip.pointed.emit(place.x())
        self._strip.update()

    def release(self, held: Modifier) -> None:
        """Let go: a drag has its end, and without one it was a click."""
        hold, band, gap = self._hold, self.band, self.gap
        is_copying, is_drag = bool(held & COPIES), self._is_drag
        self.let_go()
        if hold is Hold.KEYFRAME and gap is not None:
            (self._strip.copied if is_copying else self._strip.moved).emit(gap)
        elif hold is Hold.KEYFRAME and not is_drag:
            self._click(self._index, held)
        elif hold is Hold.EDGE and not is_drag:
            key = self._strip.key_at(self._start)
            if key is not None:
                self._click(key, held)
        elif hold is Hold.BAND and band is not None:
            self._choose_within(band, held)
        elif hold is Hold.BAND:
            self._scrub(held)
        self._strip.update()

    def cancel(self) -> None:
        """Give up a drag; a duration is again what it was."""
        if self.segment is not None and self._was is not None:
            self._strip.resized.emit(self._index, self._was, self._gesture.token())
        self.let_go()
        self._strip.update()

    def let_go(self) -> None:
        """Hold nothing."""
        self._hold, self.gap, self._is_drag = Hold.NOTHING, None, False
        self.is_copying = False
        self._gesture.end()

    def _click(self, index: int, held: Modifier) -> None:
        """Select a keyframe and show it; with Ctrl or Shift add it to the selection alone."""
        strip = self._strip
        if held & Modifier.ShiftModifier:
            strip.selection.extend_to(index)
        elif held & Modifier.ControlModifier:
            strip.selection.toggle(index)
        else:
            strip.set_current(index)
            strip.chosen.emit(index)
            return
        strip.selected.emit()

    def _choose_within(self, band: QRectF, held: Modifier) -> None:
        strip = self._strip
        near = strip.keys_between(band.left(), band.right())
        inside = {index for index in near if strip.key_rect(index).intersects(band)}
        if held & ADDS:
            inside |= {*strip.selection.all}
        strip.selection.choose_all(inside)
        strip.selected.emit()

    def _gap(self, x: float) -> int:
        """Between which keyframes what is dragged would go: behind one once it enters that."""
        rects = [self._strip.key_rect(index) for index in range(self._strip.count)]
        passed = (
            x >= rect.left() if index > self._index else x > rect.right()
            for index, rect in enumerate(rects)
        )
        return sum(passed)

    def _offset(self) -> float:
        """How far the edge was from where the hand took hold of it, in pixels."""
        assert self._was is not None
        return self._strip.x_of(self._was) - self._start.x()

    def _scrub(self, held: Modifier) -> None:
        seconds = self._strip.time_at(self._place.x())
        self._strip.scrubbed.emit(self._snapped(seconds, held, self._strip.times, SCRUB_REACH))

    def _snapped(
        self, seconds: float, held: Modifier, marks: tuple[float, ...], reach: float
    ) -> float:
        strip = self._strip
        assert strip.timeline is not None
        if not strip.snaps or held & Modifier.ShiftModifier:
            return seconds
        return snapped(seconds, strip.timeline, marks, reach / strip.scale.per_second)

    def _show_cursor(self) -> None:
        """Show that an edge can be dragged."""
        is_edge = self._strip.edge_at(self._place) is not None
        shape = Qt.CursorShape.SplitHCursor if is_edge else Qt.CursorShape.ArrowCursor
        if self._strip.cursor().shape() != shape:
            self._strip.setCursor(shape)
