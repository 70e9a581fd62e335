"""What rows of the dock share: a name, buttons, and a row for each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.core.source_controls import SeedRow
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe import find_parameter
from stylestudio.recipe.edits import LONGEST_NAME

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import AnyIntervention, Recipe
    from stylestudio.render import Model

BRUSH = "Paint on the picture where it acts; click again to put the brush away"


class BendRow(QWidget):
    """Shows an intervention of the document's recipe, as long as its kind stays the same."""

    changed = Signal(object, str)  # the intervention that takes its place, and what was done
    renamed = Signal(str, str)  # old, new
    moved = Signal(str, int)  # by so many places
    removed = Signal(str)
    painted = Signal(str, bool)  # the brush is wanted, or not any more

    def __init__(self, shown: AnyIntervention, document: Document, model: Model) -> None:
        super().__init__()
        self.name = shown.name
        self._shown = shown
        self._document = document
        self._model = model
        self.rows: dict[str, ParameterRow | SeedRow] = {}  # by path
        name = shown.name
        self.title = QLineEdit(name)
        self.title.setMaxLength(LONGEST_NAME)
        self.title.setFrame(False)
        self.title.setAccessibleName(f"Name of {name}")
        self.title.setToolTip("Its name; type to change it")
        self.brush = small_button("brush", BRUSH, f"Paint where {name} acts")
        self.mute = small_button("M", "Leave it out of the picture", f"Mute {name}")
        self.up = small_button("up", "Move it earlier", f"Move {name} up", checkable=False)
        self.down = small_button("down", "Move it later", f"Move {name} down", checkable=False)
        self.remove = small_button("remove", "Remove it", f"Remove {name}", checkable=False)
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setProperty("muted", True)
        self.about.hide()
        self._head = QHBoxLayout()
        self._head.setSpacing(2)
        self._head.addWidget(self.title, 1)
        for button in (self.brush, self.mute, self.up, self.down, self.remove):
            self._head.addWidget(button)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 10)
        self.column.setSpacing(4)
        self.column.addLayout(self._head)
        self.title.editingFinished.connect(self._on_renamed)
        self.brush.clicked.connect(self._on_brush)
        self.mute.clicked.connect(self._on_mute)
        self.up.clicked.connect(self._on_up)
        self.down.clicked.connect(self._on_down)
        self.remove.clicked.connect(self._on_remove)

    def add_row(self, end: str, name: str, tip: str = "") -> ParameterRow | SeedRow:
        """Make a row for one of its parameters."""
        path = f"interventions.{self.name}.{end}"
        recipe = self._document.recipe
        assert recipe is not None
        parameter = find_parameter(self._model, recipe, path)
        if end.endswith("seed"):
            self.rows[path] = SeedRow(self._document, parameter, name)
        else:
            row = ParameterRow(self._document, path, name, tip)
            row.show_parameter(parameter, self._model)
            self.rows[path] = row
        return self.rows[path]

    def control(self, path: str) -> QWidget | None:
        """The widget that moves a parameter, None where this row has none."""
        return self.rows.get(path)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the numbers that a recipe has."""
        for row in self.rows.values():
            row.show_recipe(recipe)

    def show_intervention(self, shown: AnyIntervention, *, first: bool, last: bool) -> None:
        """Show where it stands."""
        self._shown = shown
        self.mute.setChecked(shown.muted)
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)
        if bool(self.title.property("muted")) != shown.muted:
            self.title.setProperty("muted", shown.muted)
            self.title.style().polish(self.title)

    def say(self, sentence: str) -> None:
        """Show a sentence below the row, "" for none."""
        self.about.setText(sentence)
        self.about.setVisible(bool(sentence))

    @Slot()
    def _on_renamed(self) -> None:
        name = self.title.text().strip()
        if name and name != self.name:
            self.renamed.emit(self.name, name)
        else:
            self.title.setText(self.name)

    @Slot(bool)
    def _on_brush(self, on: bool) -> None:
        self.painted.emit(self.name, on)

    @Slot(bool)
    def _on_mute(self, on: bool) -> None:
        text = f"{'Mute' if on else 'Unmute'} {self.name}"
        self.changed.emit(replace(self._shown, muted=on), text)

    @Slot()
    def _on_up(self) -> None:
        self.moved.emit(self.name, -1)

    @Slot()
    def _on_down(self) -> None:
        self.moved.emit(self.name, 1)

    @Slot()
    def _on_remove(self) -> None:
        self.removed.emit(self.name)


def step_box(model: Model, name: str, tip: str, *, end: str = "") -> QComboBox:
    """A choice of the steps after which there are maps; `end` is what stands after them."""
    box = QComboBox()
    for index, step in enumerate(model.network.synthesis.steps[:-1]):
        box.addItem(f"{index}: {step.name}", index)
    if end:
        box.addItem(end, None)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    WheelGuard(box)
    return box
