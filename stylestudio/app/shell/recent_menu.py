"""The pictures, recipes, sessions and videos that were opened or saved last."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu

from stylestudio.app.core.settings import FILES

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.opening import Opener
    from stylestudio.app.core.settings import Settings


class RecentMenu(QMenu):
    """Filled anew whenever it is shown; files that are gone are left out."""

    def __init__(self, opener: Opener, settings: Settings, parent: QWidget) -> None:
        super().__init__("Open recen&t", parent)
        self._opener, self._settings = opener, settings
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._on_triggered)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """List what can be opened now."""
        self.clear()
        for recent in self._settings.recents(FILES):
            action = self.addAction(recent.name.replace("&", "&&"))
            action.setData(recent.path)
            action.setStatusTip(recent.path)
            action.setToolTip(recent.path)
        if self.isEmpty():
            self.addAction("Nothing yet").setEnabled(False)
            return
        self.addSeparator()
        self.addAction("Forget these").triggered.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        self._settings.clear_recents(FILES)

    @Slot("QAction*")
    def _on_triggered(self, action: QAction) -> None:
        if action.data():
            self._opener.open_paths([Path(str(action.data()))])
