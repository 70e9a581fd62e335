"""The photo dock's search for the crop: begun and ended by hand."""

import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from stylestudio.app.features.photo import crop_finder
from stylestudio.app.features.photo.crop_finder import NOTHING
from stylestudio.inversion import Crop

LEFT = Qt.MouseButton.LeftButton
FOUND = Crop(0.1, -0.05, 0.5, 7.0)


@pytest.fixture
def window(window_without_photo):
    return window_without_photo


@pytest.fixture
def framing(photo_panel):
    return photo_panel.framing


@pytest.fixture
def inverter(window):
    return window.features["photo"].inverter


@pytest.fixture
def searches(monkeypatch):
    """What was asked for; the answer, None for a search that goes on until it is stopped."""
    asked, answer, ended = [], [FOUND], threading.Event()

    def find(context, photo, first):
        asked.append((context.model, photo, first))
        try:
            yield None
            while answer[0] is None:
                yield None
            yield answer[0]
        finally:
            ended.set()

    monkeypatch.setattr(crop_finder, "find_crop", find)
    return asked, answer, ended


def begun(qtbot, framing, searches):
    """A search that goes on."""
    searches[1][0] = None
    QTest.mouseClick(framing.find_crop, LEFT)
    qtbot.waitUntil(lambda: len(searches[0]) == 1)
    assert framing.find_crop.text() == "Stop"


def test_the_frame_goes_where_the_search_says(qtbot, window, framing, inverter, searches):
    before = Crop(0.02, 0.01, 0.8, 0.0)
    framing.set_frame(before)
    with qtbot.waitSignal(framing.chosen) as chosen:
        QTest.mouseClick(framing.find_crop, LEFT)
    assert (chosen.args, framing.frame) == ([FOUND], FOUND)
    ((model, photo, first),) = searches[0]
    assert (model.sha256, photo, first) == (
        window.studio.document.model.sha256,
        inverter.photo,
        before,
    )
    qtbot.waitUntil(lambda: framing.find_crop.text() == "Find crop")


def test_where_nothing_is_found_that_is_said(qtbot, framing, inverter, searches):
    searches[1][0] = framing.frame
    with qtbot.waitSignal(inverter.noted) as noted:
        QTest.mouseClick(framing.find_crop, LEFT)
    assert noted.args == [NOTHING]


@pytest.mark.parametrize("by", ["button", "mouse", "reset", "inversion", "photo"])
def test_a_search_is_ended(qtbot, window, photo_panel, framing, searches, drop, photo_file, by):
    begun(qtbot, framing, searches)
    before = framing.frame
    if by == "button":
        QTest.mouseClick(framing.find_crop, LEFT)
    elif by == "mouse":
        picture = framing.picture
        centre = picture.picture_rect().center().toPoint()
        qtbot.mousePress(picture, LEFT, pos=centre)
        qtbot.mouseMove(picture, centre + QPoint(4, 0))
        qtbot.mouseRelease(picture, LEFT, pos=centre + QPoint(4, 0))
        assert framing.frame != before
        before = framing.frame
    elif by == "reset":
        QTest.mouseClick(framing.reset, LEFT)
    elif by == "inversion":
        QTest.mouseClick(photo_panel.work.start, LEFT)
    else:
        drop(window, photo_file)
    qtbot.waitUntil(lambda: framing.find_crop.text() == "Find crop")
    assert searches[2].wait(30)
    searches[1][0] = FOUND
    if by == "inversion":
        window.features["photo"].inverter.stop()
    qtbot.wait(50)
    assert framing.frame == before
