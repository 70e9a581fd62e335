"""Keys and menus on other systems: each has its own for common purposes."""

import pytest
from PySide6.QtGui import QAction, QKeySequence

from stylestudio.app.shell import menus
from stylestudio.app.shell.window import MainWindow

Key, Role = QKeySequence.StandardKey, QAction.MenuRole
# What Qt lists for Macs; its "Ctrl" is the command key there, and "Meta" the control key.
OF_MACS = {
    Key.Open: "Ctrl+O",
    Key.New: "Ctrl+N",
    Key.Save: "Ctrl+S",
    Key.SaveAs: "Ctrl+Shift+S",
    Key.Copy: "Ctrl+C",
    Key.Paste: "Ctrl+V",
    Key.Undo: "Ctrl+Z",
    Key.Redo: "Ctrl+Shift+Z",
    Key.ZoomIn: "Ctrl++",
    Key.ZoomOut: "Ctrl+-",
    Key.Quit: "Ctrl+Q",
    Key.FullScreen: "Ctrl+Meta+F",
}
TAKEN_BY_MACS = {"Ctrl+H", "Ctrl+M", "Ctrl+Tab", "Ctrl+Space", "Ctrl+Alt+Esc", "Ctrl+,", "Ctrl+`"}
# Besides the system's own: where a system has none, or for a hand that knows them from elsewhere.
BESIDES = {"Ctrl+Shift+S", "Ctrl+Shift+Z", "Ctrl+Y", "Ctrl+Q", "F11"}


@pytest.fixture
def keys_of(qtbot, settings, monkeypatch):
    """Build a window on a system with these keys; return its actions and their keys."""

    def build(system):
        class Keys(QKeySequence):
            @staticmethod
            def keyBindings(key):
                return [QKeySequence(system[key])] if key in system else []

        monkeypatch.setattr(menus, "QKeySequence", Keys)
        window = MainWindow(settings)
        qtbot.addWidget(window, before_close_func=MainWindow.quit)
        return {
            action: [sequence.toString() for sequence in action.shortcuts()]
            for menu in window.menuBar().actions()
            for action in menu.menu().actions()
        }

    return build


def test_a_mac_gets_its_own_keys(keys_of):
    keys = {
        action.objectName() or action.text(): found for action, found in keys_of(OF_MACS).items()
    }
    assert keys["present"][0] == "Meta+Ctrl+F"  # F11 shows its desktop
    assert keys["quit"] == ["Ctrl+Q"]
    assert keys["save_session_as"] == ["Ctrl+Shift+S"]
    pressed = [one for found in keys.values() for one in found]
    assert len(set(pressed)) == len(pressed)
    assert TAKEN_BY_MACS.isdisjoint(pressed)


def test_keys_that_systems_have_for_a_purpose_are_asked_for_by_it(keys_of):
    ours = {one for found in keys_of({}).values() for one in found}
    theirs = {one.toString() for key in (*OF_MACS, Key.Find) for one in key_list(key)}
    assert ours & theirs <= BESIDES
    assert "Ctrl+Q" in ours  # Windows has none to quit


def key_list(key):
    return QKeySequence.keyBindings(key)


def test_only_about_and_quit_move_to_the_menu_of_a_macs_program(keys_of):
    roles = {action.objectName(): action.menuRole() for action in keys_of({})}
    moving = {name: role for name, role in roles.items() if role != Role.NoRole}
    assert moving == {"about": Role.AboutRole, "quit": Role.QuitRole}
