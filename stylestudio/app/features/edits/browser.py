"""Directions as pictures: the one on show at both ends of each, to choose sliders by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from stylestudio.app.features.edits.moves import spoken
from stylestudio.app.widgets.context_menu import Choice, offer_items
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

PICTURE = 62
MARGIN = 4
NAME_HEIGHT = 16
ROWS = 2  # in sight, at least
CELL = QSize(2 * PICTURE + 1 + 2 * MARGIN, MARGIN + PICTURE + NAME_HEIGHT + 2)
ENDS = (-2.0, 2.0)  # sigmas, of the two pictures
DIRECTION_MIME = "application/x-stylestudio-direction"  # a direction's name, on its way to the list
BELOW, ABOVE = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
NAME = Qt.ItemDataRole.UserRole

Index = QModelIndex | QPersistentModelIndex


class DirectionGrid(QListWidget):
    """Shows directions; a double click, Return or dragging one away takes it."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_Tile(self))
        self.setAccessibleName("Directions")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMinimumHeight(ROWS * CELL.height() + 2 * self.frameWidth())
        self.itemDoubleClicked.connect(self._on_double_click)
        offer_items(
            self,
            lambda item: (Choice("Add to the sliders", lambda: self.chosen.emit(item.data(NAME))),),
        )

    def set_names(self, names: Sequence[str]) -> None:
        """Show these directions, without pictures yet."""
        if [*names] == [self.item(row).data(NAME) for row in range(self.count())]:
            return
        self.clear()
        for name in names:
            item = QListWidgetItem(spoken(name), self)
            item.setData(NAME, name)
            item.setSizeHint(CELL)
            item.setToolTip(
                f"{spoken(name)} at {ENDS[0]:g} and +{ENDS[1]:g} sigmas\n"
                "Double-click it, or drag it to the sliders"
            )

    def set_filter(self, text: str) -> None:
        """Show those alone whose name has this in it."""
        wanted = spoken(text.strip()).casefold()
        for row in range(self.count()):
            self.item(row).setHidden(wanted not in self.item(row).text().casefold())

    @property
    def has_any(self) -> bool:
        """Whether the filter lets any direction through."""
        return any(not self.item(row).isHidden() for row in range(self.count()))

    def set_picture(self, name: str, amount: float, image: QImage) -> None:
        """Show what one end of a direction looks like."""
        for row in range(self.count()):
            if self.item(row).data(NAME) == name:
                self.item(row).setData(BELOW if amount < 0 else ABOVE, image)

    def is_full(self) -> bool:
        """Whether all directions in sight have their pictures."""
        named = self.visible_names()
        items = [self.item(row) for row in range(self.count())]
        shown = [each for each in items if each.data(NAME) in named]
        return all(each.data(role) is not None for each in shown for role in (BELOW, ABOVE))

    def visible_names(self) -> list[str]:
        """The directions in sight, from the first on."""
        sight = self.viewport().rect()
        items = [self.item(row) for row in range(self.count())]
        return [
            each.data(NAME)
            for each in items
            if not each.isHidden() and self.visualItemRect(each).intersects(sight)
        ]

    def mimeTypes(self) -> list[str]:
        """What a dragged direction carries."""
        return [DIRECTION_MIME]

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        """Carry the name of the direction."""
        data = QMimeData()
        data.setData(DIRECTION_MIME, items[0].data(NAME).encode())
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return takes the current one; the arrow keys choose."""
        current = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current is not None:
            self.chosen.emit(current.data(NAME))
        else:
            super().keyPressEvent(event)

    def _on_double_click(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(NAME))


class _Tile(QStyledItemDelegate):
    """Draws a direction: its two ends side by side, and its name."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one direction."""
        theme, rect = current_theme(), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not option.state & QStyle.StateFlag.State_Enabled:
            painter.setOpacity(0.35)
        left = QRect(rect.left() + MARGIN, rect.top() + MARGIN, PICTURE, PICTURE)
        for place, role in ((left, BELOW), (left.translated(PICTURE + 1, 0), ABOVE)):
            painter.fillRect(place, QColor(theme.window))
            image = index.data(role)
            if image is not None:
                painter.drawImage(place, image)
        both = left.united(left.translated(PICTURE + 1, 0))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(both)
        place = QRect(both.left(), both.bottom() + 2, both.width(), NAME_HEIGHT)
        painter.setPen(QColor(theme.text))
        name = index.data(Qt.ItemDataRole.DisplayRole)
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All are equal."""
        return CELL
