"""Moving and turning the scene within the picture, for models that can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.app.core.panel import Panel

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document


class PlacementPanel(Panel):
    """Shift in picture widths and heights, and turn in degrees."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.right = self.add_row("translate_x", "Right")
        self.down = self.add_row("translate_y", "Down")
        self.turn = self.add_row("rotate", "Turn °")
        self.column.addStretch(1)
