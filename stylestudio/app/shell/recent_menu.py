"""What was opened or saved last: sessions, and beside them pictures, recipes and videos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.settings import Settings


class RecentMenu(QMenu):
    """Filled anew whenever it is shown; files that are gone are left out."""

    def __init__(
        self,
        title: str,
        kind: str,
        open_paths: Callable[[list[Path]], None],
        settings: Settings,
        parent: QWidget,
    ) -> None:
        """`kind` says which recent files of the settings are listed."""
        super().__init__(title, parent)
        self._kind, self._open_paths, self._settings = kind, open_paths, settings
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._on_triggered)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """List what can be opened now."""
        self.clear()
        for recent in self._settings.recents(self._kind):
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
        self._settings.clear_recents(self._kind)

    @Slot("QAction*")
    def _on_triggered(self, action: QAction) -> None:
        if action.data():
            self._open_paths([Path(str(action.data()))])
