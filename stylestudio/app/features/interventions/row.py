"""What rows of the dock share: a name, buttons, and a row for each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QLineEdit

from stylestudio.app.core.part_row import MovablePartRow
from stylestudio.app.core.source_controls import SeedRow
from stylestudio.app.widgets.half_typed import half_typed
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe import Intervention, Region
from stylestudio.recipe.edits import LONGEST_NAME

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.recipe import AnyIntervention, Recipe
    from stylestudio.render import Model

BRUSH = "Paint on the picture where it acts; click again to put the brush away"


class BendRow(MovablePartRow):
    """Shows an intervention of the document's recipe, as long as its kind stays the same."""

    changed = Signal(object, str)  # the intervention that takes its place, and what was done
    renamed = Signal(str, str)  # old, new
    painted = Signal(str, bool)  # the brush is wanted, or not any more

    def __init__(self, shown: AnyIntervention, document: Document, model: Model) -> None:
        title = QLineEdit(shown.name)
        super().__init__(shown.name, form_of(shown), title, document, model)
        self._shown = shown
        self._title = title
        self.seeds: dict[str, SeedRow] = {}  # by path
        title.setMaxLength(LONGEST_NAME)
        title.setFrame(False)
        title.setAccessibleName(f"Name of {shown.name}")
        title.setToolTip("Its name; type to change it")
        self.brush = small_button("brush", BRUSH, f"Paint where {shown.name} acts")
        self.lay_out_head(self.brush, self.mute, self.up, self.down, self.remove)
        title.editingFinished.connect(self._on_renamed)
        self.brush.clicked.connect(self._on_brush)

    def add_number(self, end: str, name: str, tip: str = "") -> QWidget:
        """Make a row for one of its parameters, for the caller to place."""
        path = f"interventions.{self.name}.{end}"
        if not end.endswith("seed"):
            return self.add_row(path, name, tip)
        self.seeds[path] = SeedRow(self.document, self.parameter(path), name)
        return self.seeds[path]

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter, None where this row has none."""
        return self.seeds.get(path) or super().control(path)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the numbers that a recipe has."""
        super().show_recipe(recipe)
        for row in self.seeds.values():
            row.show_recipe(recipe)

    def show_intervention(self, shown: AnyIntervention, *, first: bool, last: bool) -> None:
        """Show where it stands."""
        self._shown = shown
        self.show_muted(shown.muted)
        self.show_place(first=first, last=last)

    @Slot()
    def _on_renamed(self) -> None:
        name = "" if half_typed.is_given_up else self._title.text().strip()
        if name and name != self.name:
            self.renamed.emit(self.name, name)
        else:
            self._title.setText(self.name)

    @Slot(bool)
    def _on_brush(self, on: bool) -> None:
        self.painted.emit(self.name, on)


def form_of(shown: AnyIntervention) -> object:
    """What decides which controls one has."""
    return shown.operation if isinstance(shown, Intervention) else Region


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
