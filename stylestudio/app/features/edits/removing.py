"""Asks which directions to remove from an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.features.edits.moves import spoken
from stylestudio.app.widgets.enter_list import EnterList
from stylestudio.editing import DirectionError, without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.recipe import Edit

ABOUT = "Remove from {name} what these directions change, so that they stay as they are."


class RemoveDialog(QDialog):
    """A list of directions to tick; emits the edit without them."""

    freed = Signal(object)  # Edit, under the name that it had

    def __init__(self, edit: Edit, others: Sequence[Edit], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Remove from it")
        self._edit = edit
        self._others = {each.name: each for each in others if each.vector != edit.vector}
        about = QLabel(ABOUT.format(name=spoken(edit.name)))
        about.setWordWrap(True)
        about.setTextFormat(Qt.TextFormat.PlainText)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search directions")
        self.search.setClearButtonEnabled(True)
        self.list = EnterList()
        self.list.setAccessibleName("Directions to remove")
        for name in self._others:
            item = QListWidgetItem(spoken(name), self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(2 * self.state.fontMetrics().height())
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.remove = QPushButton("Remove")
        self.remove.setEnabled(False)
        self.buttons.addButton(self.remove, QDialogButtonBox.ButtonRole.AcceptRole)
        column = QVBoxLayout(self)
        for widget in (about, self.search, self.list, self.state, self.buttons):
            column.addWidget(widget)
        self.resize(320, 420)
        self.search.textChanged.connect(self._on_search)
        self.list.itemChanged.connect(self._on_ticked)
        self.list.itemDoubleClicked.connect(self._on_taken)
        self.list.entered_item.connect(self._on_taken)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)

    def chosen(self) -> list[Edit]:
        """The directions that are ticked."""
        items = [self.list.item(row) for row in range(self.list.count())]
        ticked = [each for each in items if each.checkState() == Qt.CheckState.Checked]
        return [self._others[each.data(Qt.ItemDataRole.UserRole)] for each in ticked]

    @Slot(str)
    def _on_search(self, text: str) -> None:
        wanted = spoken(text.strip()).casefold()
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(wanted not in item.text().casefold())

    @Slot()
    def _on_ticked(self) -> None:
        self.state.clear()
        self.remove.setEnabled(bool(self.chosen()))

    @Slot(QListWidgetItem)
    def _on_taken(self, item: QListWidgetItem) -> None:
        """A double click or Return ticks, too."""
        is_on = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if is_on else Qt.CheckState.Checked)

    @Slot()
    def _on_accepted(self) -> None:
        try:
            freed = without(self._edit, self.chosen())
        except DirectionError as error:
            sentence = str(error)
            self.state.setText(sentence[:1].upper() + sentence[1:])
            return
        self.freed.emit(freed)
        self.accept()
