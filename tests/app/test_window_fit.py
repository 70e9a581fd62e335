"""The window on screens of every size: it fits, nothing is cut, and no text makes it grow."""

import json
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

PROGRAM = """
import json, sys
from pathlib import Path
import torch
from PySide6.QtWidgets import QApplication
from stylestudio.app.core.settings import Settings
from stylestudio.app.shell.main import make_application
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets.theme import apply_theme

app = make_application()
apply_theme(app, "dark")
window = MainWindow(Settings(Path(sys.argv[1])))
window.show()
for name in window.docks:
    window.show_dock(name)
    app.processEvents()
room = app.primaryScreen().availableGeometry()
rect, least = window.geometry(), window.minimumSizeHint()
docks = [d for d in window.docks.values() if not d.visibleRegion().isEmpty()]
outside = [d.objectName() for d in docks if not window.rect().contains(d.geometry())]
print(json.dumps({
    "room": [room.width(), room.height()],
    "inside": room.contains(rect),
    "size": [rect.width(), rect.height()],
    "least": [least.width(), least.height()],
    "outside": outside,
}))
window.quit()
"""


@pytest.fixture
def window(fresh_window):
    return fresh_window


def start_on(tmp_path, width, height, scale=1.0, settings="settings"):
    """Start a window on a screen of this many real pixels; return what it says of itself."""
    screen = {"name": "one", "x": 0, "y": 0, "width": width, "height": height}
    config = tmp_path / "screen.json"
    config.write_text(json.dumps({"screens": [screen]}))
    environment = os.environ | {
        "QT_QPA_PLATFORM": f"offscreen:configfile={config}",
        "QT_SCALE_FACTOR": str(scale),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / settings)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("pixels", "scale", "logical"),
    [
        ((1024, 640), 1, (1024, 640)),
        ((1920, 1020), 1.25, (1536, 816)),
        ((1920, 1008), 1.5, (1280, 672)),
        ((1920, 998), 1.75, (1097, 570)),
    ],
)
def test_it_fits_the_screen_it_opens_on(tmp_path, pixels, scale, logical):
    said = start_on(tmp_path, *pixels, scale)
    assert tuple(said["room"]) == logical
    assert said["inside"]
    assert said["outside"] == []
    assert said["size"][1] < logical[1]  # with room for a title bar


def test_a_layout_of_a_large_screen_fits_a_small_one(tmp_path):
    large = start_on(tmp_path, 2560, 1600)
    assert large["size"] == [1440, 900]  # as ever, where there is room
    small = start_on(tmp_path, 1024, 640)
    assert small["inside"]
    assert small["outside"] == []


def cut_off(window):
    """Docked panels that lie outside the window, and controls that no scrolling would show."""
    found = []
    for name, dock in window.docks.items():
        if dock.visibleRegion().isEmpty():
            continue  # behind another tab
        if not window.rect().contains(dock.geometry()):
            found.append(name)
        area = dock.widget()
        assert isinstance(area, QScrollArea)
        can_pan = area.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if can_pan:
            continue
        room = QRect(QPoint(), area.widget().size())
        found += [
            f"{type(child).__name__} {child.accessibleName()} in {name}"
            for child in area.widget().findChildren(QWidget)
            if child.isVisible()
            and child.parentWidget() is area.widget()
            and not room.contains(child.geometry())
        ]
        if area.widget().width() > area.viewport().width():
            found.append(f"the width of {name}")
    return found


@pytest.mark.parametrize("size", [(1024, 600), (1280, 760), (1097, 540), (792, 540)])
def test_nothing_is_cut_off(qtbot, window, size):
    window.resize(*size)
    for name in window.docks:
        window.show_dock(name)
        qtbot.wait(20)
        assert (window.width(), window.height()) == size
        # A scroll bar that comes or goes takes effect a moment later.
        qtbot.waitUntil(lambda: cut_off(window) == [], timeout=5000)


def test_no_text_changes_the_least_size(qtbot, new_window, settled):
    settled(new_window)
    new_window.show_dock("timeline")
    qtbot.wait(50)
    least = new_window.minimumSizeHint()
    new_window.status.state.setText("A very long state " * 20)
    new_window.status.speed.setText(
        "1234567 ms, 95 % in 1234567 ms · 1234567 passed over · full " * 3
    )
    new_window.canvas.set_zoom(0.1)
    new_window.canvas.set_zoom(32)
    new_window.features["source"].panel.name.setText("A model with a long name " * 10)
    new_window.banner.say_error("A long sentence about something that went wrong. " * 20)
    qtbot.wait(50)
    assert new_window.minimumSizeHint() == least


def test_tab_brings_controls_into_sight(qtbot, window):
    window.resize(1024, 500)
    window.show_dock("noise")
    bars = window.features["noise"].panel.layers
    area = window.docks["noise"].widget()
    area.verticalScrollBar().setValue(0)
    qtbot.waitUntil(lambda: not area.viewport().rect().contains(seen_from(bars, area)))
    window.activateWindow()
    window.features["noise"].panel.strength.box.setFocus()
    for _ in range(2):
        if window.focusWidget() is not bars:
            qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() is bars
    sight = area.viewport().rect()
    assert seen_from(bars, area).intersected(sight).height() >= min(
        sight.height() - 24, bars.height()
    )


def seen_from(widget, area):
    return QRect(widget.mapTo(area.viewport(), QPoint()), widget.size())


def test_tab_goes_through_sources_in_their_order(qtbot, window):
    panel = window.features["mixing"].panel
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    expected = []
    for row in panel.rows:
        expected += [row.seed.box, row.seed.dice, row.remove, row.bars]
    expected.append(panel.add)
    found, widget = [expected[0]], expected[0]
    while len(found) < len(expected):
        widget = widget.nextInFocusChain()
        if widget in expected:
            found.append(widget)
    assert found == expected


@pytest.mark.parametrize("by_key", [False, True])
def test_add_a_source_stays_in_sight(qtbot, window, by_key):
    window.resize(1024, 600)
    window.show_dock("mixing-console")
    window.activateWindow()
    panel = window.features["mixing"].panel
    area = window.docks["mixing-console"].widget()
    panel.add.setFocus()  # as Tab does
    for count in range(2, 6):
        height = area.widget().height()
        if by_key:
            qtbot.keyClick(panel.add, Qt.Key.Key_Space)
        else:
            qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
        assert len(panel.rows) == count
        qtbot.waitUntil(lambda before=height: area.widget().height() > before)
        qtbot.waitUntil(
            lambda: area.viewport().rect().contains(seen_from(panel.add, area)), timeout=3000
        )


def test_a_scroll_bar_moves_nothing_in_its_panel(qtbot, window):
    window.resize(1300, 900)
    window.show_dock("noise")
    area = window.docks["noise"].widget()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)
    before = area.widget().width()
    window.resize(1300, 500)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    qtbot.wait(50)
    assert area.widget().width() == before


def test_a_menu_leaves_a_panel_where_it_was(qtbot, window):
    window.resize(1024, 500)
    window.show_dock("noise")
    area = window.docks["noise"].widget()
    window.activateWindow()
    window.features["noise"].panel.strength.box.setFocus()
    qtbot.wait(50)
    bar = area.verticalScrollBar()
    bar.setValue(bar.maximum())
    menus = window.menuBar()
    view = next(action for action in menus.actions() if action.text() == "&View")
    qtbot.mouseClick(menus, Qt.MouseButton.LeftButton, pos=menus.actionGeometry(view).center())
    qtbot.waitUntil(view.menu().isVisible)
    qtbot.keyClick(view.menu(), Qt.Key.Key_Escape)
    qtbot.keyClick(menus, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not view.menu().isVisible())
    qtbot.wait(50)
    assert bar.value() == bar.maximum() > 0
