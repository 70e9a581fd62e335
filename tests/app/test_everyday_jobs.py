"""The ten everyday jobs of docs/window/habits.md, done by real events as the page says."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDrag, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from stylestudio.recipe import SeedSource, read_recipe

PAGE = Path(__file__).parents[2] / "docs" / "window" / "habits.md"
LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
KEY, LINE, DRAG = r"`([^`]+)`", r"type `([^`]+)`", r"drag the picture with `Shift`"

ROWS = re.findall(r"^\| ([A-Z].*?) \| (.*) \|$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
JOBS = {job: actions.split(", ") for job, actions in ROWS}


@pytest.fixture
def window(fresh_window):
    return fresh_window


class Hands:
    """Does actions as the page writes them."""

    def __init__(self, window, taken):
        self.window, self.taken = window, taken
        window.activateWindow()
        window.canvas.setFocus()

    def do(self, action):
        if re.fullmatch(DRAG, action):
            canvas = self.window.canvas
            start = canvas.picture_rect().center().toPoint()
            QTest.mousePress(canvas, LEFT, SHIFT, start)
            QTest.mouseMove(canvas, start + QPoint(60, 0))
            QTest.mouseRelease(canvas, LEFT, SHIFT, start + QPoint(60, 0))
        elif line := re.fullmatch(LINE, action):
            QTest.keyClicks(QApplication.focusWidget(), line[1])
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        else:
            combination = QKeySequence(re.fullmatch(KEY, action)[1])[0]
            widget = QApplication.focusWidget() or self.window
            QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


@pytest.fixture
def hands(window, settled, monkeypatch):
    """On a fresh window; the system that a drag is dropped on takes its files."""
    taken = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, _action: taken.extend(drag.mimeData().urls()))
    return Hands(window, taken)


@pytest.fixture
def do(window, hands, settled):
    def all_of(job):
        for action in JOBS[job]:
            hands.do(action)
            settled(window)

    return all_of


def test_the_page_has_ten_jobs_of_at_most_three_actions():
    assert len(JOBS) == 10
    assert all(len(actions) <= 3 for actions in JOBS.values())


def test_see_another_picture(window, do):
    before = window.canvas.image
    do("See another picture")
    assert window.canvas.image != before


def test_go_to_a_seed(window, do):
    do("Go to seed 12")
    assert window.studio.document.recipe.source == SeedSource(12)


def test_set_a_number(window, do):
    do("Set psi to 0.5")
    assert window.studio.document.recipe.truncation_psi == 0.5


def test_save_the_picture(qtbot, window, hands, tmp_path):
    window.studio.settings.set_directory("pictures", tmp_path)
    save, enter = JOBS["Save the picture"]
    assert enter == "`Enter`"

    def press_enter():
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        QTest.keyClick(dialog, Qt.Key.Key_Return)

    QTimer.singleShot(0, press_enter)
    hands.do(save)
    qtbot.waitUntil(lambda: "Saved" in window.status.state.text())
    (path,) = tmp_path.glob("*.png")
    assert read_recipe(path) == window.studio.document.recipe


def test_take_the_picture_elsewhere(window, hands, do):
    do("Take the picture to a folder or a program")
    (url,) = hands.taken
    assert read_recipe(url.toLocalFile()) == window.studio.document.recipe


@pytest.mark.parametrize(
    "job", ["Pass the recipe on, and get it back", "Keep a picture, look on, and come back"]
)
def test_come_back(window, do, job):
    before, seen = window.studio.document.recipe, []
    window.studio.document.recipe_changed.connect(seen.append)
    do(job)
    assert window.studio.document.recipe == before
    assert len(set(seen)) == 2  # something else was on show between


def test_compare_two_pictures(window, do):
    do("Compare two pictures")
    assert window.canvas.is_comparing


def test_begin_a_clip(window, do):
    do("Begin a clip with two keyframes")
    clip = window.features["timeline"].clip
    assert len(clip.timeline.keyframes) == 2
    assert len(set(clip.timeline.recipes)) == 2


def test_show_the_picture_alone(qtbot, window, do):
    do("Show the picture alone on a screen")
    qtbot.waitUntil(window.presenter.screen.isVisible)
