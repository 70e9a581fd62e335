"""Autokey: changes of the picture become keyframes by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from stylestudio.app.core.hand import is_pressing
from stylestudio.app.features.timeline.clip import SetTimeline
from stylestudio.recipe import fits
from stylestudio.video import Keyframe, Timeline
from stylestudio.video.keyframes import keyed, unmoved

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.timeline.clip import Clip
    from stylestudio.app.features.timeline.player import Player

SETTLED = 350  # milliseconds without a change, and no button held, after which one has settled
RECORDING = "Autokey did nothing: a recording has no keyframes."
FOREIGN = "Autokey did nothing: the clip was made with another model."


class Autokey(QObject):
    """While it is on, a change of the picture also changes the keyframe under the playhead.

    Where there is none, one is inserted. Both are one step of the undo stack. What undo, playing
    and scrubbing show is no change.
    """

    switched = Signal(bool)
    said = Signal(str)  # a sentence: what it did, or why nothing

    def __init__(
        self, document: Document, clip: Clip, player: Player, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._clip = clip
        self._player = player
        self._is_on = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(SETTLED)
        self._rest.timeout.connect(self._on_rest)
        document.edited.connect(self._on_edited)
        player.leaving.connect(self.settle)

    @property
    def is_on(self) -> bool:
        """Whether changes become keyframes."""
        return self._is_on

    @Slot(bool)
    def switch(self, on: bool) -> None:
        """Begin, or end; a change that has not settled yet still counts."""
        if on != self._is_on:
            self.settle()
            self._is_on = on
            self.switched.emit(on)

    @Slot()
    def _on_edited(self) -> None:
        if self._is_on:
            self._rest.start()

    @Slot()
    def _on_rest(self) -> None:
        if is_pressing():
            self._rest.start()  # a drag rests, but hasn't ended
        else:
            self._key()

    @Slot()
    def settle(self) -> None:
        """Make a change a keyframe that still waits for this."""
        if self._rest.isActive():
            self._rest.stop()
            self._key()

    def _key(self) -> None:
        clip, recipe = self._clip, self._document.recipe
        before, at = clip.timeline, self._player.position
        if recipe is None or clip.is_recording or self._document.undo_stack.canRedo():
            return  # canRedo: it was undone meanwhile
        if before is None:
            after, index, is_new = Timeline(keyframes=(Keyframe(recipe),)), 0, True
        elif before.performance or not fits(before.first, recipe.model):
            self.said.emit(RECORDING if before.performance else FOREIGN)
            return
        elif before.recipe_at_time(at) == recipe:
            return
        else:
            after, index, is_new = keyed(before, unmoved(before, recipe, at), at)
        if after == before:  # movement lies over the keyframe
            return
        text = "Insert a keyframe" if is_new else "Update a keyframe"
        if not self._document.join(SetTimeline(clip, before, after, text, None)):
            clip.set(after, text)
        self._player.place(after.time_of(index))
        self.said.emit(f"Autokey {'inserted' if is_new else 'updated'} keyframe {index + 1}")
