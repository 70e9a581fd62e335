"""A tray: pictures with painted regions that play one part in a rewriting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.thumbnail_row import ThumbnailRow

if TYPE_CHECKING:
    from stylestudio.editing.rewrite_folder import TrayPicture

TITLE_WIDTH = 52


class Tray(QWidget):
    """Its name and purpose, a button that adds what is brushed, and its pictures."""

    add_asked = Signal(str)  # its id
    remove_asked = Signal(str, int)  # its id, and the place of a picture

    def __init__(self, id: str, title: str, purpose: str, tip: str) -> None:
        super().__init__()
        self.id = id
        self._shown: tuple[TrayPicture, ...] = ()
        self.title = QLabel(title)
        self.title.setFixedWidth(TITLE_WIDTH)
        self.title.setToolTip(tip)
        self.purpose = ElidedLabel(purpose, Qt.TextElideMode.ElideRight)
        self.purpose.set_tip(tip)
        self.purpose.setProperty("muted", True)
        self.add = small_button(
            "add", f"Add what is brushed on this picture to {title}", title, checkable=False
        )
        self.add.setAccessibleName(f"Add to {title}")
        self.pictures = ThumbnailRow(title, f"Double-click to remove it from {title}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.title)
        row.addWidget(self.purpose, 1)
        row.addWidget(self.pictures, 1)
        row.addWidget(self.add)
        self.add.clicked.connect(lambda: self.add_asked.emit(self.id))
        self.pictures.removed.connect(lambda index: self.remove_asked.emit(self.id, index))

    def show_pictures(self, pictures: tuple[TrayPicture, ...]) -> None:
        """Show other pictures."""
        if pictures != self._shown:
            self._shown = pictures
            self.pictures.show_pictures(QImage.fromData(each.thumbnail) for each in pictures)
            self.purpose.setVisible(not pictures)
