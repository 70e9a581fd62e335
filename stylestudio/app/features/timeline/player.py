"""Plays the timeline in the window, at its rate, and scrubs through it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from stylestudio.app.core.recipes import ModelRecipe

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.timeline.clip import Clip
    from stylestudio.recipe import Recipe
    from stylestudio.video import Timeline


class Player(QObject):
    """Shows the clip's recipes one after another, and no undo step remembers them.

    Time is kept: while a frame is rendered, those whose time passes are left out. A change by
    hand stops it.
    """

    moved = Signal(float)  # the place in the clip, in seconds
    playing_changed = Signal(bool)

    def __init__(self, document: Document, clip: Clip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._clip = clip
        self._position = 0.0
        self._origin = 0.0  # when, by the monotonic clock, the clip's start was or would have been
        self._is_rendering = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._advance)
        document.undo_stack.indexChanged.connect(self.pause)
        document.model_changed.connect(self.pause)
        clip.changed.connect(self._on_timeline)

    @property
    def is_playing(self) -> bool:
        """Whether the clip moves by itself."""
        return self._timer.isActive()

    @property
    def position(self) -> float:
        """The place in the clip, in seconds."""
        return self._position

    def play(self) -> None:
        """Go on from the present place; from the start, if that is the end."""
        timeline = self._clip.timeline
        if timeline is None or self._clip.obstacle:
            return
        last = (timeline.frame_count - 1) / timeline.rate
        if self._position >= last and not timeline.loop:
            self._position = 0.0
        self._origin = time.monotonic() - self._position
        self._is_rendering = False
        self._timer.start(max(1, round(1000 / timeline.rate)))
        self.playing_changed.emit(True)

    @Slot()
    def pause(self) -> None:
        """Stay where it is."""
        if self._timer.isActive():
            self._timer.stop()
            self.playing_changed.emit(False)

    def seek(self, seconds: float) -> None:
        """Show another place; while it plays, it goes on from there."""
        timeline = self._clip.timeline
        if timeline is None or self._clip.obstacle:
            return
        self._position = min(max(seconds, 0.0), timeline.seconds)
        self._origin = time.monotonic() - self._position
        self._show(self._position, timeline.recipe_at_time(self._position))

    @Slot()
    def frame_shown(self) -> None:
        """Take note that the window has the frame that was asked for last."""
        self._is_rendering = False

    @Slot(object)
    def _on_timeline(self, timeline: Timeline | None) -> None:
        """Keep the place within the clip; the picture stays."""
        seconds = 0.0 if timeline is None else timeline.seconds
        self._position = 0.0 if self._position > seconds else self._position
        self.moved.emit(self._position)

    @Slot()
    def _advance(self) -> None:
        timeline = self._clip.timeline
        if timeline is None or self._clip.obstacle:
            self.pause()
            return
        if self._is_rendering:
            return
        number = int((time.monotonic() - self._origin) * timeline.rate)
        if number >= timeline.frame_count and not timeline.loop:
            self._show(timeline.seconds, timeline.recipe_at_time(timeline.seconds))
            self.pause()
            return
        number %= timeline.frame_count
        seconds = number * timeline.seconds / timeline.frame_count
        self._show(seconds, timeline.recipe_at(number))

    def _show(self, seconds: float, recipe: Recipe) -> None:
        model = self._document.model
        assert model is not None
        self._is_rendering = True
        self._position = seconds
        self._document.show(ModelRecipe(model, recipe))
        self.moved.emit(seconds)
