"""The clip in the making: its timeline, the ways to change it, and what is being recorded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand

from stylestudio.app.core.autosave import Saver
from stylestudio.recipe import Recipe, RecipeError, fits
from stylestudio.video import (
    Keyframe,
    Recorder,
    Session,
    SessionError,
    Timeline,
    keyframes,
    read_session,
)
from stylestudio.video.performance import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.tasks import Tasks

CUT = "A recording lasts an hour at most; its first hour is kept."


class SetTimeline(QUndoCommand):
    """Go from one timeline to another; commands of one gesture merge into a single step."""

    def __init__(
        self,
        clip: Clip,
        before: Timeline | None,
        after: Timeline | None,
        text: str,
        gesture: object,
    ) -> None:
        super().__init__(text)
        self.clip = clip
        self.before = before
        self.after = after
        self.gesture = gesture

    def redo(self) -> None:
        """Show the later timeline."""
        self.clip.show(self.after)

    def undo(self) -> None:
        """Show the earlier timeline."""
        self.clip.show(self.before)

    def id(self) -> int:
        """All these commands may merge, if their gestures agree."""
        return 2

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over the end of a later command of the same gesture."""
        assert isinstance(other, SetTimeline)
        if self.gesture is None or other.gesture != self.gesture:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True


class Clip(QObject):
    """Owns the timeline; every change can be undone, beside those of the document.

    Keeps the session on disk a moment after each change, so that a crash loses nothing.
    """

    changed = Signal(object)  # Timeline or None
    recording_changed = Signal(bool)
    failed = Signal(str)
    noted = Signal(str)  # what took the place of a timeline, or was cut off a recording

    def __init__(
        self, document: Document, tasks: Tasks, file: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._file = file
        self._timeline: Timeline | None = None
        self._recorder: Recorder | None = None
        self._saver = Saver(tasks, file, self._compose, self)
        self._saver.failed.connect(self.failed)
        document.recipe_changed.connect(self._on_recipe)

    @property
    def timeline(self) -> Timeline | None:
        """The timeline; None before the first keyframe."""
        return self._timeline

    @property
    def session(self) -> Session:
        """The recipe on show and the timeline, as they are saved."""
        return Session(recipe=self._document.recipe, timeline=self._timeline)

    @property
    def obstacle(self) -> str:
        """Why the timeline cannot be played on the model on show; "" where it can."""
        model = self._document.model
        if self._timeline is None or model is None:
            return "Insert a keyframe first."
        if not fits(self._timeline.first, model):
            made_for = self._timeline.first.model.name
            return f"The timeline was made with {made_for}; open that model, or remove it."
        return ""

    def set(self, timeline: Timeline | None, text: str, gesture: object = None) -> None:
        """Have another timeline, as one step that can be undone."""
        if timeline != self._timeline:
            command = SetTimeline(self, self._timeline, timeline, text, gesture)
            self._document.undo_stack.push(command)

    def show(self, timeline: Timeline | None) -> None:
        """Make a timeline current without recording a step (the undo stack calls this)."""
        self._timeline = timeline
        self._saver.save_soon()
        self.changed.emit(timeline)

    def edit(self, text: str, gesture: object = None, **fields: Any) -> None:
        """Change fields of the timeline."""
        if self._timeline is not None:
            self.set(replace(self._timeline, **fields), text, gesture)

    # --- keyframes -----------------------------------------------------------------------

    def insert(self, recipe: Recipe, index: int, at: float | None = None) -> int:
        """Make a recipe of the model on show a keyframe; return its number.

        It comes after the keyframe `index`, at `at` seconds (see `video.keyframes.inserted`). A
        performance, or another model's timeline, gives way to it.
        """
        old = self._timeline
        if old is None or old.performance or not fits(old.first, recipe.model):
            self.set(Timeline(keyframes=(Keyframe(recipe),)), "Insert a keyframe")
            if old is not None:
                gone = "recording" if old.performance else f"clip of {old.first.model.name}"
                self.noted.emit(f"The keyframe replaced the {gone}. You can undo this.")
            return 0
        self.set(keyframes.inserted(old, recipe, index, at), "Insert a keyframe")
        return index + 1

    def remove(self, indices: Collection[int]) -> None:
        """Take keyframes out; with the last one, or a performance, the timeline."""
        timeline = self._timeline
        if timeline is None:
            return
        left = None if timeline.performance else keyframes.removed(timeline, indices)
        text = f"Remove {_keyframes(len(indices))}" if left else "Remove the timeline"
        self.set(left, text)

    def move(self, indices: Collection[int], gap: int) -> range:
        """Put keyframes together into a gap, 0 before the first; return where they are now."""
        assert self._timeline is not None
        timeline, places = keyframes.moved(self._timeline, indices, gap)
        self.set(timeline, f"Move {_keyframes(len(indices))}")
        return places

    def copy(self, indices: Collection[int], gap: int) -> range:
        """Put copies of keyframes into a gap; return where they are."""
        assert self._timeline is not None
        timeline, places = keyframes.copied(self._timeline, indices, gap)
        self.set(timeline, f"Duplicate {_keyframes(len(indices))}")
        return places

    def edit_keys(
        self, indices: Collection[int], text: str, gesture: object = None, **fields: Any
    ) -> None:
        """Change fields of some keyframes."""
        if self._timeline is not None:
            self.set(keyframes.edited(self._timeline, indices, **fields), text, gesture)

    # --- recording -----------------------------------------------------------------------

    @property
    def is_recording(self) -> bool:
        """Whether changes of the recipe are being recorded."""
        return self._recorder is not None

    def record(self) -> None:
        """Record every change of the recipe from now on."""
        recipe = self._document.recipe
        if recipe is not None and self._recorder is None:
            self._recorder = Recorder(recipe, time.monotonic())
            self.recording_changed.emit(True)

    def give_up_recording(self) -> None:
        """Stop recording, and keep nothing of it."""
        if self._recorder is not None:
            self._recorder = None
            self.recording_changed.emit(False)

    def stop_recording(self) -> None:
        """Make what was recorded the timeline."""
        if self._recorder is None:
            return
        performance = self._recorder.finish(time.monotonic())
        self._recorder = None
        self.recording_changed.emit(False)
        old = self._timeline
        timeline = Timeline(performance=performance, fps=old.fps if old else 30.0)
        self.set(timeline, "Record a performance")
        said = [CUT] if performance.seconds == LONGEST else []
        if old is not None:
            gone = "the earlier recording" if old.performance else _keyframes(len(old.keyframes))
            said.append(f"The recording replaced {gone}. You can undo this.")
        if said:
            self.noted.emit(" ".join(said))

    @Slot(object)
    def _on_recipe(self, recipe: Recipe) -> None:
        if self._recorder is not None:
            try:
                self._recorder.note(recipe, time.monotonic())
            except RecipeError as error:
                self.stop_recording()
                self.failed.emit(str(error))

    # --- on disk -------------------------------------------------------------------------

    def load(self) -> str:
        """Take up the timeline of the last run; return why there is none, "" where all is well.

        A file that can't be read is kept under another name, before a new one takes its place.
        """
        if not self._file.exists():
            return ""
        try:
            self._timeline = read_session(self._file).timeline
        except SessionError as error:
            return f"The clip of the last run can't be read. {error} {self._keep_aside()}"
        self.changed.emit(self._timeline)
        return ""

    def _keep_aside(self) -> str:
        """Rename the file; say where it is."""
        kept = self._file.with_name(f"kept-{time.time_ns():x}-{self._file.name}")
        try:
            if not self._file.stat().st_size:
                self._file.unlink()
                return "Its file was empty."
            self._file.replace(kept)
        except OSError as error:
            return f"It cannot be kept: {error.strerror or error}."
        return f"It is kept in {kept}."

    def save(self) -> None:
        """Begin to write the session now."""
        self._saver.save()

    def _compose(self) -> Callable[[], str] | None:
        if self._timeline is None and not self._file.exists():
            return None
        return self.session.to_json


def _keyframes(count: int) -> str:
    return "a keyframe" if count == 1 else f"{count} keyframes"
