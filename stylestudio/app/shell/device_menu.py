"""Which device renders, where a machine has several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from stylestudio.render.device import VARIABLE, device_label

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from stylestudio.app.core.studio import Studio


class DeviceMenu(QMenu):
    """The processor and the graphics cards; the one that renders is ticked."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__("Render o&n", parent)
        self._studio = studio
        self._group = QActionGroup(self)
        for name in studio.devices.names:
            action = self.addAction(device_label(name))
            action.setCheckable(True)
            action.setData(name)
            self._group.addAction(action)
        if studio.devices.is_settled:
            self.setTitle(f"Render o&n (as {VARIABLE} says)")
            self.setEnabled(False)
        self._group.triggered.connect(self._choose)
        studio.document.model_changed.connect(self._tick)
        studio.devices.refused.connect(self._tick)

    @Slot("QAction*")
    def _choose(self, action: QAction) -> None:
        self._studio.devices.choose(str(action.data()))

    @Slot()
    def _tick(self) -> None:
        model = self._studio.document.model
        for action in self._group.actions():
            action.setChecked(model is not None and str(model.device) == action.data())
