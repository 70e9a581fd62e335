"""Moving and turning the scene within the picture, for models that can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.panel import Panel
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe import ROTATE_RANGE, TRANSLATE_RANGE

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

CANNOT_MOVE = "Only StyleGAN3 models can move their scene; this one is tied to the pixel grid."


class PlacementPanel(Panel):
    """Shift in picture widths and heights, and turn in degrees."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.right = ValueRow("Right", TRANSLATE_RANGE, 0.0)
        self.down = ValueRow("Down", TRANSLATE_RANGE, 0.0)
        self.turn = ValueRow("Turn °", ROTATE_RANGE, 0.0, step=1, decimals=1)
        for row in (self.right, self.down, self.turn):
            self.column.addWidget(row)
        self.column.addStretch(1)
        self.right.edited.connect(self._on_right)
        self.down.edited.connect(self._on_down)
        self.turn.edited.connect(self._on_turn)

    def show_model(self, model: Model) -> None:
        """Grey out what the model cannot do."""
        for row in (self.right, self.down, self.turn):
            row.set_available("" if model.can_move else CANNOT_MOVE)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show where the scene lies."""
        self.right.set_value(recipe.translate_x)
        self.down.set_value(recipe.translate_y)
        self.turn.set_value(recipe.rotate)

    @Slot(float, object)
    def _on_right(self, value: float, gesture: object) -> None:
        self.edit("Move right", ("right", gesture), translate_x=value)

    @Slot(float, object)
    def _on_down(self, value: float, gesture: object) -> None:
        self.edit("Move down", ("down", gesture), translate_y=value)

    @Slot(float, object)
    def _on_turn(self, value: float, gesture: object) -> None:
        self.edit("Turn", ("turn", gesture), rotate=value)
