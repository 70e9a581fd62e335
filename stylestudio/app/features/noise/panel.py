"""The stochastic detail: where it comes from, and how strong it is in each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QFormLayout, QHBoxLayout, QPushButton

from stylestudio.app.core.panel import Panel
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.recipe import find_parameter
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import NoiseMode, Recipe
    from stylestudio.render import Model

MODES: dict[NoiseMode, tuple[str, str]] = {
    "const": ("Fixed", "The noise stored with the model."),
    "seeded": ("Seeded", "Your own noise; a seed always gives the same."),
    "flowing": ("Flowing", "Noise that flows while the timeline plays and loops seamlessly."),
    "none": ("None", "No noise: a smoother, more painterly picture."),
}


class NoisePanel(Panel):
    """Mode, seed, overall strength and a strength for each layer."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._lacking = ""  # why the model has no use for any of it
        self.modes: dict[NoiseMode, QPushButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        for mode, (name, tip) in MODES.items():
            button = QPushButton(name)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"Noise: {name.lower()}")
            group.addButton(button)
            self.modes[mode] = button
            row.addWidget(button)
        group.buttonClicked.connect(self._on_mode)
        self.seed = SeedBox("Noise seed")
        self.column.addLayout(row)
        seed_row = QFormLayout()
        seed_row.addRow("Seed", self.seed)
        self.column.addLayout(seed_row)
        self.strength = self.add_row(
            "noise_strength", "Strength", "Scales the noise of all layers."
        )
        self.turn = self.add_row("noise_turn", "Turn", "Position in the flow; 1 is the same as 0.")
        self.reach = self.add_row(
            "noise_reach", "Reach", "How far the noise moves; 0 holds it still."
        )
        self.grain = self.add_row(
            "noise_grain", "Grain", "How coarse the noise is, in every layer."
        )
        number = NUMBERS["noise_layers"]
        self.layers = LayerBars(
            "Noise strength of each layer", maximum=number.range[1], default=number.default
        )
        self.column.addWidget(self.layers)
        self.controls |= {"noise_seed": self.seed, "noise_layers": self.layers}
        self.column.addStretch(1)
        self.seed.edited.connect(self._on_seed)
        self.layers.edited.connect(self._on_layers)

    def show_model(self, model: Model) -> None:
        """Show a bar for each convolution; the last row of ws drives only colour."""
        assert self.document.recipe is not None
        parameter = find_parameter(model, self.document.recipe, "noise_seed")
        self._lacking = parameter.available(model)
        self.layers.set_layers(model.layers[:-1])

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the noise fields, and grey out what cannot act."""
        reason = self._lacking
        for mode, button in self.modes.items():
            button.setChecked(mode == recipe.noise_mode)
            button.setEnabled(not reason)
            button.setToolTip(reason or MODES[mode][1])
        self.seed.set_seed(recipe.noise_seed)
        self.seed.setEnabled(recipe.noise_mode in ("seeded", "flowing") and not reason)
        if recipe.noise_mode == "none":
            reason = reason or "Noise is off."
        self.turn.set_value(recipe.noise_turn % 1.0)  # whole turns are the same place
        for row in (self.turn, self.reach, self.grain):
            row.setVisible(recipe.noise_mode == "flowing" and not reason)
        self.strength.set_available(reason)
        self.layers.set_values(recipe.noise_layers or (1.0,) * (recipe.model.num_ws - 1))
        self.layers.set_available(reason)

    @Slot(object)
    def _on_mode(self, clicked: QPushButton) -> None:
        mode = next(mode for mode, button in self.modes.items() if button is clicked)
        self.edit("Change noise", noise_mode=mode)

    @Slot(object, object)
    def _on_seed(self, seed: int, gesture: object) -> None:
        self.edit("Change noise seed", ("noise seed", gesture), noise_seed=seed)

    @Slot(object, object)
    def _on_layers(self, values: tuple[float, ...], gesture: object) -> None:
        untouched = all(value == 1.0 for value in values)
        self.edit(
            "Change layer noise",
            ("noise layers", gesture),
            noise_layers=() if untouched else values,
        )
