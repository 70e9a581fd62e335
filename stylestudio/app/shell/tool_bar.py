"""The tool bar: commands that have an icon, and the strips of features beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QToolBar, QToolButton

from stylestudio.app.shell.palette_entries import commands_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow

    from stylestudio.app.core.feature import Strip

ICON = QSize(20, 20)


def add_tool_bars(window: QMainWindow, strips: Iterable[Strip]) -> list[QToolBar]:
    """Put them in one row at the top, commands in the order of the menus."""
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
    return bars


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
