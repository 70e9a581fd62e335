"""What is done with the picture on the canvas: shown, copied, pinned and compared, enlarged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from stylestudio.app.core.images import to_qimage

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from stylestudio.app.widgets.canvas import Canvas
    from stylestudio.recipe import Recipe
    from stylestudio.render import Frame

ZOOM_STEP = 1.25


class View(QObject):
    """Holds what the canvas shows; what is taken from it is taken in full quality."""

    noted = Signal(str)  # a sentence about what was done
    has_pin = Signal(bool)

    def __init__(self, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self.shown_recipe: Recipe | None = None  # of the last picture of full quality
        self.is_draft = False  # the picture on the canvas
        self.pinned: QImage | None = None
        self._when_full: Callable[[], None] | None = None  # waits for the next such picture

    def show(self, frame: Frame) -> None:
        """Put a frame on the canvas."""
        self.canvas.set_image(to_qimage(frame.pixels))
        self.is_draft = frame.draft is not None
        if self.is_draft:
            return
        self.shown_recipe = frame.recipe
        if self._when_full is not None:
            when_full, self._when_full = self._when_full, None
            when_full()

    @Slot()
    def copy(self) -> None:
        """Copy the picture to the clipboard."""
        if self.is_draft:
            self._when_full = self.copy
        elif not self.canvas.image.isNull():
            QGuiApplication.clipboard().setImage(self.canvas.image)
            self.noted.emit("Copied the picture")

    @Slot()
    def pin(self) -> None:
        """Keep the picture as the one to compare with."""
        if self.is_draft:
            self._when_full = self.pin
        elif not self.canvas.image.isNull():
            self.pinned = self.canvas.image.copy()
            self.has_pin.emit(True)
            self.noted.emit("Pinned; press C to compare")
            if self.canvas.is_comparing:
                self.canvas.compare_with(self.pinned)

    @Slot(bool)
    def compare(self, on: bool) -> None:
        """Show the pinned picture left of a wipe, or only the picture."""
        self.canvas.compare_with(self.pinned if on else None)

    @Slot(object)
    def compare_photo(self, photo: QImage | None) -> None:
        """Show a photo left of a wipe, or only the picture."""
        self.canvas.compare_with(photo, "Photo")

    @Slot()
    def zoom_in(self) -> None:
        """Enlarge the picture by a step."""
        self.canvas.set_zoom(self.canvas.zoom() * ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        """Shrink the picture by a step."""
        self.canvas.set_zoom(self.canvas.zoom() / ZOOM_STEP)
