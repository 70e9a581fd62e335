"""The tool bar: commands that have an icon, and the strips of features beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from stylestudio.app.shell.menus import LACKING
from stylestudio.app.shell.palette_entries import commands_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow

    from stylestudio.app.core.feature import Strip
    from stylestudio.app.shell.workspaces import Workspaces

ICON = QSize(20, 20)


class Bar(QToolBar):
    """A row at the top or the bottom of the window, which menus show and hide."""

    def __init__(self, window: QMainWindow, name: str, title: str) -> None:
        super().__init__(title, window)
        self.setObjectName(f"{name}-bar")
        self.setIconSize(ICON)
        self.setFloatable(False)
        self.setAllowedAreas(Qt.ToolBarArea.TopToolBarArea | Qt.ToolBarArea.BottomToolBarArea)
        window.addToolBar(self)

    def add_command(self, action: QAction) -> None:
        """Add a button for a command."""
        self.addAction(action)
        action.changed.connect(self._on_changed)
        self._say(action)

    @Slot()
    def _on_changed(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._say(action)

    def _say(self, action: QAction) -> None:
        """Let the tool tip of a button say its keys, and why it is greyed out."""
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            title = plain(action.text()).removesuffix("…")
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            lacking = "" if action.isEnabled() else str(action.property(LACKING) or "")
            said = f"{title} ({keys})" if keys else title
            button.setToolTip(f"{said}\n{lacking}".strip())
            button.setAccessibleName(title)


def add_tool_bars(
    window: QMainWindow, strips: Iterable[Strip], workspaces: Workspaces
) -> list[Bar]:
    """Put them in one row at the top, commands in the order of the menus, the workspace last."""
    commands = Bar(window, "commands", "Tool bar")
    menu = ""
    for command in commands_of(window.menuBar()):
        if command.action.icon().isNull():
            continue
        if menu and command.path != menu:
            commands.addSeparator()
        menu = command.path
        commands.add_command(command.action)
    bars = [commands]
    for strip in strips:
        bar = Bar(window, strip.id, strip.title)
        bar.addWidget(strip.widget)
        bars.append(bar)
    choice = Bar(window, "workspace", "Workspace")
    choice.setMovable(False)  # its handle would stand far from the button
    space = QWidget()
    space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    choice.addWidget(space)
    choice.addWidget(_workspace_button(workspaces))
    return [*bars, choice]


def _workspace_button(workspaces: Workspaces) -> QToolButton:
    button = QToolButton()
    button.setMenu(workspaces.menu(button))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setText(workspaces.current)
    button.setToolTip("Workspace: which panels are on show")
    button.setAccessibleName("Workspace")
    button.setObjectName("workspace-button")
    button.setProperty("framed", True)
    workspaces.changed.connect(button.setText)
    return button
