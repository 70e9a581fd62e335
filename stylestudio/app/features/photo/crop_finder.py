"""Looks for the square of the photo that the model would paint, when the hand asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.inversion import Crop, inversion_context
from stylestudio.inversion.find_crop import find_crop
from stylestudio.progress import Progress
from stylestudio.render.device import in_turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.inversion import Photo
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets, Model

NOTHING = "Nothing like this model's pictures was found; the crop stays where it is."


class CropFinder(QObject):
    """One search at a time; what it finds arrives by a signal."""

    found = Signal(object)  # Crop
    changed = Signal()  # it has begun or ended
    failed = Signal(str)
    noted = Signal(str)

    def __init__(self, tasks: Tasks, assets: Assets, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks, self._assets = tasks, assets
        self._task: Task | None = None
        self._first = Crop()

    @property
    def is_running(self) -> bool:
        """Whether one is at work, or waits for others to end."""
        return self._task is not None and not self._task.state.is_over

    def start(self, model: Model, photo: Photo, first: Crop) -> None:
        """Look near a crop, or in the whole photo where that is its middle."""
        self.stop()
        assets, self._first = self._assets, first

        def work(report: Callable[[Progress], None], cancel: Cancel) -> Crop:
            crop = first
            steps = find_crop(inversion_context(model, assets), photo, first)
            for done, result in enumerate(in_turns(model.device, steps)):
                cancel.check()
                report(Progress(done, 0, "Looking for the crop"))
                crop = result or crop
            return crop

        title = f"Find the crop of {photo.name or 'a photo'}"
        self._task = self._tasks.start(title, work, owner=self)
        self._task.succeeded.connect(self._on_found)
        self._task.failed.connect(self.failed)
        self._task.ended.connect(self.changed)
        self.changed.emit()

    def stop(self) -> None:
        """Forget the search: another photo, model or crop has come."""
        if self._task is not None:
            self._task.drop()
            self._task = None
            self.changed.emit()

    @Slot(object)
    def _on_found(self, crop: Crop) -> None:
        if crop == self._first:
            self.noted.emit(NOTHING)
        else:
            self.found.emit(crop)
