"""How far pictures stray from the average one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.recipes import FIRST_PSI
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe import PSI_RANGE

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model


class TruncationPanel(Panel):
    """psi and cutoff."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.psi = ValueRow(
            "Psi ψ",
            PSI_RANGE,
            FIRST_PSI,
            tip="0 is the average picture, 1 the model as trained; below 0 turns to the opposite.",
        )
        self.cutoff = ValueRow(
            "Layers",
            (0, 1),
            1,
            step=1,
            decimals=0,
            tip="How many layers, from the coarse end, psi acts on.",
        )
        for row in (self.psi, self.cutoff):
            self.column.addWidget(row)
        self.column.addStretch(1)
        self.psi.edited.connect(self._on_psi)
        self.cutoff.edited.connect(self._on_cutoff)

    def show_model(self, model: Model) -> None:
        """Let the cutoff reach the model's last layer."""
        self.cutoff.set_bounds((0, model.num_ws), model.num_ws)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show psi and cutoff."""
        self.psi.set_value(recipe.truncation_psi)
        cutoff = recipe.truncation_cutoff
        self.cutoff.set_value(recipe.model.num_ws if cutoff is None else cutoff)
        self.cutoff.set_available(
            "Psi is 1, so there is nothing to cut off." if recipe.truncation_psi == 1.0 else ""
        )

    @Slot(float, object)
    def _on_psi(self, value: float, gesture: object) -> None:
        self.edit("Change psi", ("psi", gesture), truncation_psi=value)

    @Slot(float, object)
    def _on_cutoff(self, value: float, gesture: object) -> None:
        recipe = self.document.recipe
        assert recipe is not None
        cutoff = None if round(value) == recipe.model.num_ws else round(value)
        self.edit("Change cutoff", ("cutoff", gesture), truncation_cutoff=cutoff)
