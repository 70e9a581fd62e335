"""Workspaces: which panels are on show, kept as they were left, and reached in one step."""

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QToolButton

from stylestudio.app.core.feature import EXPLORE, WORKSPACES
from stylestudio.app.core.settings import LAYOUT_VERSION
from stylestudio.app.shell.docks import working_height
from stylestudio.app.shell.window import MainWindow


@pytest.fixture
def window(fresh_window):
    """The window of the module, with its workspaces as they were at first."""
    workspaces, settings = fresh_window.workspaces, fresh_window.studio.settings
    workspaces.show(EXPLORE)
    workspaces.reset()
    for name in WORKSPACES:
        settings.forget(f"layout_{name.lower()}")
    return fresh_window


def shown(window):
    return {name for name, dock in window.docks.items() if not dock.isHidden()}


def in_front(window, name):
    """Whether a dock can be seen, and is not behind another one of its tabs."""
    dock = window.docks[name]
    return dock.isVisible() and not dock.visibleRegion().isEmpty()


def choose(window, name):
    menu = next(
        action.menu()
        for action in next(m for m in window.menuBar().actions() if m.text() == "&View")
        .menu()
        .actions()
        if action.menu() and "orkspace" in action.text()
    )
    next(action for action in menu.actions() if action.text() == name).trigger()


def test_a_first_start_shows_what_exploring_needs(new_window):
    assert {"source", "edits", "style", "photo", "noise", "timeline"} <= shown(new_window)
    assert not {"drag", "dissect", "measures", "adapt"} & shown(new_window)


@pytest.mark.parametrize(
    ("name", "leading"),
    [("Photo", "photo"), ("Shape", "drag"), ("Words", "words"), ("Teach", "measures")],
)
def test_a_workspace_brings_its_panels_in_sight(window, qtbot, name, leading):
    choose(window, name)
    qtbot.waitUntil(lambda: in_front(window, leading))
    assert in_front(window, "history")
    assert {"source", "tasks"} <= shown(window)


@pytest.mark.parametrize(
    ("name", "leading"),
    [("Photo", "photo"), ("Shape", "drag"), ("Words", "words"), ("Teach", "measures")],
)
def test_the_leading_panel_has_the_height_to_work_in_it(window, qtbot, name, leading):
    choose(window, name)
    dock = window.docks[leading]
    qtbot.waitUntil(lambda: dock.height() >= working_height(dock))


@pytest.mark.parametrize(("name", "is_there"), [("Words", False), ("Film", True)])
def test_a_layout_from_before_a_panel_opens_it_where_it_belongs(window, qtbot, name, is_there):
    choose(window, name)
    state = bytes(window.saveState(LAYOUT_VERSION).data())
    older = state.replace("map-dock".encode("utf-16-be"), "mop-dock".encode("utf-16-be"))
    assert older != state
    choose(window, "Explore")
    window.studio.settings.set_blob(f"layout_{name.lower()}", QByteArray(older))
    choose(window, name)
    assert ("map" in shown(window)) == is_there
    if is_there:
        dock = window.docks["map"]
        qtbot.waitUntil(lambda: dock.height() >= working_height(dock))


def test_every_panel_is_in_a_workspace(window):
    found = set()
    for name in WORKSPACES:
        window.workspaces.show(name)
        found |= shown(window)
    assert found == set(window.docks)


def test_a_workspace_comes_back_as_it_was_left(window):
    window.docks["noise"].close()
    window.show_dock("measures")
    left = shown(window)
    choose(window, "Film")
    assert "measures" not in shown(window)
    choose(window, "Explore")
    assert shown(window) == left


def test_the_next_start_shows_the_workspace_of_the_last(qtbot, new_window, settings):
    choose(new_window, "Words")
    new_window.docks["style"].close()
    left = shown(new_window)
    new_window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.show()
    assert again.workspaces.current == "Words"
    assert shown(again) == left
    again.actions_by_id["reset_layout"].trigger()
    assert "style" in shown(again)
    assert "photo" not in shown(again)
    again.quit()


def test_the_button_of_the_tool_bar_says_which_one_is_on_show(window, qtbot):
    button = window.findChild(QToolButton, "workspace-button")
    assert button.text() == "Explore"
    menu = button.menu()
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    qtbot.waitUntil(menu.isVisible)
    place = menu.actionGeometry(next(a for a in menu.actions() if a.text() == "Film")).center()
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)
    assert button.text() == "Film"
    assert not window.docks["timeline"].isHidden()


def test_a_panel_that_is_opened_by_the_menu_comes_to_the_front(window, qtbot):
    window.docks["placement"].toggleViewAction().trigger()  # away
    window.docks["placement"].toggleViewAction().trigger()
    qtbot.waitUntil(lambda: in_front(window, "placement"))


def test_the_keyboard_stays_where_it_was_or_goes_to_the_picture(window, qtbot):
    seed = window.features["source"].panel.seed
    seed.setFocus()
    choose(window, "Teach")
    qtbot.waitUntil(lambda: in_front(window, "measures"))
    qtbot.waitUntil(seed.hasFocus)
    start = window.features["measures"].panel.start
    start.setFocus()
    choose(window, "Explore")
    qtbot.waitUntil(window.canvas.hasFocus)
