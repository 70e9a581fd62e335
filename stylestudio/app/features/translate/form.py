"""What a training of translators begins with: its two sides, its name and its length."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit

from stylestudio.app.core.training_panel import TrainingForm
from stylestudio.app.features.translate.trainings import Asked, Side
from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.side_by_side import side_by_side
from stylestudio.app.widgets.small_button import small_button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.app.core.trainings import Training

RESOLUTIONS = (16, 32, 64, 128, 256)
A, B = 0, 1


class TranslateForm(TrainingForm):
    """Fields for a training; `asked` is what stands there."""

    folder_asked = Signal(int)  # for A or B
    looks_asked = Signal()  # before the list of a side opens

    def __init__(self) -> None:
        super().__init__()
        self.sides = tuple(
            LookBox(name, tip)
            for name, tip in (
                ("Pictures of A", "What is to be translated"),
                ("Pictures of B", "What it is to become"),
            )
        )
        self.folders = tuple(
            small_button(
                "folder", f"Pictures of a folder as {side}", f"Folder of {side}", checkable=False
            )
            for side in ("A", "B")
        )
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the translator")
        self.name.setToolTip("What the translator is called")
        self.resolution = ChoiceBox("Side to learn at", "Translators take pictures of any size")
        self.resolution.setMinimumWidth(80)
        for side in RESOLUTIONS:
            self.resolution.addItem(f"{side} px", side)
        self.resolution.setCurrentIndex(RESOLUTIONS.index(64))
        self.steps = CountBox()
        self.steps.setRange(1, 1_000_000)
        self.steps.setSingleStep(1000)
        self.steps.setValue(8000)
        self.steps.setGroupSeparatorShown(True)
        self.steps.setSuffix(" steps")
        self.steps.setAccessibleName("Steps")
        self.steps.setToolTip("How long to train; can't be changed later")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, box, button in zip(("From A", "To B"), self.sides, self.folders, strict=True):
            form.addRow(title, side_by_side(box, button))
        form.addRow("Name", self.name)
        form.addRow("Length", side_by_side(self.steps, self.resolution))
        for place, (box, button) in enumerate(zip(self.sides, self.folders, strict=True)):
            box.currentIndexChanged.connect(self._on_side)
            box.opening.connect(self.looks_asked)
            button.clicked.connect(partial(self.folder_asked.emit, place))
        self.name.textChanged.connect(self.changed)

    def set_looks(self, looks: Sequence[Side]) -> None:
        """Offer looks; the folders that were chosen stay, and what is chosen, too.

        A look that is chosen becomes what has its name now.
        """
        for box in self.sides:
            now = box.currentData()
            kept = [box.itemData(row) for row in range(box.count()) if box.itemData(row).folder]
            box.blockSignals(True)
            box.clear()
            for side in [*looks, *kept]:
                box.addItem(side.name, side)
            if now is not None and now not in looks and not now.folder:
                now = next((look for look in looks if look.name == now.name), now)
            box.setCurrentIndex(-1 if now is None else self._place(box, now))
            box.blockSignals(False)
        self.changed.emit()

    def put(self, place: int, side: Side) -> None:
        """Choose a side."""
        box = self.sides[place]
        box.setCurrentIndex(self._place(box, side))

    def lacking(self) -> str:
        """Why nothing can be begun; "" where it can."""
        a, b = (box.currentData() for box in self.sides)
        if a is None or b is None:
            return f"Choose the pictures of {'A' if a is None else 'B'}"
        return "A and B are the same; choose another side" if a == b else ""

    def show_kept(self, kept: Training[Asked]) -> None:
        """Show what a training was begun with."""
        asked = kept.asked
        self.put(A, asked.a)
        self.put(B, asked.b)
        self.name.setText(kept.name)
        if self.resolution.findData(asked.resolution) < 0:  # of a file that was edited by hand
            self.resolution.addItem(f"{asked.resolution} px", asked.resolution)
        self.resolution.setCurrentIndex(self.resolution.findData(asked.resolution))
        self.steps.setValue(asked.steps)

    def let_change(self, *, all_of_it: bool) -> None:
        """Whether all fields may be changed; once it has begun, only folders, as they may move."""
        for widget in (*self.sides, self.name, self.resolution, self.steps):
            widget.setEnabled(all_of_it)
        for box, button in zip(self.sides, self.folders, strict=True):
            side: Side | None = box.currentData()
            button.setEnabled(all_of_it or bool(side and side.folder))

    @property
    def asked(self) -> Asked:
        """What stands there."""
        a, b = (box.currentData() for box in self.sides)
        resolution = self.resolution.currentData()
        return Asked(a, b, resolution, self.steps.value())

    @Slot()
    def _on_side(self) -> None:
        a, b = (box.currentData() for box in self.sides)
        may_name = self.name.isEnabledTo(self) and not self.name.isModified()
        if a is not None and b is not None and may_name:
            self.name.setText(f"{Path(a.name).stem} to {Path(b.name).stem}")
        self.changed.emit()

    @staticmethod
    def _place(box: QComboBox, side: Side) -> int:
        for row in range(box.count()):
            if box.itemData(row) == side:
                return row
        box.addItem(side.name, side)
        return box.count() - 1


class LookBox(ChoiceBox):
    """Says when its list is about to open."""

    opening = Signal()

    def __init__(self, name: str, tip: str) -> None:
        super().__init__(name, tip)
        self.setMinimumWidth(80)  # docks are narrow
        self.setPlaceholderText("Choose a look or a folder")

    def showPopup(self) -> None:
        """Let the list be filled first."""
        self.opening.emit()
        super().showPopup()
