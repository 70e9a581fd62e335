"""One delta: how far it changes the weights, by groups of layers or one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.small_button import small_button
from stylestudio.recipe import find_parameter
from stylestudio.recipe.layers import GROUPS
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.app.features.deltas.library import Facts
    from stylestudio.recipe import DeltaUse, Recipe
    from stylestudio.render import Model

MISSING = "“{}” isn't open: open its file, or remove the row."
MAPPING_TIP = "0 keeps this model's seeds and average, 1 uses the other's"


class DeltaRow(QWidget):
    """Shows a delta of the document's recipe, as long as its weights stay the same."""

    muted = Signal(str, bool)  # name
    removed = Signal(str)
    shared = Signal(str, object, object)  # name, a share for each layer, gesture token

    def __init__(self, delta: DeltaUse, document: Document, model: Model) -> None:
        super().__init__()
        self.name = delta.name
        self.form = form_of(delta, model)
        self.title = ElidedLabel(delta.name, Qt.TextElideMode.ElideMiddle)
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setProperty("muted", True)
        self.mute = small_button("M", "Leave it out of the picture", f"Mute {delta.name}")
        self.open = small_button("", "Show a bar for each layer", f"Layers of {delta.name}")
        self.open.setArrowType(Qt.ArrowType.RightArrow)
        self.remove = small_button("remove", "Remove it", f"Remove {delta.name}", checkable=False)
        self.rows: dict[str, ParameterRow] = {}  # by path
        path, name = f"deltas.{delta.name}", "All" if delta.is_crossfade else "Amount"
        self._add(document, f"{path}.amount", name, "0 leaves the model as it is")
        has = {layer.group for layer in model.layers}
        for group in GROUPS:
            if group in has:
                tip = f"A share of the amount, for the {group} layers"
                self._add(document, f"{path}.layers.{group}", group.capitalize(), tip)
        if delta.is_crossfade:
            self._add(document, f"{path}.mapping", "Mapping", MAPPING_TIP)
        number = NUMBERS["deltas.layers"]
        self.bars = LayerBars(f"Layers of {delta.name}", maximum=1.0, default=number.default)
        self.bars.set_layers(model.layers)
        self.bars.hide()
        self.controls: dict[str, QWidget] = {**self.rows, f"{path}.layers": self.bars}
        self._lay_out()
        self.mute.clicked.connect(self._on_mute)
        self.open.toggled.connect(self._on_open)
        self.remove.clicked.connect(self._on_remove)
        self.bars.edited.connect(self._on_bars)

    def _add(self, document: Document, path: str, name: str, tip: str) -> None:
        self.rows[path] = ParameterRow(document, path, name, tip)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.open)
        head.addWidget(self.title, 1)
        for button in (self.mute, self.remove):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.about)
        for row in self.rows.values():
            column.addWidget(row)
        column.addWidget(self.bars)

    def show_parameters(self, model: Model, recipe: Recipe) -> None:
        """Take over what the table says of the numbers."""
        for path, row in self.rows.items():
            row.show_parameter(find_parameter(model, recipe, path), model)
            row.show_recipe(recipe)

    def show_delta(
        self, delta: DeltaUse, facts: Facts | None, num_ws: int, *, missing: bool
    ) -> None:
        """Show where it stands, and what is known of its weights."""
        self.mute.setChecked(delta.muted)
        self.bars.set_values(delta.layers or (1.0,) * num_ws)
        words = "" if facts is None else facts.words
        self.about.setText(MISSING.format(delta.weights.name) if missing else words)
        reason = "Its file is not open." if missing else ""
        for path, row in self.rows.items():
            group = path.rpartition(".")[2]
            idle = facts is not None and group in GROUPS and group not in facts.groups
            row.set_available(reason or (f"It changes no {group} layers." if idle else ""))
        self.bars.set_available(reason)
        if bool(self.title.property("muted")) != (delta.muted or missing):
            self.title.setProperty("muted", delta.muted or missing)
            self.title.style().polish(self.title)

    @Slot(bool)
    def _on_mute(self, on: bool) -> None:
        self.muted.emit(self.name, on)

    @Slot(bool)
    def _on_open(self, on: bool) -> None:
        self.open.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.bars.setVisible(on)

    @Slot()
    def _on_remove(self) -> None:
        self.removed.emit(self.name)

    @Slot(object, object)
    def _on_bars(self, shares: tuple[float, ...], gesture: object) -> None:
        self.shared.emit(self.name, shares, gesture)


def form_of(delta: DeltaUse, model: Model) -> object:
    """What decides which controls a delta has."""
    return delta.weights, model.sha256
