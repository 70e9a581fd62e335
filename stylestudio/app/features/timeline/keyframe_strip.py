"""Keyframes along the time of the clip, and a playhead over them."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QImage, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stylestudio.app.features.timeline.selection import Selection
from stylestudio.app.features.timeline.strip_hand import StripHand
from stylestudio.app.features.timeline.strip_painter import StripPainter
from stylestudio.app.features.timeline.time_scale import (
    ABOVE,
    LEAST,
    PICTURE,
    RULER,
    TimeScale,
)
from stylestudio.video.keyframes import reached, times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPaintEvent

    from stylestudio.video import Timeline

EDGE = 6.0  # pixels before a segment's end from which the hand takes hold of it
GRASPED = 16.0  # pixels that a segment needs for that; a shorter one is zoomed at first
FRAMES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
KEYFRAMES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
FAST = 10  # frames of a step with Shift


class KeyframeStrip(QWidget):
    """Shows a timeline. The ruler scrubs, clicks select, drags reorder, edges set durations."""

    chosen = Signal(int)  # a keyframe to be shown
    selected = Signal()  # what is selected is another
    moved = Signal(int)  # a gap, 0 before the first keyframe, where the selected ones go
    copied = Signal(int)  # a gap, where copies of them go
    resized = Signal(int, float, object)  # a segment, where it ends in seconds, the gesture
    scrubbed = Signal(float)  # seconds
    stepped = Signal(int)  # frames
    walked = Signal(int, bool)  # keyframes, whether they are added to the selection
    pointed = Signal(float)  # where the hand drags, in pixels
    menu_wanted = Signal(QPoint, QPointF)  # on the screen, on the strip

    def __init__(self) -> None:
        super().__init__()
        self.timeline: Timeline | None = None
        self.scale = TimeScale()
        self.selection = Selection()
        self.position = 0.0  # of the playhead, in seconds
        self.snaps = True
        self.keys_itself = False  # whether changes of the picture become keyframes
        self.hand = StripHand(self)
        self._times: tuple[float, ...] = ()
        self.pictured: dict[int, float] = {}  # keyframes whose pictures are shown, their widths
        self._images: dict[int, QImage] = {}
        self.selected.connect(self._describe)
        self.setAccessibleName("Keyframes")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(RULER + int(PICTURE) + 2 * ABOVE)

    # --- what is shown -------------------------------------------------------------------

    @property
    def current(self) -> int:
        """The keyframe that was chosen last."""
        return self.selection.current

    @property
    def count(self) -> int:
        """How many keyframes there are."""
        return len(self._times)

    def set_timeline(self, timeline: Timeline | None) -> None:
        """Show a timeline; pictures of recipes that were there before stay."""
        before = () if self.timeline is None else self.timeline.keyframes
        known = {id(before[index].recipe): image for index, image in self._images.items()}
        keys = () if timeline is None else timeline.keyframes
        pictures = ((index, known.get(id(key.recipe))) for index, key in enumerate(keys))
        self._images = {index: image for index, image in pictures if image is not None}
        self.timeline = timeline
        self._times = times(timeline) if timeline is not None else ()
        if timeline is None or len(keys) == len(before):
            self.selection.fit(self.count)
        else:  # the same number would be another keyframe
            self.selection.choose(reached(timeline, self.position))
        if timeline is None or not self.hand.stays:
            self.hand.let_go()
        self._take_room()
        self._describe()

    def set_scale(self, scale: TimeScale) -> None:
        """Show time wider or narrower."""
        self.scale = scale
        self._take_room()

    def set_image(self, index: int, image: QImage) -> None:
        """Show the picture of a keyframe."""
        self._images[index] = image
        self.update()

    def image(self, index: int) -> QImage | None:
        """The picture of a keyframe, None until it is set."""
        return self._images.get(index)

    def without_image(self) -> list[int]:
        """The keyframes whose pictures have not been set."""
        return [index for index in range(self.count) if index not in self._images]

    def set_current(self, index: int) -> None:
        """Select a keyframe alone, without telling of it."""
        self.selection.choose(index)
        self._describe()

    def select_these(self, indices: Iterable[int]) -> None:
        """Select some keyframes, without telling of it."""
        self.selection.choose_all(indices)
        self._describe()

    def set_position(self, seconds: float) -> None:
        """Move the playhead, without telling of it."""
        for at in (self.position, seconds):
            self.update(round(self.x_of(at)) - 7, 0, 15, self.height())
        self.position = seconds

    def sizeHint(self) -> QSize:
        """As wide as the timeline."""
        return QSize(self.minimumWidth(), self.height())

    def _take_room(self) -> None:
        seconds = 0.0 if self.timeline is None else self.timeline.seconds
        self.pictured = self.scale.pictured(self._times)
        self.setMinimumWidth(round(self.scale.width(seconds)))
        self.update()

    @Slot()
    def _describe(self) -> None:
        """Say to those who don't see it what is selected."""
        text = ""
        if self.count:
            chosen = self.selection.all
            text = f"Keyframe {self.current + 1} of {self.count}, {self.times[self.current]:.2f} s"
            text += f", {len(chosen)} selected" * (len(chosen) > 1)
        self.setAccessibleDescription(text)
        self.update()

    # --- where things lie ----------------------------------------------------------------

    @property
    def times(self) -> tuple[float, ...]:
        """When each keyframe is reached, in seconds."""
        return self._times

    @property
    def ends(self) -> tuple[float, ...]:
        """When each segment ends: also the one back in a loop, or that of a single keyframe."""
        if self.timeline is None or not self._times:
            return ()
        is_last_shown = self.timeline.loop or self.count == 1
        return (*self._times[1:], *((self.timeline.seconds,) if is_last_shown else ()))

    def x_of(self, seconds: float) -> float:
        """Where the playhead stands at a time."""
        return self.scale.x_of(seconds)

    def time_at(self, x: float) -> float:
        """The time at which the playhead stands there, within the clip."""
        end = 0.0 if self.timeline is None else self.timeline.seconds
        return min(max(self.scale.time_at(x), 0.0), end)

    def key_rect(self, index: int) -> QRectF:
        """What belongs to a keyframe: the width of a picture, or what the next one leaves."""
        left, width = self.x_of(self._times[index]), PICTURE
        if index + 1 < self.count:
            room = (self._times[index + 1] - self._times[index]) * self.scale.per_second
            width = max(min(width, room - 1), LEAST)
        return QRectF(left, RULER + ABOVE, width, PICTURE)

    def keys_between(self, left: float, right: float) -> list[int]:
        """The keyframes whose pictures reach into a part of the strip."""
        first = bisect_right(self._times, self.scale.time_at(left - PICTURE)) - 1
        keys = []
        for index in range(max(first, 0), self.count):
            rect = self.key_rect(index)
            if rect.left() > right:
                break
            if rect.right() >= left:
                keys.append(index)
        return keys

    def key_at(self, place: QPointF) -> int | None:
        """The keyframe whose picture is there."""
        near = self.keys_between(place.x(), place.x())
        return next((i for i in reversed(near) if self.key_rect(i).contains(place)), None)

    def edge_at(self, place: QPointF) -> int | None:
        """The segment whose end the hand can take hold of there, below the ruler."""
        if place.y() < RULER:
            return None
        ends = self.ends
        after = bisect_right(ends, self.scale.time_at(place.x()))
        for segment in (after, after - 1):
            if 0 <= segment < len(ends):
                room = (ends[segment] - self._times[segment]) * self.scale.per_second
                x = self.x_of(ends[segment])
                if room >= GRASPED and x - EDGE <= place.x() <= x + EDGE / 2:
                    return segment
        return None

    # --- events --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is in sight."""
        StripPainter(self).paint(event.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of what is there."""
        if event.button() == Qt.MouseButton.LeftButton and self.timeline is not None:
            self.hand.press(event.position(), event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it; or show what the hand would take hold of."""
        self.hand.move(event.position(), event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.hand.release(event.modifiers())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is there; by the keyboard, of the current keyframe."""
        place = QPointF(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.count:
            place = self.key_rect(self.current).center()
        index = self.key_at(place)
        if index is not None and index not in self.selection.all:
            self.select(index)
        self.menu_wanted.emit(self.mapToGlobal(place.toPoint()), place)

    def select(self, index: int) -> None:
        """Select a keyframe alone, and tell of it."""
        self.set_current(index)
        self.selected.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go by frames, up and down by keyframes; Esc lets go."""
        key, shift = Qt.Key(event.key()), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in FRAMES:
            self.stepped.emit(FRAMES[key] * (FAST if shift else 1))
        elif key in KEYFRAMES:
            self.walked.emit(KEYFRAMES[key], bool(shift))
        elif key == Qt.Key.Key_Escape and self.hand.is_busy:
            self.hand.cancel()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys act here."""
        super().focusInEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Say which keyframe the pointer rests on."""
        if event.type() == QEvent.Type.ToolTip and not self.toolTip() and self.count:
            assert isinstance(event, QHelpEvent)
            QToolTip.showText(event.globalPos(), self._tip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tip(self, place: QPointF) -> str:
        edge, index = self.edge_at(place), self.key_at(place)
        if edge is not None:
            return f"{self.ends[edge] - self.times[edge]:.2f} s; drag to change it"
        if index is not None:
            return f"Keyframe {index + 1} of {self.count}, at {self.times[index]:.2f} s"
        return ""
