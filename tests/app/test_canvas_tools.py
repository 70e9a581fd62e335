"""Tools on the picture: brush and points, their bar, their keys, and undo of marks."""

import numpy as np
import pytest
from hands import LEFT, drag
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from stylestudio.app.core.canvas_tools import ToolSet
from stylestudio.app.core.images import mask_in
from stylestudio.app.shell.options_bar import OptionsBar
from stylestudio.app.shell.undoing import UndoActions
from stylestudio.app.widgets.brush import BrushTool
from stylestudio.app.widgets.points import PointPair, PointsTool

RIGHT = Qt.MouseButton.RightButton
MIDDLE = Qt.MouseButton.MiddleButton


@pytest.fixture
def tools(studio):
    """A set with points and a brush, in use."""
    made = ToolSet("Try", (PointsTool(), BrushTool()), studio.view.canvas, studio)
    studio.canvas_tools.start(made)
    return made


@pytest.fixture
def canvas(studio):
    return studio.view.canvas


def at(canvas, x, y):
    """A place in the widget, by shares of the picture."""
    return canvas.area().place(QPointF(x, y)).toPoint()


@pytest.fixture
def bar(qtbot, studio):
    bar = OptionsBar(studio.canvas_tools, studio.view.canvas)
    qtbot.addWidget(bar)
    return bar


def test_a_drag_makes_a_pair_and_so_do_two_clicks(qtbot, studio, canvas, tools):
    points = tools.tools[0]
    source = studio.document.recipe.source
    drag(qtbot, canvas, at(canvas, 0.2, 0.3), at(canvas, 0.5, 0.3))
    qtbot.mouseClick(canvas, LEFT, pos=at(canvas, 0.6, 0.6))
    assert points.marks[1].target is None
    qtbot.mouseClick(canvas, LEFT, pos=at(canvas, 0.8, 0.7))
    (first, second) = points.marks
    assert first.handle == pytest.approx((0.2, 0.3), abs=0.01)
    assert first.target == pytest.approx((0.5, 0.3), abs=0.01)
    assert second.handle == pytest.approx((0.6, 0.6), abs=0.01)
    assert second.target == pytest.approx((0.8, 0.7), abs=0.01)
    assert studio.document.recipe.source == source  # nothing walked
    drag(qtbot, canvas, at(canvas, 0.5, 0.3), at(canvas, 0.5, 0.5))
    assert points.marks[0].target == pytest.approx((0.5, 0.5), abs=0.01)
    qtbot.mouseClick(canvas, RIGHT, pos=at(canvas, 0.6, 0.6))
    assert len(points.marks) == 1


def test_another_button_does_not_disturb_a_stroke(qtbot, studio, canvas, tools):
    brush, strokes, place = tools.tools[1], [], canvas.picture_rect()
    studio.canvas_tools.choose(brush)
    brush.marked.connect(lambda what, *_marks: strokes.append(what))
    qtbot.mousePress(canvas, LEFT, pos=at(canvas, 0.2, 0.3))
    for button in (MIDDLE, RIGHT):
        qtbot.mousePress(canvas, button, pos=at(canvas, 0.3, 0.3))
        qtbot.mouseMove(canvas, at(canvas, 0.4, 0.3))
        qtbot.mouseRelease(canvas, button, pos=at(canvas, 0.4, 0.3))
    qtbot.mouseMove(canvas, at(canvas, 0.7, 0.3))
    assert strokes == []  # it goes on
    qtbot.mouseRelease(canvas, LEFT, pos=at(canvas, 0.7, 0.3))
    assert strokes == ["stroke"]
    assert canvas.picture_rect() == place
    painted = mask_in(brush.marks)
    assert painted[round(0.3 * len(painted)), round(0.7 * len(painted))] > 0.8
    qtbot.mouseMove(canvas, at(canvas, 0.7, 0.8))  # with no button
    assert np.array_equal(mask_in(brush.marks), painted)


def test_a_stroke_ends_though_the_middle_button_is_held_longer(qtbot, studio, canvas, tools):
    brush = tools.tools[1]
    studio.canvas_tools.choose(brush)
    qtbot.mousePress(canvas, LEFT, pos=at(canvas, 0.2, 0.3))
    qtbot.mousePress(canvas, MIDDLE, pos=at(canvas, 0.3, 0.3))
    qtbot.mouseRelease(canvas, LEFT, pos=at(canvas, 0.3, 0.3))
    qtbot.mouseRelease(canvas, MIDDLE, pos=at(canvas, 0.3, 0.3))
    painted = mask_in(brush.marks)
    qtbot.mouseMove(canvas, at(canvas, 0.3, 0.8))
    assert np.array_equal(mask_in(brush.marks), painted)


def test_points_move_by_keys_and_space_confirms(qtbot, studio, canvas, tools):
    points = tools.tools[0]
    drag(qtbot, canvas, at(canvas, 0.2, 0.3), at(canvas, 0.5, 0.3))
    before, side = points.marks[0].target, studio.document.model.resolution
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert points.marks[0].target == pytest.approx((before[0], before[1] + 1 / side))
    with qtbot.waitSignal(points.confirmed):
        qtbot.keyClick(canvas, Qt.Key.Key_Space)
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert points.marks == ()


def test_marks_are_never_part_of_the_picture(qtbot, studio, canvas, tools):
    before = canvas.image.copy()
    drag(qtbot, canvas, at(canvas, 0.2, 0.3), at(canvas, 0.5, 0.3))
    studio.canvas_tools.choose(tools.tools[1])
    clean = canvas.grab().toImage()
    drag(qtbot, canvas, at(canvas, 0.2, 0.3), at(canvas, 0.5, 0.3))
    assert canvas.image == before
    assert canvas.grab().toImage() != clean  # though they are drawn


def test_a_soft_brush_fades_and_the_right_button_erases(qtbot, studio, canvas, tools):
    brush = tools.tools[1]
    studio.canvas_tools.choose(brush)
    brush.set_options(size=40, softness=1.0)
    qtbot.mouseClick(canvas, LEFT, pos=at(canvas, 0.5, 0.5))
    mask = mask_in(brush.marks)
    side = len(mask)
    row = mask[side // 2]
    middle, near, far = row[side // 2], row[side // 2 + side // 10], row[side // 2 + side // 4]
    assert middle > 0.85
    assert 0.2 < near < 0.8
    assert far == 0
    drag(qtbot, canvas, at(canvas, 0.5, 0.5), at(canvas, 0.52, 0.5))  # does not pile up
    again = mask_in(brush.marks)[side // 2]
    assert again[side // 2 + side // 10] < 0.9
    brush.set_options(size=50, softness=0)
    qtbot.mouseClick(canvas, RIGHT, pos=at(canvas, 0.5, 0.5))
    assert mask_in(brush.marks)[side // 2, side // 2] == 0


def test_the_bar_shows_the_tools_and_their_options(qtbot, studio, canvas, bar, tools):
    assert bar.isVisible()
    assert bar.title.text() == "Try"
    assert [*bar.buttons] == ["Points", "Brush", "Hand"]
    qtbot.mouseClick(bar.buttons["Brush"], LEFT)
    assert canvas.tool is tools.tools[1]
    bar.options.size_slider.setValue(30)
    assert tools.tools[1].size == 30
    qtbot.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert bar.options.size_slider.value() == 36
    bar.options.erase.click()
    assert tools.tools[1].erases
    bar.options.erase.click()
    qtbot.mouseClick(canvas, LEFT, pos=at(canvas, 0.5, 0.5))
    qtbot.mouseClick(bar.clear, LEFT)
    assert tools.tools[1].marks is None
    studio.canvas_tools.marks.undo()
    assert tools.tools[1].marks is not None
    qtbot.mouseClick(bar.buttons["Hand"], LEFT)
    before = canvas.picture_rect()
    drag(qtbot, canvas, at(canvas, 0.5, 0.5), at(canvas, 0.5, 0.5) + QPoint(30, 0))
    assert canvas.picture_rect().x() == pytest.approx(before.x() + 30)
    qtbot.mouseClick(bar.done, LEFT)
    assert bar.isHidden()
    assert canvas.tool is None


def test_a_tool_moves_neither_the_picture_nor_covers_it(qtbot, window):
    canvas, studio = window.canvas, window.studio
    before = canvas.picture_rect(), canvas.size()
    tools = ToolSet("Try", (BrushTool(), PointsTool()), canvas, studio)
    studio.canvas_tools.start(tools)
    QTest.qWait(1)
    bar = window.options
    assert bar.isVisible()
    assert (canvas.picture_rect(), canvas.size()) == before
    assert bar.geometry().bottom() == canvas.rect().bottom()
    assert bar.geometry().top() >= int(canvas.picture_rect().bottom())
    qtbot.mouseClick(bar.title, LEFT)  # paints nothing
    assert tools.tools[0].marks is None
    window.resize(window.width(), window.height() - 60)
    qtbot.waitUntil(lambda: bar.geometry().bottom() == canvas.rect().bottom())


def test_another_set_takes_over(studio, bar, tools):
    ended = []
    tools.ended.connect(lambda: ended.append("first"))
    other = ToolSet("Other", (BrushTool(),), studio.view.canvas, studio)
    studio.canvas_tools.start(other)
    assert ended == ["first"]
    assert bar.title.text() == "Other"
    assert studio.view.canvas.tool is other.tools[0]


def test_leaving_in_the_middle_of_a_stroke_ends_it(qtbot, studio, canvas, tools):
    brush = tools.tools[1]
    studio.canvas_tools.choose(brush)
    qtbot.mousePress(canvas, LEFT, pos=at(canvas, 0.2, 0.2))
    studio.canvas_tools.stop()
    painted = mask_in(brush.marks).copy()
    studio.canvas_tools.start(tools)
    qtbot.mouseMove(canvas, at(canvas, 0.8, 0.8))
    assert np.array_equal(mask_in(brush.marks), painted)


def test_the_brush_of_the_photo_uses_the_same_bar_and_escape_puts_it_away(
    qtbot, window, photo_panel
):
    framing = photo_panel.framing
    QTest.mouseClick(framing.brush, LEFT)
    assert window.options.title.text() == "Mark what matters"
    assert not window.options.buttons["Brush"].isVisible()  # there is no other
    qtbot.mouseClick(framing.picture, LEFT, pos=framing.picture.rect().center())
    assert framing.weights(32) is not None
    window.studio.canvas_tools.marks.undo()
    assert framing.weights(32) is None
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not framing.brush.isChecked()
    assert window.options.isHidden()


def test_there_are_only_so_many_pairs(qtbot, studio, canvas, tools):
    points = tools.tools[0]
    points.set_marks(tuple(PointPair((0.1, 0.1), (0.2, 0.2)) for _ in range(16)))
    drag(qtbot, canvas, at(canvas, 0.6, 0.6), at(canvas, 0.8, 0.8))
    assert len(points.marks) == 16


def test_what_was_done_last_is_undone_first(qtbot, studio, canvas, tools):
    document, (points, _brush, _hand) = studio.document, tools.tools
    undoing = UndoActions((studio.canvas_tools.marks, document.undo_stack), studio)
    first = document.recipe
    drag(qtbot, canvas, at(canvas, 0.2, 0.3), at(canvas, 0.5, 0.3))
    document.set(first.replace(truncation_psi=0.5), "truncation")
    second = document.recipe
    drag(qtbot, canvas, at(canvas, 0.6, 0.6), at(canvas, 0.8, 0.7))
    undo, redo = undoing.undo, undoing.redo
    states = []
    for _ in range(3):
        undo.trigger()
        states.append((len(points.marks), document.recipe == second))
    assert states == [(1, True), (1, False), (0, False)]
    states = []
    for _ in range(3):
        redo.trigger()
        states.append((len(points.marks), document.recipe == second))
    assert states == [(1, False), (1, True), (2, True)]
