"""Rows of a panel for the named parts of a recipe, such as stages, deltas and interventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.widgets.context_menu import offer_buttons
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.tab_order import put_after
from stylestudio.recipe import find_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QToolButton

    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Parameter, Recipe
    from stylestudio.render import Model

Part = TypeVar("Part")


class PartRow(QWidget):
    """A title with buttons, a sentence about the part, and a row for each of its numbers.

    It belongs to one name; what it shows may change as long as `form` stays the same.
    """

    muted = Signal(str, bool)  # name
    removed = Signal(str)

    def __init__(
        self, name: str, form: object, title: QWidget, document: Document, model: Model
    ) -> None:
        super().__init__()
        self.name = name
        self.form = form
        self.title = title
        self.document = document
        self.model = model
        self.rows: dict[str, ParameterRow] = {}  # by path
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setProperty("muted", True)
        self.about.hide()
        self.mute = small_button("M", "Leave it out of the picture", f"Mute {name}")
        self.remove = small_button("remove", "Remove it", f"Remove {name}", checkable=False)
        self._head = QHBoxLayout()
        self._head.setSpacing(2)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 8)
        self.column.setSpacing(4)
        self.column.addLayout(self._head)
        self.mute.clicked.connect(self._on_mute)
        self.remove.clicked.connect(self._on_remove)

    def lay_out_head(self, *buttons: QToolButton, leading: QWidget | None = None) -> None:
        """Put the title and these buttons side by side, after `leading`."""
        if leading is not None:
            self._head.addWidget(leading)
        self._head.addWidget(self.title, 1)
        for button in buttons:
            self._head.addWidget(button)
        offer_buttons(self, *buttons)

    def add_row(self, path: str, name: str, tip: str = "") -> ParameterRow:
        """Make a row for one of its parameters, for the caller to place."""
        row = ParameterRow(self.document, path, name, tip)
        row.show_parameter(self.parameter(path), self.model)
        self.rows[path] = row
        return row

    def parameter(self, path: str) -> Parameter:
        """What the table says of one of its numbers."""
        assert self.document.recipe is not None
        return find_parameter(self.model, self.document.recipe, path)

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter, None where this row has none."""
        return self.rows.get(path)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the numbers that a recipe has."""
        for row in self.rows.values():
            row.show_recipe(recipe)

    def show_muted(self, muted: bool, *, faded: bool = False) -> None:
        """Show whether it is left out; it may look so for another reason, too."""
        self.mute.setChecked(muted)
        if bool(self.title.property("muted")) != (muted or faded):
            self.title.setProperty("muted", muted or faded)
            self.title.style().polish(self.title)

    def say(self, sentence: str) -> None:
        """Show a sentence below the title, "" for none."""
        self.about.setText(sentence)
        self.about.setVisible(bool(sentence))

    @Slot(bool)
    def _on_mute(self, on: bool) -> None:
        self.muted.emit(self.name, on)

    @Slot()
    def _on_remove(self) -> None:
        self.removed.emit(self.name)


class MovablePartRow(PartRow):
    """One whose order counts."""

    moved = Signal(str, int)  # name, by so many places

    def __init__(
        self, name: str, form: object, title: QWidget, document: Document, model: Model
    ) -> None:
        super().__init__(name, form, title, document, model)
        self.up = small_button("up", "Move it earlier", f"Move {name} up", checkable=False)
        self.down = small_button("down", "Move it later", f"Move {name} down", checkable=False)
        self.up.clicked.connect(self._on_up)
        self.down.clicked.connect(self._on_down)

    def show_place(self, *, first: bool, last: bool) -> None:
        """Let it move where there is room."""
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)

    @Slot()
    def _on_up(self) -> None:
        self.moved.emit(self.name, -1)

    @Slot()
    def _on_down(self) -> None:
        self.moved.emit(self.name, 1)


Row = TypeVar("Row", bound=PartRow)


class PartRows(Generic[Row]):
    """A row for each part, in their order, from top to bottom; Tab goes through them."""

    def __init__(self, before: QWidget) -> None:
        self.column = QVBoxLayout()
        self.column.setSpacing(4)
        self.by_name: dict[str, Row] = {}
        self._before = before  # what Tab comes from

    def show_parts(
        self,
        parts: Mapping[str, Part],
        form_of: Callable[[Part], object],
        make: Callable[[Part], Row],
    ) -> None:
        """Keep the rows whose form is still right, drop the others, and make what is missing."""
        old = [*self.by_name.values()]
        kept = {
            name: row
            for name, row in self.by_name.items()
            if name in parts and row.form == form_of(parts[name])
        }
        for name, row in self.by_name.items():
            if name not in kept:
                self._drop(row)
        self.by_name = {name: kept.get(name) or make(part) for name, part in parts.items()}
        if [*self.by_name.values()] != old:
            for place, row in enumerate(self.by_name.values()):
                self.column.insertWidget(place, row)
            put_after(self._before, self.by_name.values())

    def clear(self) -> None:
        """Drop all rows, so that the next ones are made anew."""
        for row in self.by_name.values():
            self._drop(row)
        self.by_name = {}

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter, None where no row has one."""
        found = (row.control(path) for row in self.by_name.values())
        return next(filter(None, found), None)

    def _drop(self, row: Row) -> None:
        self.column.removeWidget(row)
        row.hide()
        row.deleteLater()
