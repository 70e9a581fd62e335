"""One stage: its network, how strongly it changes the picture, and its own amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.small_button import small_button
from stylestudio.recipe import find_parameter

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.stages.library import Facts
    from stylestudio.recipe import Recipe, Stage
    from stylestudio.render import Model

MISSING = "The file of “{}” is not open; open it, or remove the stage."
BLEND = (
    "Blend with a softer enlarger of the same architecture; Sharpness sets how much of this "
    "one is used"
)


class StageRow(QWidget):
    """Shows a stage of the document's recipe, as long as its network stays the same."""

    muted = Signal(str, bool)  # name
    moved = Signal(str, int)  # by so many places
    removed = Signal(str)
    blend_asked = Signal(str)

    def __init__(self, stage: Stage, document: Document) -> None:
        super().__init__()
        self.name = stage.name
        self.form = form_of(stage)
        self.title = ElidedLabel(stage.name, Qt.TextElideMode.ElideMiddle)
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setProperty("muted", True)
        self.mute = small_button("M", "Leave it out of the picture", f"Mute {stage.name}")
        self.blend = small_button("layers", BLEND, f"Blend {stage.name}", checkable=False)
        self.up = small_button("up", "Move it earlier", f"Move {stage.name} up", checkable=False)
        self.down = small_button(
            "down", "Move it later", f"Move {stage.name} down", checkable=False
        )
        self.remove = small_button("remove", "Remove it", f"Remove {stage.name}", checkable=False)
        self.rows: dict[str, ParameterRow] = {}  # by path
        path = f"stages.{stage.name}"
        self._add(document, f"{path}.strength", "Strength", "0 leaves the picture unchanged")
        if stage.softer is not None:
            tip = f"0 is all {stage.softer.name}, 1 all {stage.network.name}"
            self._add(document, f"{path}.sharpness", "Sharpness", tip)
        for attribute, _ in stage.attributes:
            words = attribute if not attribute.isdecimal() else f"Attribute {attribute}"
            self._add(document, f"{path}.attributes.{attribute}", words.capitalize())
        self._lay_out()
        self.mute.clicked.connect(self._on_mute)
        self.blend.clicked.connect(self._on_blend)
        self.up.clicked.connect(self._on_up)
        self.down.clicked.connect(self._on_down)
        self.remove.clicked.connect(self._on_remove)

    def _add(self, document: Document, path: str, name: str, tip: str = "") -> None:
        self.rows[path] = ParameterRow(document, path, name, tip)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title, 1)
        for button in (self.mute, self.blend, self.up, self.down, self.remove):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.about)
        for row in self.rows.values():
            column.addWidget(row)

    def show_parameters(self, model: Model, recipe: Recipe) -> None:
        """Take over what the table says of the numbers."""
        for path, row in self.rows.items():
            row.show_parameter(find_parameter(model, recipe, path), model)
            row.show_recipe(recipe)

    def show_stage(
        self, stage: Stage, facts: Facts | None, *, missing: bool, first: bool, last: bool
    ) -> None:
        """Show where it stands, and what is known of its network."""
        self.mute.setChecked(stage.muted)
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)
        enlarges = facts is not None and facts.kind == "upscale"
        self.blend.setVisible(enlarges)
        self.about.setText(MISSING.format(stage.network.name) if missing else _words(facts))
        reason = "Its file is not open." if missing else ""
        for row in self.rows.values():
            row.set_available(reason)
        if bool(self.title.property("muted")) != (stage.muted or missing):
            self.title.setProperty("muted", stage.muted or missing)
            self.title.style().polish(self.title)

    @Slot(bool)
    def _on_mute(self, on: bool) -> None:
        self.muted.emit(self.name, on)

    @Slot()
    def _on_blend(self) -> None:
        self.blend_asked.emit(self.name)

    @Slot()
    def _on_up(self) -> None:
        self.moved.emit(self.name, -1)

    @Slot()
    def _on_down(self) -> None:
        self.moved.emit(self.name, 1)

    @Slot()
    def _on_remove(self) -> None:
        self.removed.emit(self.name)


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
