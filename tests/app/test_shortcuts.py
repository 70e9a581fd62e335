"""Shortcuts that are shown, changed and kept; menus of the picture; the tool bar."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from stylestudio.app.shell.shortcuts import SHORTCUTS
from stylestudio.app.shell.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def sheet(qtbot, window):
    """The sheet of shortcuts, after "?" was pressed."""
    window.canvas.setFocus()
    qtbot.keyClicks(window, "?")
    sheet = window.shortcut_sheet
    assert sheet.isVisible()
    yield sheet
    if window.shortcut_sheet is not None:
        sheet.close()


def keys(window, name):
    return [each.toString() for each in window.actions_by_id[name].shortcuts()]


def press(qtbot, sheet, key, modifier=Qt.KeyboardModifier.NoModifier):
    sheet.keys.setFocus()
    qtbot.keyClick(sheet.keys, key, modifier)


def give(qtbot, sheet, name, key, modifier=Qt.KeyboardModifier.NoModifier):
    sheet.choose(name)
    press(qtbot, sheet, key, modifier)
    qtbot.mouseClick(sheet.set, LEFT)


def test_the_sheet_lists_every_command_with_its_keys(window, sheet):
    rows = {item.text(0): item.text(1) for item in sheet.items}
    assert rows["Roll a seed"] == "R"
    assert rows["Save picture…"] == "Ctrl+Shift+E"
    assert rows["Vary it"].startswith("Arrow keys")
    assert len(sheet.items) >= len(window.actions_by_id)


def test_the_sheet_finds_by_name_and_by_key(window, sheet):
    def shown():
        return [item.text(0) for item in sheet.items if not item.isHidden()]

    sheet.filter.setText("roll")
    assert "Roll a seed" in shown()
    assert "Export video…" not in shown()
    sheet.filter.setText("ctrl+e")
    assert shown() == ["Export video…"]


def test_a_command_gets_other_keys_which_work_at_once_and_are_kept(qtbot, window, sheet):
    give(qtbot, sheet, "randomize", Qt.Key.Key_J)
    assert keys(window, "randomize") == ["J"]
    sheet.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    before = window.studio.document.recipe
    qtbot.keyClick(window.canvas, Qt.Key.Key_R)
    assert window.studio.document.recipe == before
    qtbot.keyClick(window.canvas, Qt.Key.Key_J)
    assert window.studio.document.recipe != before
    again = MainWindow(window.studio.settings)  # as the next start
    qtbot.addWidget(again)
    assert keys(again, "randomize") == ["J"]
    again.quit()


def test_a_conflict_is_named_and_the_keys_go_to_whoever_got_them_last(qtbot, window, sheet):
    sheet.choose("compare")
    press(qtbot, sheet, Qt.Key.Key_R)
    assert sheet.said.text() == "R belongs to “Roll a seed”, which loses it when you press Set."
    assert keys(window, "randomize") == ["R"]
    qtbot.mouseClick(sheet.set, LEFT)
    assert keys(window, "compare") == ["R"]
    assert keys(window, "randomize") == []


def test_resetting_one_takes_its_keys_back(qtbot, window, sheet):
    give(qtbot, sheet, "compare", Qt.Key.Key_R)
    sheet.choose("randomize")
    qtbot.mouseClick(sheet.reset, LEFT)
    assert keys(window, "randomize") == ["R"]
    assert keys(window, "compare") == []


def test_resetting_all_brings_the_first_keys_back(qtbot, window, sheet):
    first = {name: keys(window, name) for name in window.actions_by_id}
    give(qtbot, sheet, "compare", Qt.Key.Key_R)
    sheet.choose("pin")
    qtbot.mouseClick(sheet.remove, LEFT)
    assert keys(window, "pin") == []
    qtbot.mouseClick(sheet.reset_all, LEFT)
    assert {name: keys(window, name) for name in window.actions_by_id} == first
    assert window.studio.settings.text(SHORTCUTS) == "{}"


@pytest.mark.parametrize("text", ["[", "[]", '{"pin": 3}', '{"pin": [4]}', '{"gone": ["J"]}'])
def test_settings_edited_by_hand_cost_no_more_than_themselves(qtbot, settings, text):
    settings.set_text(SHORTCUTS, text)
    window = MainWindow(settings)
    qtbot.addWidget(window)
    assert keys(window, "pin") == ["P"]
    window.quit()


def test_keys_given_away_stay_away_from_a_command_that_wants_them_first(qtbot, settings):
    settings.set_text(SHORTCUTS, '{"compare": ["R"]}')
    window = MainWindow(settings)
    qtbot.addWidget(window)
    assert keys(window, "compare") == ["R"]
    assert keys(window, "randomize") == []
    window.quit()


def test_a_right_click_on_the_picture_brings_its_menu(qtbot, window):
    place = window.canvas.rect().center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, window.canvas.mapToGlobal(place)
    )
    QApplication.sendEvent(window.canvas, event)
    menu = window.picture_menu
    qtbot.waitUntil(menu.isVisible)
    names = {action.objectName() for action in menu.actions()}
    assert {"copy", "save", "pin", "reset", "contact_sheet", "insert_key", "fit"} <= names
    menu.close()


def test_while_the_picture_is_painted_on_the_right_button_brings_no_menu(qtbot, window):
    window.features["edits"].regions.set_painting(True)
    place = QPoint(9, 9)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, window.canvas.mapToGlobal(place)
    )
    QApplication.sendEvent(window.canvas, event)
    assert not window.picture_menu.isVisible()


def test_alt_gr_types_into_a_field_in_place_of_a_command(qtbot, window):
    """Windows reports AltGr as Ctrl and Alt; German keyboards have the euro there."""
    window.actions_by_id["save_still"].setShortcuts([])
    command, done = QAction(window), []
    command.setShortcut("Ctrl+Alt+E")
    command.triggered.connect(lambda: done.append("command"))
    window.addAction(command)
    window.show_dock("history")
    window.activateWindow()
    field = window.docks["history"].findChild(QLineEdit)
    qtbot.waitUntil(field.isVisible)
    field.setFocus()
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    QTest.sendKeyEvent(QTest.KeyAction.Click, field, Qt.Key.Key_E, "€", held)
    assert field.text() == "€"
    assert done == []
    QTest.sendKeyEvent(QTest.KeyAction.Click, field, Qt.Key.Key_E, "", held)  # no AltGr
    assert done == ["command"]


@pytest.fixture
def floating(qtbot, window):
    """The panel of the mixing console, in a window of its own that has the keys."""
    window.show_dock("mixing-console")
    dock = window.docks["mixing-console"]
    dock.setFloating(True)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    panel = window.features["mixing"].panel
    panel.add.setFocus()
    return panel


def test_space_presses_the_button_with_the_focus_in_a_floating_panel(qtbot, window, floating):
    rows = len(floating.rows)
    qtbot.keyClick(floating.add, Qt.Key.Key_Space)
    assert len(floating.rows) == rows + 1
    assert not window.features["timeline"].player.is_playing


def test_esc_in_a_floating_panel_closes_the_message_then_leaves_the_tool(qtbot, window, floating):
    window.features["edits"].regions.set_painting(True)
    floating.window().activateWindow()
    floating.add.setFocus()
    window.banner.say("Look here.")
    qtbot.keyClick(floating.add, Qt.Key.Key_Escape)
    assert not window.banner.text
    assert window.studio.canvas_tools.current is not None
    qtbot.keyClick(floating.add, Qt.Key.Key_Escape)
    assert window.studio.canvas_tools.current is None


def test_the_tool_bar_has_the_commands_with_icons_and_names_their_keys(qtbot, window):
    bar = window.bars[0]
    names = [action.objectName() for action in bar.actions() if not action.isSeparator()]
    assert names[:4] == ["open", "save", "undo", "redo"]
    button = bar.widgetForAction(window.actions_by_id["randomize"])
    assert button.toolTip() == "Roll a seed (R)"
    before = window.studio.document.recipe
    qtbot.mouseClick(button, LEFT)
    assert window.studio.document.recipe != before
    window.shortcuts.set_keys("randomize", QKeySequence("J"))
    assert button.toolTip() == "Roll a seed (J)"
    compare = bar.widgetForAction(window.actions_by_id["compare"])
    assert "Pin a picture first" in compare.toolTip()
    window.actions_by_id["pin"].trigger()
    qtbot.waitUntil(lambda: "Pin a picture first" not in compare.toolTip())


def test_the_tool_bars_can_be_hidden_and_stay_so(qtbot, bare_window, settings):
    bare_window.bars[0].toggleViewAction().trigger()
    bare_window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.show()
    assert not again.bars[0].isVisible()
    assert again.bars[1].isVisible()
    again.quit()
