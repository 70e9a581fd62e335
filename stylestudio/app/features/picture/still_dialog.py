"""What a still should be like: its format, size and quality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
)

from stylestudio.app.core.recipes import suggested_name
from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe.stills import FORMATS, QUALITIES, SIDES, StillFormat

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.settings import Settings

SCALES = (0.5, 1.0, 2.0, 3.0, 4.0)
CHOICES = "still"  # in the settings: what was chosen last
QUALITY = 92  # at first


@dataclass(frozen=True)
class StillOrder:
    """What to save, and how."""

    pair: ModelRecipe
    path: Path
    format: str
    side: int
    quality: int


class StillDialog(QDialog):
    """Asks, and then where to; `ordered` tells what was chosen."""

    ordered = Signal(object)  # StillOrder

    def __init__(self, pair: ModelRecipe, side: int, settings: Settings, parent: QWidget) -> None:
        """`side` is that of the picture in pixels."""
        super().__init__(parent)
        self._pair, self._side, self._settings = pair, side, settings
        self.setWindowTitle("Save still")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.format = QComboBox()
        self.format.addItems([each.label for each in FORMATS.values()])
        self.format.setAccessibleName("Format")
        self.scale = QComboBox()
        self.scale.addItems([f"{scale:g} ×" for scale in SCALES] + ["Other"])
        self.scale.setCurrentIndex(SCALES.index(1.0))
        self.scale.setAccessibleName("Size")
        self.sides = CountBox()
        self.sides.setRange(*SIDES)
        self.sides.setSuffix(" pixels")
        self.sides.setAccessibleName("Pixels on each side")
        self.quality = CountBox()
        self.quality.setRange(*QUALITIES)
        self.quality.setAccessibleName("Quality")
        for widget in (self.format, self.scale, self.sides, self.quality):
            WheelGuard(widget)
        self.note = QLabel()
        self.note.setProperty("muted", True)
        self.note.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save = QPushButton("Save…")
        self.buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        size = QHBoxLayout()
        size.addWidget(self.scale)
        size.addWidget(self.sides, 1)
        form = QFormLayout(self)
        form.addRow("Format", self.format)
        form.addRow("Size", size)
        form.addRow("Quality", self.quality)
        form.addRow(self.note)
        form.addRow(self.buttons)
        self.setMinimumWidth(420)
        self.save.setDefault(True)
        self._restore()
        self.format.currentIndexChanged.connect(self._show)
        self.scale.currentIndexChanged.connect(self._on_scale)
        self.sides.valueChanged.connect(self._show)
        self.buttons.accepted.connect(self._ask_path)
        self.buttons.rejected.connect(self.reject)
        self._on_scale()
        self._show()

    @property
    def chosen(self) -> StillFormat:
        """The format that is chosen."""
        return FORMATS[self._name]

    @property
    def _name(self) -> str:
        return list(FORMATS)[self.format.currentIndex()]

    def _restore(self) -> None:
        """Offer what was chosen last."""
        name, _, quality = self._settings.text(CHOICES).partition("/")
        if name in FORMATS:
            self.format.setCurrentIndex(list(FORMATS).index(name))
        least, most = QUALITIES
        known = {str(value): value for value in range(least, most + 1)}
        self.quality.setValue(known.get(quality, QUALITY))

    @Slot()
    def _on_scale(self) -> None:
        index = self.scale.currentIndex()
        self.sides.setEnabled(index == len(SCALES))
        if index < len(SCALES):
            self.sides.setValue(round(self._side * SCALES[index]))

    @Slot()
    def _show(self) -> None:
        kind = self.chosen
        self.quality.setEnabled(kind.has_quality)
        said = "This format does not keep the recipe."
        if kind.keeps_recipe:
            said = "Carries its recipe: drop it on the window to go on."
        fits = self.sides.value() <= kind.largest
        self.note.setText(said if fits else kind.limit)
        self.save.setEnabled(fits)

    @Slot()
    def _ask_path(self) -> None:
        kind = self.chosen
        name = suggested_name(self._pair) + kind.suffix
        proposal = Path(self._settings.directory("pictures"), name)
        endings = "*.jpg *.jpeg" if kind.suffix == ".jpg" else f"*{kind.suffix}"
        path = ask_where(self, "Save still", proposal, f"{kind.label} ({endings})")
        if path is not None:
            self.order(path)

    def order(self, path: Path) -> None:
        """Order what is chosen, to be written there."""
        self._settings.set_directory("pictures", path.parent)
        self._settings.set_text(CHOICES, f"{self._name}/{self.quality.value()}")
        self.ordered.emit(
            StillOrder(self._pair, path, self._name, self.sides.value(), self.quality.value())
        )
        self.accept()
