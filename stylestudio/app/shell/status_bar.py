"""The line at the bottom: what is on show, how fast it comes, and how large it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QStatusBar

from stylestudio.app.shell.readout import SpeedReadout
from stylestudio.app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from stylestudio.render import Model

DONE_MS = 5000
DEVICES = {"cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Metal)"}


class StatusBar(QStatusBar):
    """Names the model; beside it, the speed and the zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.speed, self.zoom = ElidedLabel(), SpeedReadout(), QLabel()
        self.addWidget(self.state, 1)
        for label in (self.speed, self.zoom):
            self.addPermanentWidget(label)

    @Slot(object)
    def name_model(self, model: Model) -> None:
        """Say which model is on show, and what renders it."""
        sides = f"{model.resolution} × {model.resolution}"
        self.state.setText(f"{model.name} · {sides} · {DEVICES[model.device.type]}")

    @Slot(str)
    def say_done(self, sentence: str) -> None:
        """Say for a while what was done."""
        self.showMessage(sentence, DONE_MS)

    @Slot(float)
    def show_zoom(self, zoom: float) -> None:
        """Show how large a pixel of the picture is drawn, in pixels of the screen."""
        self.zoom.setText(f"{zoom * self.devicePixelRatioF():.0%}")
