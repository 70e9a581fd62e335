"""One stage: its network, how strongly it changes the picture, and its own amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot

from stylestudio.app.core.part_row import MovablePartRow
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.small_button import small_button

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.stages.library import Facts
    from stylestudio.recipe import Stage
    from stylestudio.render import Model

MISSING = "The file of “{}” is not open; open it, or remove the stage."
BLEND = (
    "Blend with a softer enlarger of the same architecture; Sharpness sets how much of this "
    "one is used"
)


class StageRow(MovablePartRow):
    """Shows a stage of the document's recipe, as long as its network stays the same."""

    blend_asked = Signal(str)

    def __init__(self, stage: Stage, document: Document, model: Model) -> None:
        title = ElidedLabel(stage.name, Qt.TextElideMode.ElideMiddle)
        super().__init__(stage.name, form_of(stage), title, document, model)
        self.blend = small_button("layers", BLEND, f"Blend {stage.name}", checkable=False)
        path = f"stages.{stage.name}"
        self.add_row(f"{path}.strength", "Strength", "0 leaves the picture unchanged")
        if stage.softer is not None:
            tip = f"0 is all {stage.softer.name}, 1 all {stage.network.name}"
            self.add_row(f"{path}.sharpness", "Sharpness", tip)
        for attribute, _ in stage.attributes:
            words = attribute if not attribute.isdecimal() else f"Attribute {attribute}"
            self.add_row(f"{path}.attributes.{attribute}", words.capitalize())
        self.lay_out_head(self.mute, self.blend, self.up, self.down, self.remove)
        self.column.addWidget(self.about)
        for row in self.rows.values():
            self.column.addWidget(row)
        self.blend.clicked.connect(self._on_blend)

    def show_stage(
        self, stage: Stage, facts: Facts | None, *, missing: bool, first: bool, last: bool
    ) -> None:
        """Show where it stands, and what is known of its network."""
        self.show_muted(stage.muted, faded=missing)
        self.show_place(first=first, last=last)
        enlarges = facts is not None and facts.kind == "upscale"
        self.blend.setVisible(enlarges)
        self.say(MISSING.format(stage.network.name) if missing else _words(facts))
        reason = "Its file is not open." if missing else ""
        for row in self.rows.values():
            row.set_available(reason)

    @Slot()
    def _on_blend(self) -> None:
        self.blend_asked.emit(self.name)


def form_of(stage: Stage) -> object:
    """What decides which controls a stage has."""
    return stage.network, stage.softer, tuple(name for name, _ in stage.attributes)


def _words(facts: Facts | None) -> str:
    if facts is None:
        return ""
    if facts.kind == "upscale":
        size = f"Enlarges {facts.scale} times" if facts.scale > 1 else "Cleans the picture"
        return f"{size}, when you pause."
    if facts.kind == "strokes":
        return "Paints in strokes, when you pause."
    return "Translates the picture."
