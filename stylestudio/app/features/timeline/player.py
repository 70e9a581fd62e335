"""Plays the timeline in the window, at its rate, and scrubs through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.frame_pacer import FramePacer
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.video.keyframes import unmoved

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.core.worker import Rendered
    from stylestudio.app.features.timeline.clip import Clip
    from stylestudio.recipe import Recipe
    from stylestudio.video import Timeline


class Player(QObject):
    """Shows the clip's recipes one after another, and no undo step remembers them.

    Time is kept: of frames that cannot be rendered in time, every second one is shown, or every
    third ..., evenly. A change by hand stops it. Where the picture shows a place of the clip, it
    follows changes of the clip.
    """

    leaving = Signal()  # this place is about to be left: what is to be kept there is kept now
    moved = Signal(float)  # the place in the clip, in seconds
    playing_changed = Signal(bool)

    def __init__(self, document: Document, clip: Clip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._clip = clip
        self._position = 0.0
        self._shown: Recipe | None = None  # what the clip was at this place when it was shown
        self._pacer = FramePacer(self)
        self._pacer.due.connect(self._on_due)
        document.undo_stack.indexChanged.connect(self.pause)
        document.model_changed.connect(self.pause)
        clip.changed.connect(self._on_timeline)

    @property
    def is_playing(self) -> bool:
        """Whether the clip moves by itself."""
        return self._pacer.is_running

    @property
    def position(self) -> float:
        """The place in the clip, in seconds."""
        return self._position

    @property
    def shows_clip(self) -> bool:
        """Whether the picture on show is that of the clip at this place."""
        return self._shown is not None and self._shown == self._document.recipe

    @property
    def recipe(self) -> Recipe | None:
        """The picture on show as a keyframe has it: without what moves on top of the clip."""
        recipe, timeline = self._document.recipe, self._clip.timeline
        if recipe is None or timeline is None:
            return recipe
        return unmoved(timeline, recipe, self._position)

    def play(self) -> None:
        """Continue from the present place; from the start, if that is the end."""
        self.leaving.emit()
        timeline = self._clip.timeline
        if timeline is None or self._clip.obstacle:
            return
        last = (timeline.frame_count - 1) / timeline.rate
        if self._position >= last and not timeline.loop:
            self._position = 0.0
        self.playing_changed.emit(True)
        self._pacer.start(float(timeline.rate), self._position)

    @Slot()
    def pause(self) -> None:
        """Stay where it is."""
        if self.is_playing:
            self._pacer.stop()
            self.playing_changed.emit(False)

    def seek(self, seconds: float) -> None:
        """Show another place; while it plays, it goes on from there."""
        self.leaving.emit()
        timeline = self._clip.timeline
        if timeline is None or self._clip.obstacle:
            return
        seconds = min(max(seconds, 0.0), timeline.seconds)
        self._pacer.move_to(seconds)
        self._show(seconds, timeline.recipe_at_time(seconds))

    def place(self, seconds: float) -> None:
        """Move to the place of a keyframe whose picture is on show already."""
        self._position, self._shown = seconds, self._document.recipe
        self.moved.emit(seconds)

    @Slot(object)
    def on_rendered(self, rendered: Rendered) -> None:
        """Take note that the window has the frame that was asked for last."""
        self._pacer.on_rendered(rendered)

    @Slot(object)
    def _on_timeline(self, timeline: Timeline | None) -> None:
        """Keep the place within the clip, and show what is there now."""
        seconds = 0.0 if timeline is None else timeline.seconds
        self._position = 0.0 if self._position > seconds else self._position
        if timeline is None or not self.shows_clip or self._clip.obstacle:
            self.moved.emit(self._position)
            return
        recipe = timeline.recipe_at_time(self._position)
        if recipe != self._shown:
            self._show(self._position, recipe)
        else:
            self.moved.emit(self._position)

    @Slot(int)
    def _on_due(self, number: int) -> None:
        """Show the frame whose time it is."""
        timeline = self._clip.timeline
        if timeline is None or self._clip.obstacle:
            self.pause()
            return
        if number >= timeline.frame_count and not timeline.loop:
            self._show(timeline.seconds, timeline.recipe_at_time(timeline.seconds))
            self.pause()
            return
        number %= timeline.frame_count
        self._show(timeline.time_of_frame(number), timeline.recipe_at(number))

    def _show(self, seconds: float, recipe: Recipe) -> None:
        model = self._document.model
        assert model is not None
        self._position, self._shown = seconds, recipe
        self._document.show(ModelRecipe(model, recipe))
        self.moved.emit(seconds)
