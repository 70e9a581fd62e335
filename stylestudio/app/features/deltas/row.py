"""One delta: how far it changes the weights, by groups of layers or one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot

from stylestudio.app.core.part_row import PartRow
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.small_button import small_button
from stylestudio.recipe.layers import GROUPS
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.app.features.deltas.library import Facts
    from stylestudio.recipe import DeltaUse
    from stylestudio.render import Model

MISSING = "“{}” isn't open: open its file, or remove the row."
MAPPING_TIP = "0 keeps this model's seeds and average, 1 uses the other's"


class DeltaRow(PartRow):
    """Shows a delta of the document's recipe, as long as its weights stay the same."""

    shared = Signal(str, object, object)  # name, a share for each layer, gesture token

    def __init__(self, delta: DeltaUse, document: Document, model: Model) -> None:
        title = ElidedLabel(delta.name, Qt.TextElideMode.ElideMiddle)
        super().__init__(delta.name, form_of(delta, model), title, document, model)
        self.open = small_button("", "Show a bar for each layer", f"Layers of {delta.name}")
        self.open.setArrowType(Qt.ArrowType.RightArrow)
        path, name = f"deltas.{delta.name}", "All" if delta.is_crossfade else "Amount"
        self.add_row(f"{path}.amount", name, "0 leaves the model as it is")
        has = {layer.group for layer in model.layers}
        for group in GROUPS:
            if group in has:
                tip = f"A share of the amount, for the {group} layers"
                self.add_row(f"{path}.layers.{group}", group.capitalize(), tip)
        if delta.is_crossfade:
            self.add_row(f"{path}.mapping", "Mapping", MAPPING_TIP)
        number = NUMBERS["deltas.layers"]
        self.bars = LayerBars(f"Layers of {delta.name}", maximum=1.0, default=number.default)
        self.bars.set_layers(model.layers)
        self.bars.hide()
        self._bars_path = f"{path}.layers"
        self.lay_out_head(self.mute, self.remove, leading=self.open)
        for widget in (self.about, *self.rows.values(), self.bars):
            self.column.addWidget(widget)
        self.open.toggled.connect(self._on_open)
        self.bars.edited.connect(self._on_bars)

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter; the bars move those of all layers."""
        if path == self._bars_path or path.rpartition(".")[0] == self._bars_path:
            return self.rows.get(path) or self.bars
        return super().control(path)

    def show_delta(
        self, delta: DeltaUse, facts: Facts | None, num_ws: int, *, missing: bool
    ) -> None:
        """Show where it stands, and what is known of its weights."""
        self.show_muted(delta.muted, faded=missing)
        self.bars.set_values(delta.layers or (1.0,) * num_ws)
        words = "" if facts is None else facts.words
        self.say(MISSING.format(delta.weights.name) if missing else words)
        reason = "Its file is not open." if missing else ""
        for path, row in self.rows.items():
            group = path.rpartition(".")[2]
            idle = facts is not None and group in GROUPS and group not in facts.groups
            row.set_available(reason or (f"It changes no {group} layers." if idle else ""))
        self.bars.set_available(reason)

    @Slot(bool)
    def _on_open(self, on: bool) -> None:
        self.open.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.bars.setVisible(on)

    @Slot(object, object)
    def _on_bars(self, shares: tuple[float, ...], gesture: object) -> None:
        self.shared.emit(self.name, shares, gesture)


def form_of(delta: DeltaUse, model: Model) -> object:
    """What decides which controls a delta has."""
    return delta.weights, model.sha256
