"""A delta that a panel has made and put into the picture, with its amount on the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.recipe import parameters
from stylestudio.recipe.deltas import WeightsRef, known_deltas, with_delta

if TYPE_CHECKING:
    from PySide6.QtWidgets import QBoxLayout

    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Recipe
    from stylestudio.render import Delta


class KeptDelta:
    """The one that was kept last."""

    def __init__(self, document: Document, layout: QBoxLayout) -> None:
        """`layout` is where the row of its amount goes."""
        self._document, self._layout = document, layout
        self.name = ""  # what it is called in the recipe
        self.amount: ParameterRow | None = None

    def put(self, delta: Delta, verb: str, in_place_of: str = "") -> None:
        """Put a delta of the model on show into the picture, as one step that `verb` names.

        It takes the place of the recipe's delta of a name, where there is one; crossfades stay.
        """
        recipe, model = self._document.recipe, self._document.model
        assert recipe is not None
        assert model is not None
        known = known_deltas(recipe.deltas).get(in_place_of)
        if known is not None and not known.is_crossfade:
            use = replace(known, weights=WeightsRef.of(delta))
            changed, self.name = recipe.replace(deltas=with_delta(recipe.deltas, use)), known.name
        else:
            changed = recipe.delta(delta)
            self.name = [*known_deltas(changed.deltas)][-1]
        self._document.set(changed, f"{verb} {self.name}")
        path = f"deltas.{self.name}.amount"
        (parameter,) = (each for each in parameters(model, changed) if each.path == path)
        if self.amount is not None:
            self.amount.deleteLater()
        about = f"How much of {self.name} shows"
        self.amount = ParameterRow(self._document, path, "Amount", about)
        self._layout.addWidget(self.amount)
        self.amount.show_parameter(parameter, model)
        self.show_recipe(changed)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the amount, as long as the recipe has the delta."""
        if self.amount is not None:
            self.amount.setVisible(self.name in known_deltas(recipe.deltas))
            self.amount.show_recipe(recipe)
