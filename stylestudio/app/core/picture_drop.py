"""Picture files that are dropped on a control rather than on the window."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from stylestudio.app.core.drops import accept_copy
from stylestudio.pictures import SUFFIXES
from stylestudio.video import kind_of_file

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QDragEnterEvent, QDropEvent


def dropped_picture(data: QMimeData) -> Path | None:
    """The one picture that is being dropped; None for anything else.

    A picture that carries a recipe belongs to the window, which opens it.
    """
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if len(paths) != 1 or not paths[0].is_file():
        return None
    with suppress(OSError):
        kind = kind_of_file(paths[0])
        # What is only named like a picture is taken, too, so that it is said what is wrong with it.
        if kind == "photo" or (kind == "other" and paths[0].suffix.lower() in SUFFIXES):
            return paths[0]
    return None


class PictureButton(QPushButton):
    """A button on which a picture can be dropped."""

    dropped = Signal(object)  # Path

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a picture; let anything else pass."""
        accept_copy(event, dropped_picture(event.mimeData()) is not None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which it is."""
        picture = dropped_picture(event.mimeData())
        if picture is not None:
            accept_copy(event)
            self.dropped.emit(picture)
