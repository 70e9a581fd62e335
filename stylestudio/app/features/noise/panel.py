"""The stochastic detail: where it comes from, and how strong it is in each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton

from stylestudio.app.core.panel import Panel
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe import NOISE_GRAIN_RANGE, NOISE_LAYER_RANGE, NOISE_STRENGTH_RANGE

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import NoiseMode, Recipe
    from stylestudio.render import Model

MODES: dict[NoiseMode, tuple[str, str]] = {
    "const": ("Const", "The noise stored with the model."),
    "seeded": ("Seeded", "Noise of your own, the same for the same seed."),
    "flowing": ("Flowing", "Noise that flows while the timeline plays, and closes in a loop."),
    "none": ("None", "No noise: a smoother, more painterly picture."),
}
NO_NOISE_LAYERS = "This model adds no noise in any layer."


class NoisePanel(Panel):
    """Mode, seed, overall strength and a strength for each layer."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._model: Model | None = None
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
        row.addWidget(self.seed, 1)
        self.strength = ValueRow("Strength", NOISE_STRENGTH_RANGE, 1.0)
        self.turn = ValueRow("Turn", (0.0, 1.0), 0.0, tip="Where the flow is; 1 is 0 again.")
        self.grain = ValueRow("Grain", NOISE_GRAIN_RANGE, 1.0, tip="In pixels of each layer.")
        self.layers = LayerBars(
            "Noise strength of each layer", maximum=NOISE_LAYER_RANGE[1], default=1.0
        )
        self.column.addLayout(row)
        for value_row in (self.strength, self.turn, self.grain):
            self.column.addWidget(value_row)
        self.column.addWidget(self.layers)
        self.column.addStretch(1)
        self.seed.edited.connect(self._on_seed)
        self.strength.edited.connect(self._on_strength)
        self.turn.edited.connect(self._on_turn)
        self.grain.edited.connect(self._on_grain)
        self.layers.edited.connect(self._on_layers)

    def show_model(self, model: Model) -> None:
        """Show a bar for each convolution; the last row of ws drives only colour."""
        self._model = model
        self.layers.set_layers(model.layers[:-1])

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the noise fields, and grey out what cannot act."""
        assert self._model is not None
        reason = "" if self._model.has_noise else NO_NOISE_LAYERS
        for mode, button in self.modes.items():
            button.setChecked(mode == recipe.noise_mode)
            button.setEnabled(not reason)
            button.setToolTip(reason or MODES[mode][1])
        self.seed.set_seed(recipe.noise_seed)
        self.seed.setEnabled(recipe.noise_mode in ("seeded", "flowing") and not reason)
        if recipe.noise_mode == "none":
            reason = reason or "The noise is switched off."
        flows = recipe.noise_mode == "flowing" and not reason
        self.turn.set_value(recipe.noise_turn % 1.0)
        self.grain.set_value(recipe.noise_grain)
        for value_row in (self.turn, self.grain):
            value_row.setVisible(flows)
        self.strength.set_value(recipe.noise_strength)
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

    @Slot(float, object)
    def _on_strength(self, value: float, gesture: object) -> None:
        self.edit("Change noise strength", ("noise strength", gesture), noise_strength=value)

    @Slot(float, object)
    def _on_turn(self, value: float, gesture: object) -> None:
        self.edit("Turn the noise", ("noise turn", gesture), noise_turn=value)

    @Slot(float, object)
    def _on_grain(self, value: float, gesture: object) -> None:
        self.edit("Change the grain", ("noise grain", gesture), noise_grain=value)

    @Slot(object, object)
    def _on_layers(self, values: tuple[float, ...], gesture: object) -> None:
        untouched = all(value == 1.0 for value in values)
        self.edit(
            "Change layer noise",
            ("noise layers", gesture),
            noise_layers=() if untouched else values,
        )
