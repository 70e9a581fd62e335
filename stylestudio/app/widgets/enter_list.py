"""A list in which Return takes an item and goes no further."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


class EnterList(QListWidget):
    """Qt's own list passes Return on, and a dialog then presses its default button as well."""

    entered_item = Signal(QListWidgetItem)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the item with the focus; the arrow keys choose."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self.entered_item.emit(item)
        else:
            super().keyPressEvent(event)
