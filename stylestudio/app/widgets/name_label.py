"""A name that a double click or F2 makes a field to type in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QStackedWidget

from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.half_typed import half_typed

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent


class NameLabel(QStackedWidget):
    """Shows a name; `shown` is how people read it, where that differs."""

    renamed = Signal(str)

    def __init__(self, name: str, shown: str, longest: int, *, may_be_empty: bool = False) -> None:
        super().__init__()
        self._name = name
        self._is_locked = False
        self._may_be_empty = may_be_empty
        self.label = ElidedLabel(shown, Qt.TextElideMode.ElideRight)
        self.field = QLineEdit()
        self.field.setMaxLength(longest)
        self.field.setAccessibleName(f"Name of {name or shown}")
        self.field.setStyleSheet("padding: 0 4px")
        self.field.editingFinished.connect(self._on_finished)
        for widget in (self.label, self.field):
            self.addWidget(widget)
        self.setFixedHeight(24)

    def set_name(self, name: str, shown: str) -> None:
        """Show another name; what is being typed stays."""
        self._name = name
        if self.label.text() != shown:
            self.label.setText(shown)

    def set_locked(self, locked: bool) -> None:
        """Let the name be changed, or not."""
        self._is_locked = locked
        self.label.set_tip("" if locked else "Double-click to rename")

    def show_muted(self, muted: bool) -> None:
        """Show it in the colour of what takes no part in the picture."""
        if bool(self.label.property("muted")) != muted:
            self.label.setProperty("muted", muted)
            self.label.style().polish(self.label)

    @Slot()
    def begin(self) -> None:
        """Type another name."""
        self.field.setText(self._name)
        self.field.selectAll()
        self.setCurrentWidget(self.field)
        self.field.setFocus()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Type another name."""
        if not self._is_locked:
            self.begin()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the name as it was."""
        if event.key() == Qt.Key.Key_Escape and self.currentWidget() is self.field:
            self.field.setText(self._name)
            self.setCurrentWidget(self.label)
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_finished(self) -> None:
        if self.currentWidget() is not self.field:
            return
        self.setCurrentWidget(self.label)
        name = self._name if half_typed.is_given_up else self.field.text().strip()
        if name != self._name and (name or self._may_be_empty):
            self.renamed.emit(name)
