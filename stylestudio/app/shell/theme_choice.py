"""Dark panels, light ones, or as the desktop has them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from stylestudio.app.core.feature import Action
from stylestudio.app.shell.menus import VIEW
from stylestudio.app.widgets.theme import SYSTEM, apply_theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.settings import Settings

THEME = "theme"  # in the settings
DARK, LIGHT = "dark", "light"
MENU = f"{VIEW}/&Theme"


class ThemeChoice(QObject):
    """The commands for it, of which one is ticked; follows the desktop where that is chosen."""

    is_dark = Signal(bool)
    is_light = Signal(bool)
    is_system = Signal(bool)

    def __init__(self, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        # The signal comes before the palette is exchanged.
        app.styleHints().colorSchemeChanged.connect(
            self._follow, Qt.ConnectionType.QueuedConnection
        )

    @property
    def chosen(self) -> str:
        """What the settings say, dark where they say nothing."""
        stored = self._settings.text(THEME, DARK)
        return stored if stored in (LIGHT, SYSTEM) else DARK

    def actions(self) -> tuple[Action, ...]:
        """One for each choice."""
        choices = (
            (DARK, "&Dark theme", "Dark panels", self.is_dark),
            (LIGHT, "&Light theme", "Light panels", self.is_light),
            (
                SYSTEM,
                "&System theme",
                "Dark or light panels, as the desktop has them",
                self.is_system,
            ),
        )
        return tuple(
            Action(
                f"theme_{name}",
                MENU,
                "window",
                text,
                tip,
                partial(self._choose, name),
                checkable=True,
                checked=name == self.chosen,
                checked_by=told,
            )
            for name, text, tip, told in choices
        )

    def _choose(self, name: str, on: bool) -> None:
        """Take this one; it cannot be unticked but by another."""
        if on and name != self.chosen:
            self._settings.set_text(THEME, name)
            apply_theme(self._app, name)
        for each, told in ((DARK, self.is_dark), (LIGHT, self.is_light), (SYSTEM, self.is_system)):
            told.emit(each == self.chosen)

    @Slot()
    def _follow(self) -> None:
        if self.chosen == SYSTEM:
            apply_theme(self._app, SYSTEM)
