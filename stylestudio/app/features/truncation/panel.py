"""How far pictures stray from the average one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.panel import Panel

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import Recipe


class TruncationPanel(Panel):
    """psi and cutoff."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.psi = self.add_row(
            "truncation_psi",
            "Character (psi)",
            "0 gives the average image, 1 the model as trained; negative values give the opposite.",
        )
        self.cutoff = self.add_row(
            "truncation_cutoff",
            "Up to layer",
            "How many layers psi acts on, starting from the coarsest.",
        )
        self.column.addStretch(1)

    def show_recipe(self, recipe: Recipe) -> None:
        """Grey out the cutoff where it changes nothing."""
        has_effect = recipe.truncation_psi != 1.0
        self.cutoff.set_available("" if has_effect else "Psi is 1, so truncation has no effect.")
