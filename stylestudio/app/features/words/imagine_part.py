"""What was imagined for words, as a sheet of pictures to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from stylestudio.app.core.images import to_qimage
from stylestudio.app.features.words.made import picture_icon

if TYPE_CHECKING:
    from stylestudio.app.features.words.imagine_run import Sheet

PICTURE = 96  # pixels of a picture on the sheet
IMAGINED = Qt.ItemDataRole.UserRole
ABOUT = (
    "DALL-E's idea in miniature: a small network writes portraits of 64 pixels, code by code, and "
    "knows some hundred words. Click one to find it in the model on show."
)


class ImaginePart(QWidget):
    """Pictures with their likeness, the one that fits best first."""

    chosen = Signal(str, object)  # the words, and what was imagined for them

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self.about = QLabel(ABOUT)
        self.about.setWordWrap(True)
        self.about.setProperty("muted", True)
        self.list = QListWidget()
        self.list.setAccessibleName("Imagined pictures")
        self.list.setToolTip("Best fit first; click one to make it the source")
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setIconSize(QSize(PICTURE, PICTURE))
        self.list.setMinimumHeight(2 * (PICTURE + 36))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.about)
        column.addWidget(self.list, 1)
        self.list.itemClicked.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)

    def show_sheet(self, sheet: Sheet) -> None:
        """List what was imagined."""
        self._title = sheet.title
        self.list.clear()
        for number, imagined in enumerate(sheet.pictures, 1):
            item = QListWidgetItem(f"{imagined.likeness:.3f}")
            item.setData(IMAGINED, imagined)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Picture {number}")
            smooth = Qt.TransformationMode.SmoothTransformation
            keeps = Qt.AspectRatioMode.KeepAspectRatio
            picture = QPixmap.fromImage(to_qimage(imagined.picture))
            item.setIcon(picture_icon(picture.scaled(PICTURE, PICTURE, keeps, smooth).toImage()))
            self.list.addItem(item)

    @Slot(QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(self._title, item.data(IMAGINED))
