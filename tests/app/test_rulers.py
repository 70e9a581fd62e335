"""Rulers beside the picture: where the pointer is, how far a region reaches, at any zoom."""

import pytest
from hands import drag
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.widgets.brush import BrushTool
from stylestudio.app.widgets.points import PointPair, PointsTool
from stylestudio.app.widgets.rulers import THICKNESS, marks_at
from stylestudio.app.widgets.theme import current_theme


@pytest.fixture
def window(fresh_window):
    yield fresh_window
    fresh_window.studio.canvas_tools.stop()
    fresh_window.canvas.fit()
    fresh_window.actions_by_id["rulers"].setChecked(False)


@pytest.fixture
def brush(window):
    brush = BrushTool()
    tools = ToolSet("Try", (brush, PointsTool()), window.canvas, window.studio)
    window.studio.canvas_tools.start(tools)
    return brush


def top_ruler(canvas):
    """The colours along the top ruler, in pixels of the screen, from just above its lower edge."""
    shot = canvas.grab().toImage()
    ratio = shot.devicePixelRatio()
    row = round(2 * ratio)
    return [shot.pixelColor(round(x * ratio), row) for x in range(canvas.width())]


def left_ruler(canvas):
    shot = canvas.grab().toImage()
    ratio = shot.devicePixelRatio()
    return [shot.pixelColor(round(2 * ratio), round(y * ratio)) for y in range(canvas.height())]


def shaded(colours):
    """From where to where a ruler is shaded; labels and ticks interrupt it."""
    theme = current_theme()
    plain = QColor(theme.window)
    found = [
        i
        for i, each in enumerate(colours[THICKNESS:], THICKNESS)
        if each.red() > plain.red() + 40 and each.red() > each.blue() + 40
    ]
    return (found[0], found[-1] + 1) if found else None


def test_rulers_come_with_a_tool_or_by_their_command_and_leave_the_picture_alone(window, qtbot):
    canvas = window.canvas
    assert not canvas.has_rulers
    picture, place = canvas.image.copy(), canvas.picture_rect()
    window.actions_by_id["rulers"].trigger()
    assert canvas.has_rulers
    assert canvas.picture_rect() == place
    assert top_ruler(canvas)[canvas.width() // 2] != QColor(current_theme().canvas)
    assert canvas.image == picture
    assert window.studio.settings.text("rulers")
    window.actions_by_id["rulers"].trigger()
    assert not canvas.has_rulers


def test_the_pointer_is_shown_on_both_rulers(window, brush, qtbot):
    canvas, accent = window.canvas, QColor(current_theme().accent)
    place = canvas.area().place(QPointF(0.4, 0.7)).toPoint()
    qtbot.mouseMove(canvas, place)
    qtbot.waitUntil(lambda: accent in top_ruler(canvas)[place.x() - 1 : place.x() + 2])
    assert accent in left_ruler(canvas)[place.y() - 1 : place.y() + 2]


@pytest.mark.parametrize("zoomed", [False, True])
def test_the_extent_of_a_region_is_shaded_where_it_is(window, brush, qtbot, zoomed):
    canvas, side = window.canvas, window.canvas.area().size.width()
    brush.set_options(size=10.0)
    ends = [canvas.area().place(QPointF(*share)).toPoint() for share in ((0.4, 0.5), (0.6, 0.5))]
    drag(qtbot, canvas, *ends)
    if zoomed:
        canvas.set_zoom(canvas.zoom() * 1.3)
        start = canvas.rect().center()
        qtbot.mousePress(canvas, Qt.MouseButton.MiddleButton, pos=start)
        qtbot.mouseMove(canvas, start + QPointF(25, -10).toPoint())
        qtbot.mouseRelease(canvas, Qt.MouseButton.MiddleButton)
    extent = brush.extent(canvas.area().size)
    assert extent.left() == pytest.approx(0.35 * side, abs=2)
    assert extent.width() == pytest.approx(0.3 * side, abs=3)
    rect, scale = canvas.picture_rect(), canvas.zoom()
    for colours, start, first, count in (
        (top_ruler(canvas), rect.left(), extent.left(), extent.width()),
        (left_ruler(canvas), rect.top(), extent.top(), extent.height()),
    ):
        low, high = shaded(colours)
        assert low == pytest.approx(start + first * scale, abs=2)
        assert high == pytest.approx(start + (first + count) * scale, abs=2)


def test_points_and_no_marks_have_their_extent(window, brush):
    size = window.canvas.area().size
    assert brush.extent(size) is None
    points = window.studio.canvas_tools.current.tools[1]
    assert points.extent(size) is None
    points.set_marks((PointPair((0.25, 0.5), (0.5, 0.25)),))
    quarter = size.width() // 4
    assert points.extent(size) == QRect(quarter, quarter, quarter + 1, quarter + 1)


def test_numbers_stand_apart_at_any_zoom():
    for scale in (0.1, 0.4, 1.0, 2.5, 8.0, 32.0):
        marks = marks_at(scale)
        assert marks.label * scale >= 56
        assert marks.label % marks.tick == 0
    assert marks_at(1.0) == (100, 10)
    assert marks_at(32.0) == (2, 1)
