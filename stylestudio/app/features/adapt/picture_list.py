"""The pictures whose manner is wanted: dropped, chosen, and taken away again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImageReader, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.drops import accept_copy
from stylestudio.app.core.images import local_files
from stylestudio.app.widgets.small_button import small_button
from stylestudio.pictures import SUFFIXES

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

SIDE = 44  # pixels of a picture
HINT = "Or drop about four pictures in the manner you want"
PATH = Qt.ItemDataRole.UserRole


class PictureList(QWidget):
    """A row of small pictures; files can be dropped anywhere on it."""

    changed = Signal()
    add_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.hint = QLabel(HINT)
        self.hint.setWordWrap(True)
        self.hint.setProperty("muted", True)
        self.list = QListWidget()
        self.list.setAccessibleName("Pictures in the manner you want")
        self.list.setToolTip("The model learns their manner. Delete removes the selected ones.")
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setMovement(QListWidget.Movement.Static)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setIconSize(QSize(SIDE, SIDE))
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setFixedHeight(SIDE + 20)
        self.list.setAcceptDrops(False)  # so that this widget gets them
        self.list.hide()
        self.add = small_button("add", "Choose pictures", "Add pictures", checkable=False)
        self.clear_all = small_button("remove", "Remove all pictures", "Clear", checkable=False)
        row = QHBoxLayout()
        row.addWidget(self.hint, 1)
        row.addWidget(self.add)
        row.addWidget(self.clear_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.list)
        delete = QShortcut(QKeySequence.StandardKey.Delete, self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove_chosen)
        self.add.clicked.connect(self.add_asked)
        self.clear_all.clicked.connect(self.clear)
        self._refresh()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the pictures, in their order."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return tuple(Path(item.data(PATH)) for item in items)

    def put(self, paths: list[Path]) -> None:
        """Add files of pictures; those that are there already stay once."""
        for path in paths:
            if path not in self.paths:
                item = QListWidgetItem(_icon(path), "", self.list)
                item.setData(PATH, str(path))
                item.setToolTip(path.name)
        self._refresh()

    @Slot()
    def clear(self) -> None:
        """Take all away."""
        self.list.clear()
        self._refresh()

    @Slot()
    def remove_chosen(self) -> None:
        """Take the chosen ones away."""
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))
        self._refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take pictures; let anything else pass."""
        accept_copy(event, bool(_pictures_in(event.mimeData())))

    def dropEvent(self, event: QDropEvent) -> None:
        """Add them."""
        accept_copy(event)
        self.put(_pictures_in(event.mimeData()))

    def _refresh(self) -> None:
        count = self.list.count()
        self.list.setVisible(count > 0)
        self.clear_all.setVisible(count > 0)
        named = "1 picture says" if count == 1 else f"{count} pictures say"
        self.hint.setText(f"{named} what it should become" if count else HINT)
        self.changed.emit()


def _pictures_in(data: QMimeData) -> list[Path]:
    """Files that are named as pictures are; also those that carry a recipe are only pictures."""
    return [path for path in local_files(data) if path.suffix.lower() in SUFFIXES]


def _icon(path: Path) -> QIcon:
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(
            size.scaled(2 * SIDE, 2 * SIDE, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        )
    pixmap = QPixmap.fromImage(reader.read())
    if pixmap.isNull():  # a form that Qt can't read; the task may
        pixmap = QPixmap(SIDE, SIDE)
        pixmap.fill(Qt.GlobalColor.gray)
    side = min(pixmap.width(), pixmap.height())
    left, top = (pixmap.width() - side) // 2, (pixmap.height() - side) // 2
    return QIcon(pixmap.copy(left, top, side, side))
