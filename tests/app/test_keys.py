"""Keys and menus on other systems: each has its own for common purposes."""

import re
from types import SimpleNamespace

import pytest
from PySide6.QtGui import QAction, QKeySequence

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.shell import menus
from stylestudio.app.shell.shortcut_sheet import ID
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets import keys as system_keys
from stylestudio.recipe import MixRow, SeedSource

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


@pytest.fixture
def on_a_mac(monkeypatch):
    monkeypatch.setattr(system_keys, "sys", SimpleNamespace(platform="darwin"))


def texts_with_keys(qtbot, window):
    """What the window says of keys that go with the mouse, and of those of controls."""
    studio, canvas, history = window.studio, window.canvas, window.features["history"]
    yield canvas.toolTip()
    studio.canvas_tools.start(ToolSet("Move", (), canvas, studio))
    yield from (canvas.toolTip(), window.options.title.toolTip(), window.options.clear.toolTip())
    yield window.options.buttons["Hand"].toolTip()
    studio.canvas_tools.stop()
    recipe, model = studio.document.recipe, studio.document.model
    row = MixRow(SeedSource(1), (1.0,) * model.num_ws)
    studio.document.set(recipe.replace(mixing=(row,)), "Mix")
    yield window.features["mixing"].panel.rows[0].toolTip()
    yield history.panel.view.toolTip()
    qtbot.waitUntil(lambda: studio.history.tree is not None)  # is read by a task
    menu = history.panel.menu_of(studio.history.tree.current)
    yield next(each.toolTip() for each in menu.actions() if each.text().startswith("&Compare"))
    noted = []
    studio.noted.connect(noted.append)
    history.compare()
    yield noted[0]
    qtbot.keyClicks(canvas, "?")
    fixed = [item.text(1) for item in window.shortcut_sheet.items if not item.data(0, ID)]
    yield from (keys for keys in fixed if re.search("Ctrl|Cmd", keys))
    window.shortcut_sheet.close()


def test_texts_call_the_keys_of_a_mac_as_its_keyboard_does(qtbot, on_a_mac, new_window):
    texts = list(texts_with_keys(qtbot, new_window))
    assert [text for text in texts if re.search(r"Ctrl|\bAlt\b", text)] == []
    assert [text for text in texts if not re.search("Cmd|Option", text)] == []
    assert "Drag; with Cmd or Option copies of them" in texts


def test_texts_call_keys_as_other_keyboards_do(qtbot, new_window):
    texts = list(texts_with_keys(qtbot, new_window))
    assert [text for text in texts if not re.search("Ctrl|Alt", text)] == []
    assert "Drag; with Ctrl or Alt copies of them" in texts
