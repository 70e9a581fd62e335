"""A choice among the sources at hand, in pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.sources_at_hand import AtHand
    from stylestudio.app.core.thumbnails import Thumbnails
    from stylestudio.recipe import Source

PICTURE = 64
ABOUT = (
    "Each source by itself: the pinned picture, presets, photos, files, and the main sources of "
    "earlier steps."
)
NONE = "There is nothing to choose yet: change the seed, store a preset, or open a file of latents."


class SourceChooser(QDialog):
    """Shows each source by itself, as it will be mixed in."""

    chosen = Signal(object)  # AtHand

    def __init__(
        self,
        at_hand: Sequence[AtHand],
        alone: Callable[[Source], ModelRecipe],
        thumbnails: Thumbnails,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Choose a source")
        self._at_hand = at_hand
        self._pairs = [alone(each.source) for each in at_hand]
        self.list = QListWidget()
        self.list.setAccessibleName("Sources at hand")
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setIconSize(QSize(PICTURE, PICTURE))
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for each, pair in zip(at_hand, self._pairs, strict=True):
            item = QListWidgetItem(each.name)
            item.setToolTip(each.name)
            item.setSizeHint(QSize(PICTURE + 34, PICTURE + 30))
            image = thumbnails.get(pair)
            if image is not None:
                item.setIcon(_icon(image))
            self.list.addItem(item)
        about = QLabel(ABOUT if at_hand else NONE)
        about.setWordWrap(True)
        about.setProperty("muted", True)
        kind = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kind.Ok | kind.Cancel)
        self.buttons.button(kind.Ok).setText("Mix in")
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(self.list, 1)
        column.addWidget(self.buttons)
        self.resize(540, 400)
        self.list.currentRowChanged.connect(self._on_current)
        self.list.itemActivated.connect(self.accept)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(self._on_accepted)
        thumbnails.ready.connect(self._on_thumbnail)
        self.list.setCurrentRow(0 if at_hand else -1)
        self._on_current(self.list.currentRow())

    @Slot(int)
    def _on_current(self, row: int) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(row >= 0)

    @Slot()
    def _on_accepted(self) -> None:
        if self.list.currentRow() >= 0:
            self.chosen.emit(self._at_hand[self.list.currentRow()])

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        if pair in self._pairs:
            self.list.item(self._pairs.index(pair)).setIcon(_icon(image))


def _icon(image: QImage) -> QIcon:
    pixmap = QPixmap.fromImage(image)
    result = QIcon(pixmap)
    result.addPixmap(pixmap, QIcon.Mode.Selected)  # the style would tint the selected one
    return result
