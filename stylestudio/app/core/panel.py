"""What all panels share: they follow the document, and know neither each other nor the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.widgets.half_typed import half_typed
from stylestudio.recipe import parameters

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model


class Panel(QWidget):
    """A column of controls over a part of the recipe.

    `controls` says which widget moves which parameter, by its path; that of a list of numbers,
    such as `noise_layers`, moves them all, groups of them included.
    """

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.controls: dict[str, QWidget] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 6, 12, 12)
        self.column.setSpacing(8)
        document.model_changed.connect(self._follow_model)
        document.recipe_changed.connect(self._follow_recipe)
        self.setEnabled(False)

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter, None where this panel has none."""
        while path and path not in self.controls:
            path = path.rpartition(".")[0]
        return self.controls.get(path)

    def add_row(self, path: str, name: str, tip: str = "") -> ParameterRow:
        """Put a row for a parameter at the end of the column."""
        row = ParameterRow(self.document, path, name, tip)
        self.controls[path] = row
        self.column.addWidget(row)
        return row

    def show_model(self, model: Model) -> None:
        """Fit the controls to another model."""

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a recipe without editing it."""

    def edit(self, text: str, gesture: object = None, **fields: Any) -> None:
        """Change fields of the current recipe, as one undo step a gesture."""
        recipe = self.document.recipe
        if recipe is not None:
            self.document.set(recipe.replace(**fields), text, gesture)

    def scroll_to(self, widget: QWidget) -> None:
        """Bring a part of the panel in sight, where it scrolls."""
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(widget)

    def _rows(self) -> list[ParameterRow]:
        return [row for row in self.controls.values() if isinstance(row, ParameterRow)]

    @Slot(object)
    def _follow_model(self, model: Model) -> None:
        self.setEnabled(True)
        assert self.document.recipe is not None
        table = {each.path: each for each in parameters(model, self.document.recipe)}
        with half_typed.given_up():
            for row in self._rows():
                if row.path in table:
                    row.show_parameter(table[row.path], model)
            self.show_model(model)

    @Slot(object)
    def _follow_recipe(self, recipe: Recipe) -> None:
        with half_typed.given_up():
            for row in self._rows():
                row.show_recipe(recipe)
            self.show_recipe(recipe)
