"""The Bend dock: operations and regions, their masks on the picture, and what undo does to them."""

import msgspec
import numpy as np
import pytest
from hands import LEFT, drag
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

import stylestudio as ss
from stylestudio.app.core.images import mask_in
from stylestudio.app.features.interventions import moves
from stylestudio.recipe import PlaneSource, interventions_of
from stylestudio.recipe.interventions import OPERATIONS


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def panel(window):
    window.show_dock("bend")
    return window.features["interventions"].panel


@pytest.fixture
def painter(window):
    return window.features["interventions"].painter


def recipe_of(window):
    return window.studio.document.recipe


def named(window, name):
    return interventions_of(recipe_of(window).interventions)[name]


def names(window):
    return [each.name for each in recipe_of(window).interventions]


def bend(panel, operation):
    next(each for each in panel.menu.actions() if each.data() == operation).trigger()


def at(canvas, x, y):
    return canvas.area().place(QPointF(x, y)).toPoint()


def stroke(qtbot, window, start, end):
    drag(qtbot, window.canvas, at(window.canvas, *start), at(window.canvas, *end))


def give(window, *interventions):
    document = window.studio.document
    document.set(document.recipe.replace(interventions=interventions), "give")


def test_an_operation_is_added_and_moved_and_undone(qtbot, window, panel, settled):
    assert panel.empty.isVisible()
    before = window.canvas.image.copy()
    bend(panel, "flip")
    settled(window)
    assert window.canvas.image != before
    assert not panel.empty.isVisible()
    row, stack = panel.rows["flip"], window.studio.document.undo_stack
    for path, control in row.rows.items():
        if hasattr(control, "slider") and control.isVisible():
            old, index = ss.Recipe.get(recipe_of(window), path), stack.index()
            up = control.slider.value() < control.slider.maximum()
            qtbot.keyClick(control.slider, Qt.Key.Key_Right if up else Qt.Key.Key_Left)
            assert recipe_of(window).get(path) != old
            stack.setIndex(index)
            assert recipe_of(window).get(path) == old
    stack.undo()
    settled(window)
    assert window.canvas.image == before
    assert panel.rows == {}


def test_every_parameter_has_a_control(qtbot, window, panel, model):
    operations = tuple(ss.Intervention.of(each, 2, each) for each in OPERATIONS)
    regions = (
        ss.Region.of("seed", 3, np.eye(4)),
        ss.Region.of("plane", PlaneSource(0.5, 0.25), np.eye(4)),
    )
    give(window, *operations, *regions)
    for row in panel.rows.values():
        if hasattr(row, "open"):
            row.open.click()
    ours = [
        each
        for each in ss.parameters(model, recipe_of(window))
        if each.path.startswith("interventions.")
    ]
    assert len(ours) > 50
    for each in ours:
        qtbot.waitUntil(lambda: panel.control(each.path).isVisibleTo(panel))  # noqa: B023
    for seed in ("interventions.seed.source.seed", "interventions.shuffle.seed"):
        control = panel.control(seed)
        box = getattr(control, "seed", control).box
        box.selectAll()
        qtbot.keyClicks(box, "77")
        qtbot.keyClick(box, Qt.Key.Key_Return)
        assert recipe_of(window).get(seed) == 77


def rows_are_renamed_muted_moved_and_taken_away(qtbot, window, panel):
    for operation in ("scale", "blur", "scale"):
        bend(panel, operation)
    assert names(window) == ["scale", "blur", "scale 2"]
    panel.rows["blur"].title.setFocus()
    panel.rows["blur"].title.selectAll()
    qtbot.keyClicks(panel.rows["blur"].title, "scale")
    qtbot.keyClick(panel.rows["blur"].title, Qt.Key.Key_Return)
    assert names(window) == ["scale", "scale 3", "scale 2"]
    assert [*panel.rows] == names(window)
    qtbot.mouseClick(panel.rows["scale"].mute, LEFT)
    assert named(window, "scale").muted
    qtbot.mouseClick(panel.rows["scale"].down, LEFT)
    assert names(window) == ["scale 3", "scale", "scale 2"]
    assert [*panel.rows] == names(window)
    assert not panel.rows["scale 3"].up.isEnabled()
    assert not panel.rows["scale 2"].down.isEnabled()
    qtbot.mouseClick(panel.rows["scale"].remove, LEFT)
    assert names(window) == ["scale 3", "scale 2"]


def a_new_row_is_brought_in_sight(qtbot, window, panel):
    for operation in [*OPERATIONS][:6]:
        bend(panel, operation)
        row = panel.rows[operation]
        qtbot.waitUntil(lambda: not row.title.visibleRegion().isEmpty())  # noqa: B023


def steps_operations_and_units_are_chosen(qtbot, window, panel):
    bend(panel, "scale")
    row = panel.rows["scale"]
    qtbot.keyClick(row.step, Qt.Key.Key_Down)
    assert named(window, "scale").step == moves.first_step(window.studio.document.model) + 1
    qtbot.keyClick(row.operation, Qt.Key.Key_Down)
    assert named(window, "scale").operation == "set"
    row = panel.rows["scale"]
    assert "interventions.scale.level" in row.rows
    row.open.click()
    for typed, units in (("3, 5-7", (3, 5, 6, 7)), ("x", (3, 5, 6, 7)), ("99", (3, 5, 6, 7))):
        row.units.setFocus()
        row.units.selectAll()
        qtbot.keyClicks(row.units, typed)
        qtbot.keyClick(row.units, Qt.Key.Key_Return)
        assert named(window, "scale").units == units
    assert row.about.text() == "After this step there are units 0 to 15."
    row.units.selectAll()
    qtbot.keyClicks(row.units, "all")
    qtbot.keyClick(row.units, Qt.Key.Key_Return)
    assert named(window, "scale").units is None


def test_a_source_is_painted_into_a_region(qtbot, window, panel, painter, settled, model):
    before = window.canvas.image.copy()
    qtbot.mouseClick(panel.paint, LEFT)
    settled(window)
    assert window.canvas.image == before  # it lies nowhere yet
    row = panel.rows["region"]
    assert row.brush.isChecked()
    assert row.about.text().startswith("Paint on the picture")
    index = window.studio.document.undo_stack.index()
    stroke(qtbot, window, (0.2, 0.2), (0.4, 0.2))
    stroke(qtbot, window, (0.2, 0.3), (0.4, 0.3))
    settled(window)
    mask = named(window, "region").mask.array()
    assert mask.shape == (model.resolution, model.resolution)
    assert mask[: model.resolution // 2, : model.resolution // 2].max() == 1
    assert not mask[model.resolution // 2 :].any()
    assert window.canvas.image != before
    assert window.studio.document.undo_stack.index() == index + 2  # a step each
    qtbot.waitUntil(lambda: "it can change" in row.about.text())
    shown = painter.brush._reach
    assert (shown == ss.influence(model, named(window, "region"))).all()
    window.studio.document.set(recipe_of(window).replace(truncation_psi=0.2), "truncation")
    stroke(qtbot, window, (0.7, 0.7), (0.8, 0.7))
    assert named(window, "region").mask.array()[-model.resolution // 2 :].any()
    qtbot.mouseClick(row.brush, LEFT)
    assert window.studio.canvas_tools.current is None
    qtbot.mouseClick(row.brush, LEFT)  # the brush goes on from what there is
    assert (mask_in(painter.brush.marks) == named(window, "region").mask.array()).all()


def test_how_far_a_region_reaches_follows_its_steps(qtbot, window, panel, painter):
    qtbot.mouseClick(panel.paint, LEFT)
    stroke(qtbot, window, (0.2, 0.2), (0.3, 0.2))
    about = panel.rows["region"].about
    qtbot.waitUntil(lambda: "it can change" in about.text())
    region = named(window, "region")
    last = len(window.studio.document.model.synthesis.steps) - 1
    give(window, msgspec.structs.replace(region, first=last, last=last, right=0.3))
    now = ss.influence(window.studio.document.model, named(window, "region"))
    qtbot.waitUntil(lambda: (painter.brush._reach == now).all())
    assert f"it can change {100 * now.mean():.0f} %" in about.text()


def undo_takes_back_strokes_and_then_the_region(qtbot, window, panel, painter):
    qtbot.mouseClick(panel.paint, LEFT)
    stroke(qtbot, window, (0.2, 0.2), (0.4, 0.2))
    first = named(window, "region").mask
    stroke(qtbot, window, (0.6, 0.6), (0.8, 0.6))
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert named(window, "region").mask == first
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert named(window, "region").mask.is_empty
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert recipe_of(window).interventions == ()
    assert painter.name == ""
    assert window.studio.canvas_tools.current is None


def an_operation_gets_a_mask_and_loses_it(qtbot, window, panel, painter):
    bend(panel, "invert")
    qtbot.mouseClick(panel.rows["invert"].brush, LEFT)
    stroke(qtbot, window, (0.2, 0.2), (0.4, 0.2))
    first = named(window, "invert").mask
    assert not first.is_empty
    stroke(qtbot, window, (0.6, 0.6), (0.8, 0.6))
    both = named(window, "invert").mask
    window.studio.canvas_tools.clear()
    assert named(window, "invert").mask is None
    for mask in (both, first, None):  # the clearing is taken back, and then stroke by stroke
        qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert named(window, "invert").mask == mask
        assert (painter.brush.marks is None) == (mask is None)


def the_brush_follows_what_undo_brings_and_goes_with_its_row(qtbot, window, panel, painter):
    give(window, ss.Region.of("a", 3, np.ones((4, 4))), ss.Region.of("b", 4, np.eye(4)))
    qtbot.mouseClick(panel.rows["a"].brush, LEFT)
    qtbot.mouseClick(panel.rows["b"].brush, LEFT)
    assert [row.brush.isChecked() for row in panel.rows.values()] == [False, True]
    halved = msgspec.structs.replace(named(window, "b"), mask=ss.Mask.from_array(np.eye(2)))
    give(window, named(window, "a"), halved)
    assert mask_in(painter.brush.marks)[0, 0] == 1
    assert named(window, "b") == halved
    qtbot.mouseClick(panel.rows["b"].remove, LEFT)
    assert window.studio.canvas_tools.current is None
    qtbot.mouseClick(panel.rows["a"].brush, LEFT)
    window.studio.canvas_tools.stop()
    assert not panel.rows["a"].brush.isChecked()


def steps_of_a_region_keep_their_order(qtbot, window, panel, model):
    give(window, ss.Region.of("a", 3, np.ones((4, 4)), 2, 5))
    row, end = panel.rows["a"], len(model.synthesis.steps) - 1
    row.first.setFocus()
    qtbot.keyClick(row.first, Qt.Key.Key_End)
    assert (named(window, "a").first, named(window, "a").last) == (end - 1, end - 1)
    qtbot.keyClick(row.last, Qt.Key.Key_Home)
    assert (named(window, "a").first, named(window, "a").last) == (0, 0)
    qtbot.keyClick(row.last, Qt.Key.Key_End)
    assert (named(window, "a").first, named(window, "a").last) == (0, None)


def test_a_source_comes_from_the_history_or_a_file(
    qtbot, window, panel, tmp_path, monkeypatch, settled, model
):
    document = window.studio.document
    for seed in (41, 42):
        document.set(document.recipe.replace(source=ss.SeedSource(seed)), "seed")
    give(window, ss.Region.of("a", 3, np.ones((4, 4))))
    row = panel.rows["a"]
    menu = row.choose.menu()
    menu.aboutToShow.emit()
    entries = {each.text(): each for each in menu.actions()}
    entries["seed 41"].trigger()
    assert named(window, "a").source == ss.SeedSource(41)
    entries["The picture's own source"].trigger()
    assert named(window, "a").source == ss.SeedSource(42)
    path = tmp_path / "found.npy"
    np.save(path, np.random.RandomState(0).randn(2, model.num_ws, model.w_dim).astype(np.float32))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    entries["Latent file…"].trigger()
    qtbot.waitUntil(lambda: isinstance(named(window, "a").source, ss.LatentSource))
    qtbot.waitUntil(lambda: row.source.text().startswith("latent"))
    settled(window)


def twenty_regions_are_the_most(window, panel):
    give(window, *(ss.Region.of(f"r{i}", i, np.ones((2, 2))) for i in range(20)))
    assert not panel.paint.isEnabled()
    assert "up to 20" in panel.paint.toolTip()


def test_another_model_keeps_what_fits_it(qtbot, window, panel, make_model, settled):
    give(window, ss.Intervention.of("a", 9, "scale"), ss.Region.of("b", 1, np.ones((2, 2))))
    window.studio.document.open_model(make_model(seed=9, name="sibling"))
    settled(window)
    assert [*panel.rows] == ["a", "b"]
    window.studio.document.open_model(make_model(seed=9, name="larger", resolution=64))
    settled(window)
    assert panel.rows == {}
    window.studio.document.undo_stack.undo()
    settled(window)
    assert [*panel.rows] == ["a", "b"]


def what_does_not_fit_says_so_in_its_row(qtbot, window, panel):
    give(window, ss.Intervention.of("a", 50, "scale"), ss.Region.of("b", 1, np.ones((2, 2)), 50))
    assert panel.rows["a"].about.text() == "This model has no step 50 with maps: choose another."
    assert "steps 0 to" in panel.rows["b"].about.text()
    qtbot.waitUntil(lambda: "acts after step 50" in window.banner.text)
    give(window)


def units_of_a_missing_step_stay_as_they_were(qtbot, window, panel):
    give(window, ss.Intervention.of("a", 50, "scale"))
    row, before = panel.rows["a"], recipe_of(window)
    qtbot.mouseClick(row.open, LEFT)
    row.units.setFocus()
    row.units.selectAll()
    qtbot.keyClicks(row.units, "0-3")
    qtbot.keyClick(row.units, Qt.Key.Key_Return)
    assert recipe_of(window) == before
    assert row.units.text() == "all"
    assert row.about.text() == "This model has no step 50 with maps: choose another."
    give(window)


def test_rows_are_changed_by_hand(qtbot, window, panel):
    rows_are_renamed_muted_moved_and_taken_away(qtbot, window, panel)
    give(window)
    a_new_row_is_brought_in_sight(qtbot, window, panel)
    give(window)
    steps_operations_and_units_are_chosen(qtbot, window, panel)


def test_units_keep_what_was_learned_of_them(qtbot, window, panel):
    learned = ss.Intervention.of("put in", 2, "set", 1, units=[3, 1, 6], values=[5, -2, 7])
    give(window, learned)
    field = panel.rows["put in"].units
    for text, units, values in (
        ("1,3", (1, 3), (-2, 5)),
        ("1,3,4", (1, 3, 4), (-2, 5, 1)),  # the level itself for one of which nothing was learned
        ("all", None, ()),
    ):
        field.setText(text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert (named(window, "put in").units, named(window, "put in").values) == (units, values)


def test_a_region_that_is_gone_leaves_no_menu_behind(qtbot, window, panel, settled):
    def menus():
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return sum(isinstance(each, QMenu) for each in QApplication.allWidgets())

    before = menus()
    for _ in range(3):
        qtbot.mouseClick(panel.paint, LEFT)
        settled(window)
        window.studio.document.undo_stack.undo()
        settled(window)
    assert not panel.rows
    assert menus() == before


def test_regions_say_what_can_be(qtbot, window, panel, model):
    steps_of_a_region_keep_their_order(qtbot, window, panel, model)
    give(window)
    twenty_regions_are_the_most(window, panel)
    give(window)
    what_does_not_fit_says_so_in_its_row(qtbot, window, panel)
    units_of_a_missing_step_stay_as_they_were(qtbot, window, panel)


def test_masks_are_undone_and_followed(qtbot, window, panel, painter):
    undo_takes_back_strokes_and_then_the_region(qtbot, window, panel, painter)
    give(window)
    an_operation_gets_a_mask_and_loses_it(qtbot, window, panel, painter)
    give(window)
    the_brush_follows_what_undo_brings_and_goes_with_its_row(qtbot, window, panel, painter)
