"""The tool bar: commands that have an icon, and the strips of features beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from stylestudio.app.shell.palette_entries import commands_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow

    from stylestudio.app.core.feature import Strip
    from stylestudio.app.shell.workspaces import Workspaces

ICON = QSize(20, 20)


def add_tool_bars(
    window: QMainWindow, strips: Iterable[Strip], workspaces: Workspaces
) -> list[QToolBar]:
    """Put them in one row at the top, commands in the order of the menus, the workspace last."""
    commands = _bar(window, "commands", "Tool bar")
    menu = ""
    for command in commands_of(window.menuBar()):
        if command.action.icon().isNull():
            continue
        if menu and command.path != menu:
            commands.addSeparator()
        menu = command.path
        commands.addAction(command.action)
    bars = [commands]
    for strip in strips:
        bar = _bar(window, strip.id, strip.title)
        bar.addWidget(strip.widget)
        bars.append(bar)
    choice = _bar(window, "workspace", "Workspace")
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
    workspaces.changed.connect(button.setText)
    return button


def name_keys(bar: QToolBar) -> None:
    """Let the tool tip of each button end in the present keys of its command."""
    for action in bar.actions():
        button = bar.widgetForAction(action)
        if isinstance(button, QToolButton):
            title = plain(action.text()).removesuffix("…")
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            button.setToolTip(f"{title} ({keys})" if keys else title)
            button.setAccessibleName(title)


def _bar(window: QMainWindow, name: str, title: str) -> QToolBar:
    bar = QToolBar(title, window)
    bar.setObjectName(f"{name}-bar")
    bar.setIconSize(ICON)
    bar.setFloatable(False)
    bar.setAllowedAreas(Qt.ToolBarArea.TopToolBarArea | Qt.ToolBarArea.BottomToolBarArea)
    window.addToolBar(bar)
    return bar
