"""Dragging the picture out of the window: a PNG file with its recipe inside, and its pixels."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QPixmap
from PySide6.QtWidgets import QApplication

from stylestudio.app.core.images import to_pixels
from stylestudio.app.core.recipes import suggested_name
from stylestudio.recipe import save_png

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from stylestudio.app.core.studio import Studio

SHOWN = QSize(96, 96)  # under the pointer
NOT_YET = "Wait a moment, then drag: the full picture isn't ready yet."


class DragOut(QObject):
    """Takes presses on the canvas with Shift held; what is dropped elsewhere is what is on show."""

    noted = Signal(str)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._start: QPointF | None = None  # where the button went down
        self._folder: Path | None = None  # programs may read the file long after the drop
        studio.view.canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin where the hand has moved far enough; leave all else to the canvas."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and self._is_meant(event):  # type: ignore[arg-type]
            self._start = event.position()  # type: ignore[attr-defined]
            return True
        if self._start is None:
            return super().eventFilter(watched, event)
        if kind == QEvent.Type.MouseMove:
            way = event.position() - self._start  # type: ignore[attr-defined]
            if way.manhattanLength() >= QApplication.startDragDistance():
                self._start = None
                self._drag()
            return True
        if kind == QEvent.Type.MouseButtonRelease:
            self._start = None
            return True
        return super().eventFilter(watched, event)

    def close(self) -> None:
        """Remove the files that were dragged."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _is_meant(self, event: QMouseEvent) -> bool:
        canvas = self._studio.view.canvas
        return (
            event.button() == Qt.MouseButton.LeftButton
            and event.modifiers() == Qt.KeyboardModifier.ShiftModifier
            and canvas.picture_rect().contains(event.position())
            and canvas.tool is None
        )

    def _drag(self) -> None:
        studio, view = self._studio, self._studio.view
        current = studio.document.current
        if current is None or view.is_draft or view.shown_recipe != current.recipe:
            self.noted.emit(NOT_YET)
            return
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="stylestudio-"))
            path = self._folder / f"{suggested_name(current)}.png"
            image = view.canvas.image
            pixels = to_pixels(image)
            if not image.hasAlphaChannel():
                pixels = pixels[..., :3].copy()
            save_png(path, pixels, current.recipe)
            files = [path, *studio.assets.export(current.recipe, self._folder)]
        except OSError as error:
            self.noted.emit(f"The picture cannot be dragged: {error.strerror or error}.")
            return
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
        data.setImageData(image)
        drag = QDrag(view.canvas)
        drag.setMimeData(data)
        shown = image.scaled(
            SHOWN, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        drag.setPixmap(QPixmap.fromImage(shown))
        drag.exec(Qt.DropAction.CopyAction)
