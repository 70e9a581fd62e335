"""A box of choices that widens no dock, and ones in it that can be grey for a reason."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox

from stylestudio.app.widgets.wheel_guard import WheelGuard


class ChoiceBox(QComboBox):
    """Scrolls with the wheel only while it has the focus."""

    def __init__(self, name: str, tip: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        WheelGuard(self)

    def set_lacking(self, row: int, reason: str) -> None:
        """Grey out a choice for a reason, or with none make it usable."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(row)
        item.setEnabled(not reason)
        item.setData(reason or None, Qt.ItemDataRole.ToolTipRole)
