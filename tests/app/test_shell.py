"""The shell of the window: saved layouts, messages, keys, menus, and leaving when asked to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from own_folders import in_folder
from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QMenu,
    QToolTip,
    QWidget,
)

from stylestudio.app.core.settings import LAYOUT_VERSION, Settings
from stylestudio.app.core.task import FILES
from stylestudio.app.shell.layout_check import is_whole
from stylestudio.app.shell.menus import with_free_letter
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets.theme import icon
from stylestudio.checkpoints import write_safetensors

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def open_window(qtbot, settings):
    """Open a window on the settings; all are closed in the end."""
    opened = []

    def start():
        window = MainWindow(settings)
        qtbot.addWidget(window)
        opened.append(window)
        window.show()
        return window

    yield start
    for window in opened:
        window.quit()


# --- saved layouts -----------------------------------------------------------------------


def layouts(window):
    """Layouts as people leave them: docks closed, floating, in tabs, side by side."""
    yield window.saveState(LAYOUT_VERSION)
    window.docks["style"].close()  # by its button: one of several in tabs
    yield window.saveState(LAYOUT_VERSION)
    window.docks["noise"].hide()
    window.docks["mixing-console"].setFloating(True)
    yield window.saveState(LAYOUT_VERSION)
    window.tabifyDockWidget(window.docks["source"], window.docks["truncation"])
    side = Qt.Orientation.Horizontal
    window.splitDockWidget(window.docks["timeline"], window.docks["tasks"], side)
    yield window.saveState(LAYOUT_VERSION)
    for dock in window.docks.values():
        dock.hide()
    yield window.saveState(LAYOUT_VERSION)


def test_layouts_that_were_saved_are_whole_and_cut_ones_are_not(window):
    for saved in layouts(window):
        state = bytes(saved.data())
        assert is_whole(state)
        for end in range(0, len(state), 7):
            assert not is_whole(state[:end])
        assert not is_whole(state + b"\0")


def test_a_damaged_layout_is_not_restored_and_this_is_said(open_window, settings):
    first = open_window()
    first.docks["noise"].hide()
    first.docks["source"].setFloating(True)
    first.quit()
    state = bytearray(settings.blob("layout").data())
    name = state.index("source-dock".encode("utf-16-be"))
    sizes = name + 2 * len("source-dock") + 1  # Qt crashes over what is not its own here
    for start in (sizes + 12, sizes + 15, sizes + 16):
        damaged = bytes(state[:start]) + b"\xff" * 4 + bytes(state[start + 4 :])
        if is_whole(damaged):
            continue
        settings.set_blob("layout", QByteArray(damaged))
        again = open_window()
        assert again.docks["noise"].isVisible()
        assert "default places" in again.banner.text
        again.quit()
        assert is_whole(bytes(settings.blob("layout").data()))
    assert "default places" not in open_window().banner.text


def test_a_start_that_did_not_finish_is_followed_by_the_default_layout(
    qtbot, open_window, settings
):
    first = open_window()
    first.docks["noise"].hide()
    first.quit()
    second = open_window()
    assert not second.docks["noise"].isVisible()
    # As on the disk when the program ends here.
    crashed = Settings(settings.folder)
    qtbot.waitUntil(lambda: not settings.text("layout_unfinished"))
    second.quit()
    crashed.set_text("layout_unfinished", "yes")
    third = open_window()
    assert third.docks["noise"].isVisible()
    assert "did not finish" in third.banner.text
    third.quit()
    assert open_window().banner.text == ""


def test_the_mark_is_on_the_disk_while_a_layout_is_restored(open_window, settings, monkeypatch):
    open_window().quit()
    seen = []

    def restore(*_):
        seen.append(Settings(settings.folder).text("layout_unfinished"))
        return True

    monkeypatch.setattr(MainWindow, "restoreState", restore)
    open_window()
    assert seen == ["yes"]


CASES = Path(__file__).parents[3] / "shared" / "cases" / "window"


@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_dir(), reason="needs the collected cases")
def test_layouts_from_elsewhere_are_restored_or_refused(open_window, settings):
    for name, said in (("damaged", "default places"), ("healthy", "")):
        settings.set_blob("layout", QByteArray((CASES / f"{name}-layout.bin").read_bytes()))
        window = open_window()
        assert said in window.banner.text
        assert bool(window.banner.text) == bool(said)
        assert window.docks["noise"].isVisible() == (name == "damaged")
        window.quit()


# --- messages ----------------------------------------------------------------------------


def test_a_message_does_not_move_the_picture_and_esc_takes_it_away(qtbot, window):
    place = window.canvas.picture_rect()
    window.banner.say_error("Something went wrong, and it takes a while to say what it was. " * 4)
    qtbot.wait(20)
    assert window.canvas.picture_rect() == place
    assert window.canvas.rect().contains(window.banner.geometry())
    window.resize(window.size() - QSize(150, 100))
    qtbot.waitUntil(lambda: window.canvas.rect().contains(window.banner.geometry()))
    window.actions_by_id["full_screen"].setChecked(True)
    window.features["truncation"].panel.psi.box.setFocus()
    qtbot.keyClick(window.features["truncation"].panel.psi.box, Qt.Key.Key_Escape)
    assert window.banner.text == ""
    assert window.isFullScreen()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert not window.actions_by_id["full_screen"].isChecked()


def test_a_message_about_a_file_goes_when_another_is_opened(
    qtbot, window, drop, tmp_path, make_network
):
    bad, good = tmp_path / "bad.pkl", tmp_path / "good.safetensors"
    bad.write_bytes(b"not a model")
    write_safetensors(good, make_network(seed=3), name="Good")
    drop(window, bad)
    qtbot.waitUntil(lambda: "bad.pkl" in window.banner.text)
    drop(window, good)
    qtbot.waitUntil(lambda: window.studio.document.model.name == "Good")
    assert "bad.pkl" not in window.banner.text


@pytest.fixture
def failed_export(qtbot, window):
    """An export has failed, and the banner says so; the work that failed."""

    def fail(_report, _cancel):
        raise OSError("the disk is full")

    window.studio.tasks.start("Export clip.mp4", fail)
    qtbot.waitUntil(lambda: "disk is full" in window.banner.text)
    return fail


def test_a_message_goes_once_the_same_has_gone_well(qtbot, window, failed_export):
    tasks = window.studio.tasks
    tasks.start("Export another.mp4", lambda _report, _cancel: None)
    qtbot.waitUntil(lambda: not tasks.under_way)
    assert "disk is full" in window.banner.text
    tasks.start("Export clip.mp4", lambda _report, _cancel: None)
    qtbot.waitUntil(lambda: window.banner.text == "")
    tasks.start("Save look.png", failed_export, lane=FILES)
    qtbot.waitUntil(lambda: "disk is full" in window.banner.text)
    window.studio.done.emit("Saved look.png")
    assert window.banner.text == ""


def test_a_later_message_is_not_taken_away_by_an_earlier_task(qtbot, window, failed_export):
    tasks = window.studio.tasks
    window.studio.failed.emit("sea.pkl cannot be read.")
    task = tasks.start("Export clip.mp4", lambda _report, _cancel: None)
    qtbot.waitUntil(lambda: task.state.is_over)
    assert window.banner.text == "sea.pkl cannot be read."


# --- the status bar ----------------------------------------------------------------------


def test_the_zoom_follows_the_size_of_the_window(qtbot, window):
    before = window.status.zoom.text()
    window.resize(window.width(), window.height() - 250)
    qtbot.waitUntil(lambda: window.status.zoom.text() != before)
    shown = float(window.status.zoom.text().rstrip("%")) / 100
    assert shown == pytest.approx(window.canvas.zoom(), rel=0.01)


# --- menus, keys, tool tips --------------------------------------------------------------


def menus_of(window):
    bar = window.menuBar()
    yield "the bar", bar.actions()
    waiting = [action.menu() for action in bar.actions()]
    while waiting:
        menu = waiting.pop()
        menu.aboutToShow.emit()
        yield menu.title(), menu.actions()
        waiting += [action.menu() for action in menu.actions() if action.menu() is not None]


def test_no_menu_underlines_a_letter_twice(window):
    count = 0
    for title, actions in menus_of(window):
        texts = [action.text().replace("&&", "").partition("\t")[0] for action in actions]
        letters = [text[text.index("&") + 1].casefold() for text in texts if "&" in text]
        assert len(set(letters)) == len(letters), (title, texts)
        count += 1
    assert count > 6


def test_an_entry_whose_letter_is_taken_gets_another(qapp):
    menu = QMenu()
    for text in ("&Save", "Save &all", "C&ut && paste"):
        menu.addAction(text)
    assert with_free_letter("&Open", menu.actions()) == "&Open"
    assert with_free_letter("&Load", menu.actions()) == "&Load"
    assert with_free_letter("&Splice", menu.actions()) == "S&plice"
    assert with_free_letter("&Usa", menu.actions()) == "Usa"
    assert with_free_letter("Plain", menu.actions()) == "Plain"


def test_everything_that_takes_the_focus_says_what_it_does(window):
    window.features["noise"].panel.modes["flowing"].click()
    silent = []
    docks = ("source", "truncation", "mixing-console", "noise", "placement", "history")
    for within in (window.canvas, *(window.docks[name].widget().widget() for name in docks)):
        for widget in (within, *within.findChildren(QWidget)):
            if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.isHidden():
                continue
            speaker = widget
            while speaker is not within and not speaker.toolTip():
                speaker = speaker.parentWidget()
            if not speaker.toolTip() and not type(widget).__name__.startswith("QListView"):
                silent.append(f"{type(widget).__name__} {widget.accessibleName()}")
    assert silent == []
    QToolTip.hideText()


# --- narrow docks ------------------------------------------------------------------------


def test_icons_without_room_paint_nothing(qapp, capfd):
    for size in (QSize(0, 0), QSize(0, 16), QSize(16, 0)):
        pixmap = icon("remove").pixmap(size)
        assert pixmap.isNull()
    assert "QPainter" not in capfd.readouterr().err


# --- leaving -----------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_the_program_ends_when_it_is_asked_to(tmp_path):
    command = [sys.executable, "-m", "stylestudio"]
    environment = os.environ | in_folder(tmp_path)
    program = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    look = tmp_path / "StyleStudio" / "last-look.json"
    end = time.monotonic() + 90
    while not look.exists() and program.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    program.send_signal(signal.SIGTERM)
    assert program.wait(60) == 128 + signal.SIGTERM
    assert "layout" in (tmp_path / "StyleStudio" / "settings.ini").read_text()
    assert look.exists()


def test_a_dock_brought_in_sight_takes_the_height_that_its_work_needs(window, qtbot):
    window.resize(1280, 770)
    window.docks["mixing-console"].raise_()
    QApplication.processEvents()
    before = window.docks["mixing-console"].height()
    window.show_dock("photo")
    qtbot.waitUntil(lambda: window.docks["photo"].height() > before)


def test_what_was_done_can_be_read_in_the_status_bar_for_a_while(window, qtbot):
    standing = window.status.state.text()
    window.studio.done.emit("Copied the picture")
    assert window.status.state.text() == "Copied the picture"
    assert window.status.state.isVisible()
    window.status.clearMessage()
    assert window.status.state.text() == standing != ""
