"""The shell's own commands: what a window has whatever the features are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from stylestudio.app.core.feature import Action, MenuRole, StandardKey, Submenu
from stylestudio.app.shell.device_menu import DeviceMenu
from stylestudio.app.shell.dialogs import show_about
from stylestudio.app.shell.docks import bring_in_sight, show_help
from stylestudio.app.shell.menus import FILE, HELP, VIEW, ZOOM
from stylestudio.app.shell.readout import RateMenu
from stylestudio.app.shell.theme_choice import ThemeChoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.shell.workspaces import Workspaces


RULERS = "rulers"  # in the settings: whether they are always there


class HelpCommands(NamedTuple):
    """What helps to find commands."""

    find: Callable[[], object]
    show_shortcuts: Callable[[], object]
    tour: Callable[[], object]


def first_actions(studio: Studio) -> tuple[Action, ...]:
    """Those that stand before the features'."""
    opener, view, canvas = studio.opener, studio.view, studio.view.canvas
    canvas.show_rulers(bool(studio.settings.text(RULERS)))
    return (
        Action(
            "open",
            FILE,
            "open",
            "&Open…",
            "Open a model, a picture or a recipe",
            partial(opener.ask, studio.window),
            (StandardKey.Open,),
            icon="folder",
        ),
        Action(
            "fit",
            VIEW,
            ZOOM,
            "&Fit in window",
            "Show the whole picture",
            canvas.fit,
            ("Ctrl+0",),
            on_picture=ZOOM,
        ),
        Action(
            "actual_size",
            VIEW,
            ZOOM,
            "&Actual size",
            "One pixel of the picture per pixel of the screen",
            canvas.actual_size,
            ("Ctrl+1",),
            on_picture=ZOOM,
        ),
        Action(
            "zoom_in",
            VIEW,
            ZOOM,
            "Zoom &in",
            "Enlarge the picture",
            view.zoom_in,
            (StandardKey.ZoomIn, "Ctrl+="),
        ),
        Action(
            "zoom_out",
            VIEW,
            ZOOM,
            "Zoom &out",
            "Shrink the picture",
            view.zoom_out,
            (StandardKey.ZoomOut,),
        ),
        Action(
            "rulers",
            VIEW,
            ZOOM,
            "Ru&lers",
            "Always show rulers beside the picture, in its pixels, not only while a tool is in use",
            partial(_show_rulers, studio),
            checkable=True,
            checked=bool(studio.settings.text(RULERS)),
        ),
    )


def _show_rulers(studio: Studio, on: bool) -> None:
    studio.settings.set_text(RULERS, "yes" if on else "")
    studio.view.canvas.show_rulers(on)


def last_actions(
    window: QMainWindow, studio: Studio, reset_layout: Callable[[], None], help: HelpCommands
) -> tuple[Action, ...]:
    """Those that stand after the features'."""
    return (
        Action(
            "palette",
            HELP,
            "commands",
            "&Find a command…",
            "Find a command, or set a number, by typing a few letters of its name",
            help.find,
            ("Ctrl+Shift+P",),
            icon="search",
        ),
        Action(
            "shortcuts",
            HELP,
            "commands",
            "&Keyboard shortcuts…",
            "Show all shortcuts, and change them",
            help.show_shortcuts,
            ("?",),
        ),
        Action(
            "what_is_this",
            HELP,
            "panels",
            "&What is this panel?",
            "Explain the focused panel, or the one you click next",
            show_help,
            (StandardKey.WhatsThis, "Shift+F1"),
        ),
        Action(
            "tour",
            HELP,
            "panels",
            "&Tour of the window",
            "See the most important controls, one after the other",
            help.tour,
        ),
        Action(
            "quit",
            FILE,
            "quit",
            "&Quit",
            "Close the studio",
            window.close,
            (StandardKey.Quit, "Ctrl+Q"),
            role=MenuRole.QuitRole,
        ),
        Action(
            "full_screen",
            VIEW,
            "window",
            "F&ull screen",
            "Fill the screen",
            partial(_full_screen, window),
            ("Shift+F11",),
            checkable=True,
        ),
        *ThemeChoice(studio.settings, window).actions(),
        Action(
            "reset_layout",
            VIEW,
            "window",
            "Reset &layout",
            "Return all panels to their default places",
            reset_layout,
        ),
        Action(
            "about",
            HELP,
            "about",
            "&About StyleStudio",
            "Version and licence",
            partial(show_about, window),
            role=MenuRole.AboutRole,
        ),
    )


def last_submenus(
    window: QMainWindow, studio: Studio, bars: Iterable[QToolBar], workspaces: Workspaces
) -> tuple[Submenu, ...]:
    """The rate of pictures, which of several devices renders, and which panels are on show."""
    panels = QMenu("&Panels", window)
    for dock in workspaces.docks:
        action = dock.toggleViewAction()
        action.setStatusTip(workspaces.about(dock))
        action.triggered.connect(partial(_on_toggled, window, dock))
        panels.addAction(action)
    panels.addSeparator()
    for bar in bars:
        panels.addAction(bar.toggleViewAction())
    rates = RateMenu(studio.worker, studio.settings, window)
    menus = [rates, workspaces.menu(window), panels]
    if len(studio.devices.names) > 1:
        menus.insert(1, DeviceMenu(studio, window))
    return tuple(Submenu(VIEW, "window", menu) for menu in menus)


def _on_toggled(window: QMainWindow, dock: QDockWidget) -> None:
    """Bring a panel that was opened in front of those it is tabbed with."""
    if not dock.isHidden():
        bring_in_sight(window, dock)


def _full_screen(window: QMainWindow, on: bool) -> None:
    full = Qt.WindowState.WindowFullScreen  # this bit alone, so that "maximised" is kept
    window.setWindowState(window.windowState() | full if on else window.windowState() & ~full)
