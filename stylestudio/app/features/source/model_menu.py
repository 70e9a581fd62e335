"""The models at hand: built-in ones, recent ones, and a file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from stylestudio.render import builtin_models, title_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from stylestudio.app.core.opening import Opener
    from stylestudio.app.core.settings import Settings


class ModelMenu(QMenu):
    """Filled anew whenever it is shown."""

    def __init__(
        self, opener: Opener, settings: Settings, ask: Callable[[], None], parent: QWidget
    ) -> None:
        super().__init__("Open a &model", parent)
        self._opener = opener
        self._settings = settings
        self._ask = ask
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._on_triggered)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """List what can be opened now."""
        self.clear()
        for name in builtin_models():
            self.addAction(title_of(name)).setData(name)
        recents = self._settings.recents()
        if recents:
            self.addSection("Recent")
            for recent in recents:
                action = self.addAction(Path(recent.path).name)
                action.setData(recent.path)
                action.setStatusTip(recent.path)
            self.addAction("Forget these").triggered.connect(lambda: self._settings.clear_recents())
        self.addSeparator()
        self.addAction("&Open…").triggered.connect(lambda: self._ask())

    @Slot("QAction*")
    def _on_triggered(self, action: QAction) -> None:
        if action.data():
            self._opener.open_model(str(action.data()))
