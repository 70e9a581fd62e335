"""A change of the picture over some time: the way from one recipe to another, played once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from stylestudio.app.core.frame_pacer import FramePacer
from stylestudio.video import Timeline

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.recipe import Recipe


class Fade(QObject):
    """Moves the document's recipe as a hand would: all of the way is one step to undo.

    Whatever else changes the recipe on the way, a hand or an undo, ends it there.
    """

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._timeline: Timeline | None = None
        self._target: Recipe | None = None
        self._text = ""
        self._gesture: object = None
        self._is_own_change = False
        self._pacer = FramePacer(self)
        self._pacer.due.connect(self._on_due)
        studio.rendered.connect(self._pacer.on_rendered)
        studio.document.undo_stack.indexChanged.connect(self._on_change)
        studio.document.model_changed.connect(self._on_change)

    @property
    def is_running(self) -> bool:
        """Whether it is on its way."""
        return self._pacer.is_running

    def start(self, target: Recipe, seconds: float, text: str) -> None:
        """Go to a recipe of the model on show; `text` names the step in the undo menu."""
        document = self._studio.document
        self.stop()
        if document.recipe is None or document.recipe == target:
            return
        if seconds <= 0:
            document.set(target, text)
            return
        self._timeline = Timeline.of([document.recipe, target], seconds=seconds)
        self._target, self._text, self._gesture = target, text, object()
        rate = float(self._timeline.rate)
        self._pacer.start(rate, 1 / rate)  # frame 0 is on show

    @Slot()
    def stop(self) -> None:
        """Stay where it is, in full quality."""
        if self.is_running:
            self._pacer.stop()
            self._studio.worker.playing_rate = None
            self._studio.render()

    @Slot()
    def _on_change(self) -> None:
        if not self._is_own_change:
            self.stop()

    @Slot(int)
    def _on_due(self, number: int) -> None:
        """Show a frame; the last one comes in full quality."""
        assert self._timeline is not None
        assert self._target is not None
        document, worker = self._studio.document, self._studio.worker
        is_last = number >= self._timeline.frame_count
        if is_last:
            self._pacer.stop()
        worker.playing_rate = None if is_last else float(self._timeline.rate)
        recipe = self._target if is_last else self._timeline.recipe_at(number)
        is_same = recipe == document.recipe  # as before what switches half-way has switched
        self._is_own_change = True
        document.set(recipe, self._text, self._gesture)
        self._is_own_change = False
        if is_last or is_same:  # the pacer waits for a frame, and no change asks for one
            self._studio.render()
