"""What is asked of an inversion: how it goes, how long, and how close it is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.inversion import EDITABILITY

if TYPE_CHECKING:
    from stylestudio.inversion import Method

# What people read, what it is in the papers, and the method.
METHODS: tuple[tuple[str, str, Method], ...] = (
    ("Closest", "Finds a w for each layer (W+)", "w+"),
    ("Easiest to edit", "Finds a single w for all layers (W), with noise maps", "w"),
    (
        "Closest, adjusting the model",
        "Finds a latent in W+, then tunes the model's weights around it (PTI, pivotal tuning)",
        "tune",
    ),
)


class NarrowBox(QComboBox):
    """A box whose long entries widen no dock."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        WheelGuard(self)


class MethodBox(NarrowBox):
    """The methods, of which `currentData` is the chosen one."""

    def __init__(self) -> None:
        super().__init__()
        for row, (text, tip, method) in enumerate(METHODS):
            self.addItem(text, method)
            self.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        self.setAccessibleName("What the inversion finds")
        self.setToolTip("\n".join(f"{text}: {tip}" for text, tip, _ in METHODS))


class StepsBox(CountBox):
    """How many steps it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(10, 5000)
        self.setValue(200)
        self.setSuffix(" steps")
        self.setAccessibleName("Steps")


class LikenessSlider(QWidget):
    """A value of editability, under the words for its two ends."""

    def __init__(self) -> None:
        super().__init__()
        self.value = ValueRow(
            "From likeness to the model's own look",
            (0.0, 1.0),
            EDITABILITY,
            tip="0 is closest to the photo; 1 looks like the model's own pictures and edits well. "
            "In the papers, this is the weight of the prior on the latent (P-norm).",
        )
        self.value.label.hide()
        low, high = QLabel("Likeness"), QLabel("Model's own look")
        high.setAlignment(Qt.AlignmentFlag.AlignRight)
        for label in (low, high):
            label.setProperty("muted", True)
        ends = in_a_row(low, high)
        ends.setToolTip(self.value.toolTip())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(ends)
        column.addWidget(self.value)


def in_a_row(*widgets: QWidget) -> QWidget:
    """Widgets of one width beside each other."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget, 1)
    return holder
