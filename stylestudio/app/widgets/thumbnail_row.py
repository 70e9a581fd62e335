"""A row of small pictures that are removed by a double click or Delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QImage, QKeyEvent

THUMBNAIL = QSize(48, 48)


class ThumbnailRow(QListWidget):
    """Shows pictures beside each other; it is there only while there are some."""

    removed = Signal(int)  # the picture at this place is to go

    def __init__(self, name: str, about: str) -> None:
        """`name` is for screen readers; `about` says what removing a picture does."""
        super().__init__()
        self._about = about
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(THUMBNAIL)
        self.setGridSize(THUMBNAIL + QSize(4, 4))
        self.setFixedHeight(THUMBNAIL.height() + 20)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemDoubleClicked.connect(lambda item: self.removed.emit(self.row(item)))
        self.hide()

    def show_pictures(self, pictures: Iterable[QImage]) -> None:
        """Show other pictures; the place that was chosen stays chosen."""
        row = self.currentRow()
        self.clear()
        for picture in pictures:
            item = QListWidgetItem(QIcon(QPixmap.fromImage(picture)), "", self)
            item.setToolTip(self._about)
        self.setVisible(self.count() > 0)
        self.setCurrentRow(min(row, self.count() - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes the chosen picture."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.currentRow() >= 0:
            self.removed.emit(self.currentRow())
        else:
            super().keyPressEvent(event)
