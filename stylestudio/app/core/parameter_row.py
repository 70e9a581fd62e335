"""A row that edits a parameter of the recipe: all about it stands in the table of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe import RecipeError

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Parameter, Recipe
    from stylestudio.render import Model

WIDE = 100  # a range from which on a step is a whole one
STEP = 0.01


class ParameterRow(ValueRow):
    """Shows and edits one parameter of the document's recipe, once it is told which."""

    def __init__(self, document: Document, path: str, name: str, tip: str = "") -> None:
        self._lacking = ""  # why the model has no use for it
        super().__init__(name, (0.0, 1.0), 0.0, tip=tip)
        self.path = path
        self._document = document
        self._about = tip
        self._parameter: Parameter | None = None
        self.edited.connect(self._on_edited)

    def show_parameter(self, parameter: Parameter, model: Model) -> None:
        """Take range, steps, reset and whether it acts from the table, for this model."""
        self._parameter = parameter
        low, high = parameter.travel
        if parameter.whole:
            self.set_steps(1, 0)
        elif high - low > WIDE:
            self.set_steps(1, 1)
        else:
            self.set_steps(STEP, 3)
        self.set_bounds(parameter.range, parameter.start, parameter.travel)
        unit = f" {parameter.unit}" if parameter.unit else ""
        self.set_tip(f"{parameter.name}: {low:g} to {high:g}{unit}. {self._about}".strip())
        self._lacking = parameter.available(model)
        self.set_available()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the value that a recipe has; one that lacks it changes nothing."""
        if self._parameter is None:
            return
        try:
            value = self._parameter.get(recipe)
        except RecipeError:
            return
        self.set_value(value)

    def set_available(self, reason: str = "") -> None:
        """Grey the row out because of the model, or for another reason, or make it usable."""
        super().set_available(self._lacking or reason)

    @Slot(float, object)
    def _on_edited(self, value: float, gesture: object) -> None:
        recipe = self._document.recipe
        if recipe is not None and self._parameter is not None:
            changed = self._parameter.set(recipe, value)
            self._document.set(changed, self._parameter.name, (self.path, gesture))
