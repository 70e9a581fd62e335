"""Saving the picture larger than it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from stylestudio.app.core.enlargers import known_enlargers

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from stylestudio.app.core.saving import PictureSaver
    from stylestudio.app.core.settings import Settings


class EnlargeMenu(QMenu):
    """The built-in enlarger and those opened before; filled anew whenever it is shown."""

    def __init__(self, saver: PictureSaver, settings: Settings, parent: QWidget) -> None:
        super().__init__("Save picture enlar&ged by", parent)
        self._saver = saver
        self._settings = settings
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._on_triggered)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """List what can enlarge now."""
        self.clear()
        for place, enlarger in enumerate(known_enlargers(self._settings)):
            self.addAction(f"{enlarger.title.replace('&', '&&')}…").setData(place)

    @Slot("QAction*")
    def _on_triggered(self, action: QAction) -> None:
        self._saver.save_enlarged(known_enlargers(self._settings)[action.data()].stage())
