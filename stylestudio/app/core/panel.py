"""What all panels share: they follow the document, and know neither each other nor the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model


class Panel(QWidget):
    """A column of controls over a part of the recipe."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 6, 12, 12)
        self.column.setSpacing(8)
        document.model_changed.connect(self._follow_model)
        document.recipe_changed.connect(self._follow_recipe)
        self.setEnabled(False)

    def show_model(self, model: Model) -> None:
        """Fit the controls to another model."""

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a recipe without editing it."""

    def edit(self, text: str, gesture: object = None, **fields: Any) -> None:
        """Change fields of the current recipe, as one undo step a gesture."""
        recipe = self.document.recipe
        if recipe is not None:
            self.document.set(recipe.replace(**fields), text, gesture)

    @Slot(object)
    def _follow_model(self, model: Model) -> None:
        self.setEnabled(True)
        self.show_model(model)

    @Slot(object)
    def _follow_recipe(self, recipe: Recipe) -> None:
        self.show_recipe(recipe)
