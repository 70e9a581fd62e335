"""The Dissect dock: brush, find, take away, insert, keep."""

import numpy as np
import pytest
from hands import LEFT, drag
from PySide6.QtCore import QPointF, Qt

import stylestudio as ss
from stylestudio.editing import unit_effects
from stylestudio.recipe import interventions_of


@pytest.fixture(autouse=True)
def few_iterations(monkeypatch):
    monkeypatch.setattr(unit_effects, "ITERATIONS", 3)


@pytest.fixture
def window(window_of_new_model):
    """The window of the module; the dock has neither samples nor units."""
    feature = window_of_new_model.features["dissect"]
    feature.brush.clear()
    feature.panel.name.clear()
    feature.panel.view.setCurrentIndex(0)
    return window_of_new_model


@pytest.fixture
def panel(qtbot, window):
    """The dock in sight."""
    window.studio.dock_wanted.emit("dissect")
    panel = window.features["dissect"].panel
    qtbot.waitUntil(lambda: panel.isVisible() and not panel.visibleRegion().isEmpty())
    qtbot.waitUntil(lambda: panel.step.count() > 1)
    return panel


def paint(qtbot, window, height=0.2):
    canvas = window.canvas
    start, end = (canvas.area().place(QPointF(x, height)).toPoint() for x in (0.2, 0.8))
    drag(qtbot, canvas, start, end)


def acting(window):
    return interventions_of(window.studio.document.recipe.interventions)


@pytest.fixture
def found(qtbot, window, panel):
    """Units that were found from one brushed sample."""
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    panel.step.setCurrentIndex(panel.step.findText("b16.conv1 (16 px)"))
    qtbot.mouseClick(panel.find_units, LEFT)
    qtbot.waitUntil(
        lambda: window.features["dissect"].finder.here.found is not None, timeout=60_000
    )
    qtbot.waitUntil(lambda: panel.grid.count() > 0)
    return panel


def test_units_are_found_from_what_is_brushed(qtbot, window, found):
    (sample,) = window.features["dissect"].finder.here.samples
    assert sample.mask.max() == 1
    assert sample.mask[28:].max() == 0
    units = window.features["dissect"].finder.here.found
    model, recipe = window.studio.document.model, window.studio.document.recipe
    alone = ss.dissect(model, [(recipe, sample.mask)], "b16.conv1")
    assert units == alone
    assert found.grid.units() == found.grid.chosen() == units.units
    assert "after b16.conv1" in found.state.text()
    qtbot.waitUntil(lambda: not found.grid.item(0).icon().isNull())


def test_samples_are_added_and_removed(qtbot, window, panel):
    finder = window.features["dissect"].finder
    qtbot.mouseClick(panel.add, LEFT)
    assert "Nothing is brushed" in window.statusBar().currentMessage() or not finder.here.samples
    qtbot.mouseClick(panel.paint, LEFT)
    for height in (0.2, 0.6):
        paint(qtbot, window, height)
        qtbot.mouseClick(panel.add, LEFT)
    assert panel.samples.count() == 2
    assert window.features["dissect"].brush.marks is None  # the next sample starts empty
    rect = panel.samples.visualItemRect(panel.samples.item(0)).center()
    qtbot.mouseClick(panel.samples.viewport(), LEFT, pos=rect)
    qtbot.mouseDClick(panel.samples.viewport(), LEFT, pos=rect)
    assert panel.samples.count() == 1
    assert finder.here.samples[0].mask[: len(finder.here.samples[0].mask) // 3].max() == 0


def test_units_are_taken_away_where_it_is_painted(qtbot, window, found, settled):
    document = window.studio.document
    plain = document.recipe
    found.name.setText("top")
    qtbot.mouseClick(found.ablate, LEFT)
    (ablation,) = acting(window).values()
    assert (ablation.name, ablation.mask) == ("Ablate top", None)
    assert ablation.units == found.grid.chosen()
    settled(window)
    paint(qtbot, window)
    assert 0 < acting(window)["Ablate top"].mask.array().mean() < 0.5
    settled(window)
    window.studio.canvas_tools.stop()
    document.undo_stack.undo()  # the button and its strokes are one step
    assert document.recipe == plain


def test_units_are_inserted_only_where_it_is_painted(qtbot, window, found, settled):
    settled(window)
    before = window.canvas.image.copy()
    qtbot.mouseClick(found.insert, LEFT)
    settled(window)
    assert window.canvas.image == before
    paint(qtbot, window, 0.7)
    settled(window)
    assert window.canvas.image != before
    (inserted,) = acting(window).values()
    assert inserted.values == window.features["dissect"].finder.here.found.values
    qtbot.mouseClick(found.boost, LEFT)
    assert acting(window)["Boost units"].numbers == (2.0,)


def test_only_ticked_units_take_part(qtbot, window, panel):
    top, model = np.zeros((32, 32)), window.studio.document.model
    top[:12] = 1
    units = ss.dissect(model, [(1, top)], "b16.conv1", 3, learn=False)
    window.features["dissect"].finder.use(units)
    assert panel.grid.chosen() == units.units
    qtbot.mouseClick(panel.none, LEFT)
    assert not panel.ablate.isEnabled()
    panel.grid.setFocus()
    panel.grid.setCurrentRow(1)
    qtbot.keyClick(panel.grid, Qt.Key.Key_Space)
    qtbot.mouseClick(panel.ablate, LEFT)
    assert acting(window)["Ablate units"].units == (units.units[1],)


def test_any_units_of_a_step_are_chosen_by_eye(qtbot, window, panel):
    panel.step.setCurrentIndex(panel.step.findText("b8.conv1 (8 px)"))
    panel.view.setCurrentText("All units of the step")
    panel.view.activated.emit(1)
    assert panel.grid.units() == tuple(range(16))
    assert panel.grid.chosen() == ()
    qtbot.waitUntil(lambda: not panel.grid.item(15).icon().isNull())
    panel.grid.item(3).setCheckState(Qt.CheckState.Checked)
    qtbot.mouseClick(panel.insert, LEFT)
    (inserted,) = acting(window).values()
    maps = ss.editing.feature_maps(
        window.studio.document.model, window.studio.document.recipe, "b8.conv1"
    )
    assert inserted.units == (3,)
    assert inserted.values[0] == pytest.approx(float(np.quantile(maps[3], 0.95)), rel=1e-3)


def test_units_are_kept_for_the_model(qtbot, window, found, make_model):
    finder = window.features["dissect"].finder
    assert not found.forget.isEnabled()
    found.name.setText("top")
    qtbot.mouseClick(found.keep, LEFT)
    qtbot.waitUntil(lambda: found.kept.count() == 1)
    folder = window.studio.settings.folder / "units"
    (kept,) = ss.editing.kept_units(window.studio.document.model, folder)
    assert (kept.name, kept.units) == ("top", found.grid.units())
    window.studio.document.open_model(make_model(seed=5, name="other"))
    qtbot.waitUntil(lambda: found.kept.count() == 0)
    assert found.grid.count() == 0
    window.studio.document.undo_stack.undo()
    qtbot.waitUntil(lambda: found.kept.count() == 1)
    found.grid.clear()
    found.kept.activated.emit(0)
    assert found.grid.units() == kept.units
    qtbot.mouseClick(found.forget, LEFT)
    qtbot.waitUntil(lambda: found.kept.count() == 0)
    assert finder.here.found == kept  # still on show


def test_finding_can_be_stopped(qtbot, window, panel, monkeypatch):
    monkeypatch.setattr(unit_effects, "ITERATIONS", 10_000)
    finder = window.features["dissect"].finder
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    qtbot.mouseClick(panel.find_units, LEFT)
    qtbot.waitUntil(lambda: panel.find_units.text() == "Stop")
    qtbot.mouseClick(panel.find_units, LEFT)
    assert not finder.is_finding
    assert panel.find_units.text() == "Find"
    assert finder.here.samples  # are there for the next try
