"""The Drag dock: points placed by hand, steps on the picture, one step to undo."""

import numpy as np
import pytest
from hands import LEFT, drag
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

import stylestudio as ss
from stylestudio.app.features.drag import panel as panels
from stylestudio.app.features.drag.feature import DragFeature
from stylestudio.recipe import SeedSource


@pytest.fixture
def feature(studio, monkeypatch):
    """The Drag dock by itself, with its tools taken up."""
    monkeypatch.setattr(panels, "STEPS", 4)
    feature = DragFeature(studio)
    studio.document.model_changed.emit(studio.document.model)
    studio.document.recipe_changed.emit(studio.document.recipe)
    feature.take_up()
    return feature


@pytest.fixture
def panel(qtbot, feature):
    qtbot.addWidget(feature.panel)
    return feature.panel


@pytest.fixture
def canvas(studio):
    return studio.view.canvas


def at(canvas, x, y):
    return canvas.area().place(QPointF(x, y)).toPoint()


def place(qtbot, canvas, start=(0.25, 0.3), end=(0.75, 0.3)):
    drag(qtbot, canvas, at(canvas, *start), at(canvas, *end))


def over(qtbot, feature):
    dragger = feature.dragger
    qtbot.waitUntil(lambda: dragger.task is not None and not dragger.is_running, timeout=60_000)
    return dragger.run


def test_points_are_dragged_on_the_picture_as_one_step_to_undo(
    qtbot, studio, feature, canvas, panel
):
    document, points = studio.document, feature.points
    before, count = document.recipe, document.undo_stack.count()
    assert not panel.work.start.isEnabled()
    place(qtbot, canvas)
    assert panel.pairs.item(0).text() == "1.  8, 10  →  24, 10"
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    assert panel.work.start.text() == "Stop"
    run = over(qtbot, feature)
    assert document.recipe == run.found[-1].recipe
    assert document.recipe.source != before.source
    assert document.undo_stack.count() == count + 1
    assert "px to go" in panel.work.state.text()
    (now,) = points._now
    assert now != points.marks[0].handle
    assert [x * 32 for x in now] == pytest.approx(run.found[-1].points[0])
    document.undo_stack.undo()
    assert document.recipe == before
    assert points._now == ()
    document.undo_stack.redo()
    assert points._now == (now,)


def test_steps_are_scrubbed_and_gone_on_from(qtbot, studio, feature, canvas, panel):
    document = studio.document
    place(qtbot, canvas)
    qtbot.mouseClick(panel.work.start, LEFT)
    run = over(qtbot, feature)
    count = document.undo_stack.count()
    assert panel.work.scrub.maximum() == len(run.found) - 1 == 4
    panel.work.scrub.setValue(2)
    assert document.recipe == run.found[2].recipe
    assert panel.work.state.text().startswith("Step 2:")
    assert document.undo_stack.count() == count  # still the one step
    qtbot.mouseClick(panel.work.go_on, LEFT)
    again = over(qtbot, feature)
    assert again is not run
    assert [each.done for each in again.found] == [0, 1, 2, 3, 4, 5, 6]
    assert again.found[3].recipe == run.found[3].recipe  # the same way
    assert document.recipe == again.found[-1].recipe


def test_start_again_begins_where_the_points_are(qtbot, studio, feature, canvas, panel):
    place(qtbot, canvas)
    qtbot.mouseClick(panel.work.start, LEFT)
    first = over(qtbot, feature)
    qtbot.mouseClick(panel.work.start, LEFT)
    second = over(qtbot, feature)
    assert second.handles[0] == pytest.approx(first.found[-1].points[0])
    assert second.pair.recipe == first.found[-1].recipe


def test_what_is_painted_may_move_and_the_rest_stays(qtbot, studio, feature, canvas, panel):
    place(qtbot, canvas)
    studio.canvas_tools.choose(feature.brush)
    drag(qtbot, canvas, at(canvas, 0.2, 0.3), at(canvas, 0.8, 0.3))
    qtbot.mouseClick(panel.work.start, LEFT)
    mask = over(qtbot, feature).mask
    assert mask.shape == (32, 32)
    assert (mask[10, 16], mask[30, 16]) == (1, 0)
    qtbot.mouseClick(panel.clear, LEFT)
    assert panel.pairs.count() == 0
    assert feature.brush.marks is None


def test_stop_keeps_what_there_is(qtbot, studio, feature, canvas, panel, monkeypatch):
    monkeypatch.setattr(panels, "STEPS", 10_000)
    monkeypatch.setattr("stylestudio.editing.dragging.STALLED", 10_000)
    place(qtbot, canvas, (0.1, 0.1), (0.95, 0.95))
    qtbot.mouseClick(panel.work.start, LEFT)
    dragger = feature.dragger
    qtbot.waitUntil(lambda: len(dragger.run.found) > 3, timeout=60_000)
    marks = feature.points.marks
    place(qtbot, canvas, (0.5, 0.5), (0.6, 0.6))
    assert feature.points.marks == marks  # they stay while they are followed
    qtbot.mouseClick(panel.work.start, LEFT)
    run = over(qtbot, feature)
    assert studio.document.recipe == run.found[-1].recipe
    assert panel.work.start.text() == "Start"


def test_another_picture_is_not_overwritten(qtbot, studio, feature, canvas, panel, monkeypatch):
    monkeypatch.setattr(panels, "STEPS", 60)
    document = studio.document
    place(qtbot, canvas, (0.1, 0.1), (0.95, 0.95))
    qtbot.mouseClick(panel.work.start, LEFT)
    dragger = feature.dragger
    qtbot.waitUntil(lambda: len(dragger.run.found) > 1, timeout=60_000)
    other = document.recipe.replace(source=SeedSource(99))
    document.set(other, "another seed")
    dragger.stop()
    over(qtbot, feature)
    assert document.recipe == other
    assert not panel.work.go_on.isEnabled()


def test_other_changes_during_a_drag_stay(qtbot, studio, feature, canvas, panel):
    document = studio.document
    place(qtbot, canvas)
    qtbot.mouseClick(panel.work.start, LEFT)
    document.set(document.recipe.replace(noise_mode="none"), "noise")
    run = over(qtbot, feature)
    assert document.recipe == run.found[-1].recipe.replace(noise_mode="none")


def test_a_step_in_a_changed_picture_is_not_gone_on_from(qtbot, studio, feature, canvas, panel):
    document, go_on = studio.document, panel.work.go_on
    place(qtbot, canvas)
    qtbot.mouseClick(panel.work.start, LEFT)
    over(qtbot, feature)
    text, tip, now = panel.work.state.text(), go_on.toolTip(), feature.points._now
    assert "px to go" in text
    document.set(document.recipe.replace(truncation_psi=0.4), "Truncation")
    assert not go_on.isEnabled()
    assert go_on.toolTip() == "The picture has changed; press Start to drag it as it is now"
    assert "px to go" not in panel.work.state.text()
    assert feature.points._now == ()
    document.undo_stack.undo()
    assert go_on.isEnabled()
    assert (panel.work.state.text(), go_on.toolTip(), feature.points._now) == (text, tip, now)


def test_a_slider_that_moves_during_a_drag_is_one_step_to_undo(
    qtbot, studio, feature, canvas, panel, monkeypatch, pressed
):
    monkeypatch.setattr(panels, "STEPS", 10_000)
    monkeypatch.setattr("stylestudio.editing.dragging.STALLED", 10_000)
    document, dragger = studio.document, feature.dragger
    place(qtbot, canvas, (0.1, 0.1), (0.95, 0.95))
    qtbot.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: len(dragger.run.found) > 1, timeout=60_000)
    pressed.append(LEFT)
    count = document.undo_stack.count()
    for psi in (0.9, 0.8, 0.6):
        document.set(document.recipe.replace(truncation_psi=psi), "Truncation", "a drag")
        found = len(dragger.run.found)
        qtbot.waitUntil(lambda found=found: len(dragger.run.found) > found, timeout=60_000)
        qtbot.wait(20)
    assert document.undo_stack.count() == count + 1
    dragger.stop()
    run = over(qtbot, feature)
    assert document.recipe == run.found[-1].recipe.replace(truncation_psi=0.6)


def test_what_cannot_be_dragged_is_grey_with_the_reason(qtbot, studio, feature, canvas, panel):
    document = studio.document
    place(qtbot, canvas)
    document.set(document.recipe.replace(truncation_psi=0.0), "truncation")
    assert not panel.work.start.isEnabled()
    assert not panel.place.isEnabled()
    assert "raise truncation psi" in panel.hint.text()
    document.undo_stack.undo()
    assert panel.work.start.isEnabled()


def test_another_model_begins_anew(qtbot, studio, feature, canvas, panel, make_model):
    place(qtbot, canvas)
    qtbot.mouseClick(panel.work.start, LEFT)
    over(qtbot, feature)
    studio.document.open_model(make_model(5, name="other"))
    assert panel.pairs.count() == 0
    assert not panel.work.go_on.isEnabled()
    assert canvas.tool is None
    assert not panel.place.isChecked()


def test_delete_removes_a_pair_and_points_come_back_with_the_tools(
    qtbot, studio, feature, canvas, panel
):
    place(qtbot, canvas)
    place(qtbot, canvas, (0.3, 0.7), (0.6, 0.7))
    panel.pairs.setCurrentRow(0)
    QTest.keyClick(panel.pairs, Qt.Key.Key_Delete)
    assert [panel.pairs.item(i).text() for i in range(panel.pairs.count())] == [
        "1.  10, 22  →  19, 22"
    ]
    studio.canvas_tools.stop()
    assert not panel.place.isChecked()
    assert canvas.tool is None
    qtbot.mouseClick(panel.place, LEFT)
    assert canvas.tool is feature.points
    assert len(feature.points.marks) == 1


def test_a_point_that_may_be_lost_is_said(qtbot, studio, feature, canvas, panel, monkeypatch):
    monkeypatch.setattr(panels, "LOST", -1.0)
    place(qtbot, canvas)
    qtbot.mouseClick(panel.work.start, LEFT)
    over(qtbot, feature)
    assert panel.pairs.item(0).text().endswith("may be lost")


def test_a_photo_with_tuned_weights_keeps_them(qtbot, studio, feature, canvas, panel):
    import torch

    from stylestudio.render import Delta, compose_ws

    document = studio.document
    state = document.model.network.synthesis.state_dict()
    delta = Delta(
        {"b4.const": torch.full_like(state["b4.const"], 0.1).half()}, document.model.sha256
    )
    studio.assets.hold(delta)
    ws = compose_ws(document.model, document.recipe).numpy()
    source = ss.LatentSource.from_array(np.array(ws), "aunt.png", delta.sha256)
    document.set(document.recipe.replace(source=source), "a photo")
    place(qtbot, canvas)
    qtbot.mouseClick(panel.work.start, LEFT)
    over(qtbot, feature)
    assert (document.recipe.source.name, document.recipe.source.delta) == (
        "aunt.png",
        delta.sha256,
    )
    assert document.recipe.source != source


def test_the_window_shows_each_step(qtbot, window, settled, monkeypatch):
    monkeypatch.setattr(panels, "STEPS", 2)
    feature, canvas = window.features["drag"], window.canvas
    window.actions_by_id["drag_points"].trigger()
    qtbot.waitUntil(feature.panel.work.start.isVisible)
    place(qtbot, canvas)
    before = canvas.image.copy()
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    run = over(qtbot, feature)
    settled(window)
    assert canvas.image != before
    assert window.studio.view.shown_recipe == run.found[-1].recipe
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not feature.panel.place.isChecked()
