"""What commands and the hand do with keyframes and the playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.video.keyframes import moved, reached, shortest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.app.core.document import Document
    from stylestudio.app.features.timeline.clip import Clip
    from stylestudio.app.features.timeline.keyframe_strip import KeyframeStrip
    from stylestudio.app.features.timeline.player import Player


class KeyActions(QObject):
    """Acts on the keyframes that are selected on a strip, as steps that can be undone."""

    chose = Signal()  # other keyframes are selected
    said = Signal(str)  # a sentence

    def __init__(
        self, document: Document, clip: Clip, player: Player, strip: KeyframeStrip
    ) -> None:
        super().__init__(strip)
        self._document = document
        self._clip = clip
        self._player = player
        self._strip = strip
        strip.chosen.connect(self.show_key)
        strip.moved.connect(self.move_to)
        strip.copied.connect(self.copy_to)
        strip.resized.connect(self._on_resized)
        strip.scrubbed.connect(self.seek)
        strip.stepped.connect(self.step)
        strip.walked.connect(self.walk)

    # --- the selected keyframes ----------------------------------------------------------

    @Slot()
    def insert(self) -> None:
        """Insert the picture on show at the playhead, or behind the keyframe that is selected."""
        self._player.pause()  # which selects the keyframe that was passed last
        timeline, index = self._clip.timeline, self._strip.current
        if timeline is not None and len(self._strip.selection.all) > 1:
            index = reached(timeline, self._player.position)
        self._insert(index, self._player.position)

    def insert_at(self, seconds: float) -> None:
        """Insert the picture on show elsewhere."""
        timeline = self._clip.timeline
        self._player.pause()
        if timeline is None or timeline.performance:
            self._insert(0, None)
        else:
            self._insert(reached(timeline, seconds), seconds)

    def _insert(self, index: int, at: float | None) -> None:
        recipe, follows = self._player.recipe, self._player.shows_clip
        if recipe is not None:
            place = self._clip.insert(recipe, index, at)
            self._go_to(place, follows)
            self._choose([place])
            self.said.emit(f"Inserted keyframe {place + 1} of {self._strip.count}")

    @Slot()
    def update(self) -> None:
        """Have the picture on show in the current keyframe."""
        recipe, follows = self._player.recipe, self._player.shows_clip
        if recipe is not None and self._strip.count:
            self._player.pause()  # which selects the keyframe that was passed last
            index = self._strip.current
            self._clip.edit_keys([index], "Update a keyframe", recipe=recipe)
            self._go_to(index, follows)
            self.said.emit(f"Updated keyframe {index + 1} with this picture")

    def _go_to(self, index: int, follows: bool) -> None:
        """Go to a keyframe; a picture that `follows` the clip becomes that of the clip there."""
        timeline = self._clip.timeline
        assert timeline is not None
        (self._player.seek if follows else self._player.place)(timeline.time_of(index))

    @Slot()
    def remove(self) -> None:
        """Take the selected keyframes out; a performance as a whole."""
        chosen = self._strip.selection.all
        self._clip.remove(chosen)
        self._choose([min(chosen[0], max(self._strip.count - 1, 0))])

    @Slot()
    def duplicate(self) -> None:
        """Put copies of the selected keyframes behind them."""
        if self._strip.count:
            self.copy_to(self._strip.selection.all[-1] + 1)

    @Slot()
    def select_all(self) -> None:
        """Select every keyframe."""
        self._choose(range(self._strip.count))

    @Slot()
    def move_earlier(self) -> None:
        """Put the selected keyframes before the one before them."""
        self.move_to(max(self._strip.selection.all[0] - 1, 0))

    @Slot()
    def move_later(self) -> None:
        """Put the selected keyframes behind the next one."""
        self.move_to(min(self._strip.selection.all[-1] + 2, self._strip.count))

    @Slot(int)
    def move_to(self, gap: int) -> None:
        """Put the selected keyframes into a gap, and show the current one there, as one step."""
        chosen, current = self._strip.selection.all, self._strip.current
        before = self._clip.timeline
        if before is None or not before.keyframes or moved(before, chosen, gap)[0] == before:
            return
        behind, current, *chosen = self._after_leaving([max(gap - 1, 0), current, *chosen])
        gap = behind + 1 if gap else 0
        stack = self._document.undo_stack
        stack.beginMacro("Move a keyframe" if len(chosen) == 1 else f"Move {len(chosen)} keyframes")
        places = self._clip.move(chosen, gap)
        self._strip.set_current(places[chosen.index(current)])
        self.show_key(self._strip.current)
        stack.endMacro()
        self._choose(places)

    @Slot(int)
    def copy_to(self, gap: int) -> None:
        """Put copies of the selected keyframes into a gap."""
        chosen = self._strip.selection.all
        self._player.pause()
        places = self._clip.copy(chosen, gap)
        self._choose(places)
        what = f"keyframe {chosen[0] + 1}" if len(chosen) == 1 else f"{len(chosen)} keyframes"
        self.said.emit(f"Duplicated {what}")

    def _choose(self, indices: Iterable[int]) -> None:
        indices = list(indices)
        if self._strip.current not in indices and indices:
            self._strip.set_current(indices[0])
        self._strip.select_these(indices)
        self.chose.emit()

    # --- durations -----------------------------------------------------------------------

    @Slot(int, float, object)
    def _on_resized(self, segment: int, end: float, gesture: object) -> None:
        timeline = self._clip.timeline
        if timeline is not None:
            seconds = round(max(end - timeline.time_of(segment), shortest(timeline)), 6)
            text, token = "Change a duration", ("edge", gesture)
            self._clip.edit_keys([segment], text, token, seconds=seconds)

    # --- the playhead --------------------------------------------------------------------

    @Slot(int)
    def show_key(self, index: int) -> None:
        """Show a keyframe's own picture, as a step that can be undone."""
        (index,) = self._after_leaving([index])
        self._strip.set_current(index)
        timeline = self._clip.timeline
        assert timeline is not None
        self.chose.emit()
        if not self._clip.obstacle:
            self._player.pause()
            self._document.set(timeline.keyframes[index].recipe, f"Show keyframe {index + 1}")
            self._player.place(timeline.time_of(index))

    def _after_leaving(self, indices: list[int]) -> list[int]:
        """Where keyframes are after the playhead was left, where autokey may insert one."""
        timeline = self._clip.timeline
        assert timeline is not None
        times = [timeline.time_of(index) for index in indices]
        self._player.leaving.emit()
        timeline = self._clip.timeline
        assert timeline is not None
        return [reached(timeline, time) for time in times]

    @Slot(float)
    def seek(self, seconds: float) -> None:
        """Show another place of the clip."""
        self._player.seek(seconds)
        self.choose_at_playhead()

    @Slot()
    def choose_at_playhead(self) -> None:
        """Choose the keyframe that the playhead has reached last."""
        timeline = self._clip.timeline
        if timeline is not None and self._strip.count:
            index = reached(timeline, self._player.position)
            if [index] != self._strip.selection.all:
                self._choose([index])

    @Slot(int)
    def step(self, frames: int) -> None:
        """Go by some frames, from the one that is on show."""
        timeline = self._clip.timeline
        if timeline is not None:
            self._player.pause()
            frame = round(self._player.position * timeline.frames_a_second) + frames
            self.seek(min(max(frame / timeline.frames_a_second, 0.0), timeline.seconds))

    @Slot()
    def to_start(self) -> None:
        """Go to the start of the clip."""
        self.seek(0.0)

    @Slot()
    def to_end(self) -> None:
        """Go to the end of the clip."""
        timeline = self._clip.timeline
        if timeline is not None:
            self._player.pause()
            self.seek(timeline.seconds)

    @Slot(int, bool)
    def walk(self, by: int, extends: bool = False) -> None:
        """Go to the keyframe before or behind the playhead; or add it to the selection."""
        timeline, strip = self._clip.timeline, self._strip
        if timeline is None or not strip.count:
            return
        if extends:
            strip.selection.extend_to(min(max(strip.current + by, 0), strip.count - 1))
            strip.selected.emit()
            return
        at, margin = self._player.position, 1e-6
        if by < 0:
            index = max((i for i, t in enumerate(strip.times) if t < at - margin), default=0)
        else:
            later = (i for i, t in enumerate(strip.times) if t > at + margin)
            index = min(later, default=strip.count - 1)
        strip.set_current(index)
        self.show_key(index)
