"""A seed to type, with a dice beside it."""

from __future__ import annotations

import random

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.number_box import NumberBox
from stylestudio.app.widgets.theme import icon
from stylestudio.recipe.sources import MAX_SEED

DICE_SEEDS = 100_000  # rolled seeds stay short enough to write down


class SeedBox(QWidget):
    """Edits one seed, 0..2**32-1 (a spin box of whole floats, since Qt's ints end at 2**31)."""

    edited = Signal(object, object)  # seed (beyond the 31 bits of Qt's int), gesture token

    def __init__(self, name: str) -> None:
        super().__init__()
        self._gesture = Gesture()
        self.box = NumberBox()
        self.box.setRange(0, MAX_SEED)
        self.box.setDecimals(0)
        self.box.setMinimumWidth(70)
        self.box.setAccessibleName(name)
        self.box.setToolTip(f"{name}, from 0 to {MAX_SEED}")
        self.dice = QToolButton()
        self.dice.setIcon(icon("dice"))
        self.dice.setAccessibleName(f"Roll a random {name.lower()}")
        self.dice.setToolTip("Roll a random seed")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box, 1)
        row.addWidget(self.dice)
        self.box.valueChanged.connect(self._on_box)
        # Once a seed is entered, letters are shortcuts again and no longer for the field.
        self.box.lineEdit().returnPressed.connect(self.box.clearFocus)
        self.dice.clicked.connect(self._roll)

    def set_seed(self, seed: int | None) -> None:
        """Show a seed, or that the source is not a single seed."""
        with QSignalBlocker(self.box):
            # Below the first seed stands "no single seed", so that even 0 can be typed over it.
            self.box.setMinimum(-1 if seed is None else 0)
            self.box.setSpecialValueText("—" if seed is None else "")
            self.box.setValue(-1 if seed is None else seed)
        self.box.lineEdit().deselect()

    @Slot(float)
    def _on_box(self, value: float) -> None:
        if value >= 0:
            self.edited.emit(int(value), self._gesture.token())

    @Slot()
    def _roll(self) -> None:
        self._gesture.begin()  # every roll is a step of its own, however quick
        self.edited.emit(random.randrange(DICE_SEEDS), self._gesture.token())
        self._gesture.end()
