"""Panels that fold to their titles: by mouse and keys, remembered, and no height of their own."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from stylestudio.app.core.feature import EXPLORE, WORKSPACES
from stylestudio.app.shell.window import MainWindow

TITLE = 40  # pixels that a title takes at most


@pytest.fixture
def window(fresh_window):
    """The window of the module, with nothing folded in any workspace."""
    workspaces, settings = fresh_window.workspaces, fresh_window.studio.settings
    for name in WORKSPACES:
        for what in ("layout", "folded"):
            settings.forget(f"{what}_{name.lower()}")
    workspaces.show(EXPLORE)
    workspaces.reset()
    yield fresh_window
    workspaces.reset()


def arrow(window, name):
    return window.docks[name].titleBarWidget().fold


def click(window, name):
    QTest.mouseClick(arrow(window, name), Qt.MouseButton.LeftButton)


def test_a_folded_panel_gives_its_room_to_its_neighbour_and_takes_it_back(window, qtbot):
    noise, edits = window.docks["noise"], window.docks["edits"]
    window.show_dock("edits")
    window.show_dock("noise")
    QApplication.processEvents()
    before = noise.height(), edits.height()
    click(window, "noise")
    qtbot.waitUntil(lambda: noise.height() < TITLE)
    qtbot.waitUntil(lambda: edits.height() > sum(before) - 2 * TITLE)
    assert not window.features["noise"].panel.strength.isVisible()
    click(window, "noise")
    qtbot.waitUntil(lambda: (noise.height(), edits.height()) == before)
    assert window.features["noise"].panel.strength.isVisible()


def test_keys_fold_a_panel(window):
    fold = arrow(window, "truncation")
    window.features["truncation"].panel.psi.setFocus()
    fold.setFocus(Qt.FocusReason.TabFocusReason)
    assert fold.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert fold.accessibleName() == "Fold Truncation"
    QTest.keyClick(fold, Qt.Key.Key_Space)
    assert window.workspaces.folding.is_folded("truncation")
    assert fold.accessibleName() == "Unfold Truncation"
    QTest.keyClick(fold, Qt.Key.Key_Tab)
    assert not window.docks["truncation"].isAncestorOf(QApplication.focusWidget())


def test_of_panels_in_tabs_the_one_in_front_decides(window, qtbot):
    noise, placement = window.docks["noise"], window.docks["placement"]
    window.show_dock("noise")
    click(window, "noise")
    qtbot.waitUntil(lambda: noise.height() < TITLE)
    placement.raise_()  # as a click on its tab does
    qtbot.waitUntil(window.features["placement"].panel.isVisible)
    qtbot.waitUntil(lambda: placement.height() > TITLE)
    noise.raise_()
    qtbot.waitUntil(lambda: noise.height() < TITLE)


def test_whoever_asks_for_a_panel_sees_it_unfolded(window, qtbot):
    click(window, "noise")
    window.show_dock("noise")
    qtbot.waitUntil(window.features["noise"].panel.strength.isVisible)
    assert not window.workspaces.folding.is_folded("noise")


def test_each_workspace_and_the_next_start_remember_what_is_folded(qtbot, new_window, settings):
    window = new_window
    click(window, "map")
    window.workspaces.show("Photo")
    assert not window.workspaces.folding.is_folded("map")
    window.workspaces.show(EXPLORE)
    assert window.workspaces.folding.is_folded("map")
    qtbot.waitUntil(lambda: window.docks["map"].height() < TITLE)
    window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.docks["map"].height() < TITLE)
    again.actions_by_id["reset_layout"].trigger()
    qtbot.waitUntil(lambda: again.docks["map"].height() > TITLE)
    again.quit()


def test_a_panel_that_was_folded_at_the_start_unfolds_to_its_first_height(
    qtbot, new_window, settings
):
    window = new_window
    window.workspaces.reset()
    QApplication.processEvents()
    before = window.docks["source"].height()
    click(window, "source")
    qtbot.waitUntil(lambda: window.docks["source"].height() < TITLE)
    window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.show()
    source = again.docks["source"]
    qtbot.waitUntil(lambda: source.height() < TITLE)
    click(again, "source")
    qtbot.waitUntil(lambda: source.height() == before)
    again.quit()


def test_source_and_truncation_stand_together_above_the_map(window):
    source, truncation, map_ = (window.docks[name] for name in ("source", "truncation", "map"))
    assert source.x() == truncation.x() == map_.x()
    assert source.y() < truncation.y() < map_.y()
    assert truncation.y() - source.geometry().bottom() < TITLE


@pytest.mark.parametrize("name", ["source", "truncation"])
def test_a_folded_panel_leaves_no_blank(window, qtbot, name):
    column = [window.docks[each] for each in ("source", "truncation", "map")]
    whole = sum(dock.height() for dock in column)
    click(window, name)
    qtbot.waitUntil(lambda: window.docks[name].height() < TITLE)
    qtbot.waitUntil(lambda: sum(dock.height() for dock in column) == whole)
