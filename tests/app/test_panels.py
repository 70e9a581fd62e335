"""Every control changes the recipe as it says, through real events."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hands import drag
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QScrollArea, QWidget

from stylestudio.app.features.source.seed_plane import SeedPlane
from stylestudio.recipe import (
    BlendPart,
    BlendSource,
    LatentSource,
    MixRow,
    PlaneSource,
    Region,
    SeedSource,
    ZPart,
    ZSource,
    blend,
)
from stylestudio.recipe.numbers import FIRST_PSI

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(fresh_window):
    return fresh_window


def turn_wheel(widget, place, angle):
    event = QWheelEvent(
        QPointF(place),
        QPointF(widget.mapToGlobal(place)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def at(rect, x=0.5, y=0.5):
    return QPointF(rect.left() + rect.width() * x, rect.top() + rect.height() * y).toPoint()


def test_dragging_psi_is_one_undo_step(qtbot, window):
    row = window.features["truncation"].panel.psi
    count = window.studio.document.undo_stack.count()
    drag(qtbot, row.slider, row.slider.rect().center(), QPoint(row.slider.width() // 4, 8))
    psi = window.studio.document.recipe.truncation_psi
    assert -0.6 < psi < 0.1
    assert window.studio.document.undo_stack.count() == count + 1
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.studio.document.recipe.truncation_psi == 0.7
    assert row.value() == 0.7


def test_reset_is_lit_only_when_touched(qtbot, window):
    row = window.features["truncation"].panel.psi
    assert not row.reset.isEnabled()
    row.slider.setValue(0)
    assert window.studio.document.recipe.truncation_psi == -1.0
    assert row.reset.isEnabled()
    qtbot.mouseClick(row.reset, LEFT)
    assert window.studio.document.recipe.truncation_psi == 0.7
    assert not row.reset.isEnabled()


def test_values_can_be_typed_and_stepped(qtbot, window):
    row = window.features["truncation"].panel.psi
    row.box.selectAll()
    qtbot.keyClicks(row.box, "-0.25")
    qtbot.keyClick(row.box, Qt.Key.Key_Return)
    assert window.studio.document.recipe.truncation_psi == -0.25
    row.slider.setFocus()
    qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    assert window.studio.document.recipe.truncation_psi == pytest.approx(-0.24)
    qtbot.keyClick(row.slider, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.studio.document.recipe.truncation_psi == pytest.approx(-0.14)
    qtbot.keyClick(row.slider, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert window.studio.document.recipe.truncation_psi == pytest.approx(-0.141)


def test_the_wheel_over_a_slider_without_focus_changes_nothing(qtbot, window):
    slider = window.features["truncation"].panel.psi.slider
    window.canvas.setFocus()
    turn_wheel(slider, slider.rect().center(), 120)
    assert window.studio.document.recipe.truncation_psi == 0.7


def test_cutoff_counts_layers_and_all_of_them_is_none(window, model):
    row = window.features["truncation"].panel.cutoff
    row.slider.setValue(3)
    assert window.studio.document.recipe.truncation_cutoff == 3
    row.slider.setValue(model.num_ws)
    assert window.studio.document.recipe.truncation_cutoff is None


def test_cutoff_is_grey_with_a_reason_where_psi_is_one(window):
    window.features["truncation"].panel.psi.box.setValue(1.0)
    assert not window.features["truncation"].panel.cutoff.slider.isEnabled()
    assert "Psi is 1" in window.features["truncation"].panel.cutoff.toolTip()


def test_mixing_by_group_by_bar_and_by_key(qtbot, window, model):
    bars = window.features["mixing"].panel.rows[0].bars
    middle = [i for i, layer in enumerate(model.layers) if layer.group == "middle"]
    handle = at(bars.group_rect("middle"), 0.5)
    drag(qtbot, bars, handle, handle - QPoint(0, round(bars.bar_rect(0).height())))
    amounts = window.studio.document.recipe.mixing[0].amounts
    assert all(amounts[i] > 0.98 for i in middle)
    assert all(amounts[i] == 0 for i in range(len(amounts)) if i not in middle)
    qtbot.mouseClick(bars, LEFT, pos=at(bars.bar_rect(1), 0.5, 0.5))
    assert window.studio.document.recipe.mixing[0].amounts[1] == pytest.approx(0.5, abs=0.03)
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    qtbot.keyClick(bars, Qt.Key.Key_Up)
    assert window.studio.document.recipe.mixing[0].amounts[2] == pytest.approx(0.05)
    qtbot.mouseDClick(bars, LEFT, pos=at(bars.bar_rect(1), 0.5, 0.5))
    assert window.studio.document.recipe.mixing[0].amounts[1] == 0


def test_a_fast_stroke_sets_every_bar_it_crosses(qtbot, window):
    bars = window.features["mixing"].panel.rows[0].bars
    last = len(bars.values) - 1
    start, end = at(bars.bar_rect(0), 0.5, 0.9), at(bars.bar_rect(last), 0.5, 0.1)
    drag(qtbot, bars, start, end, moves=1)
    amounts = window.studio.document.recipe.mixing[0].amounts
    assert amounts[0] == pytest.approx(0.1, abs=0.03)
    assert amounts[last] == pytest.approx(0.9, abs=0.03)
    steps = [b - a for a, b in pairwise(amounts)]
    assert all(step == pytest.approx(0.8 / last, abs=0.05) for step in steps)
    drag(qtbot, bars, end, start, moves=1)
    assert window.studio.document.recipe.mixing[0].amounts == pytest.approx(amounts, abs=0.05)


def test_resolutions_below_the_bars_do_not_overlap(window, make_model):
    window.studio.document.open_model(
        make_model(seed=5, name="large", resolution=1024, channel_base=8192)
    )
    bars = window.features["mixing"].panel.rows[0].bars
    bars.resize(240, 104)
    labels = bars.resolution_labels(bars.fontMetrics())
    assert len(labels) > 3
    assert labels[0][0].left() >= 0
    assert labels[-1][0].right() <= 240
    for (left, _), (right, _) in pairwise(labels):
        assert left.right() < right.left()


def test_sources_come_and_go(qtbot, window):
    qtbot.mouseClick(window.features["mixing"].panel.add, LEFT)
    assert len(window.studio.document.recipe.mixing) == 2
    qtbot.mouseClick(window.features["mixing"].panel.rows[1].seed.dice, LEFT)
    second = window.studio.document.recipe.mixing[1]
    qtbot.mouseClick(window.features["mixing"].panel.rows[0].remove, LEFT)
    assert window.studio.document.recipe.mixing == (second,)
    assert len(window.features["mixing"].panel.rows) == 1
    window.studio.document.undo_stack.undo()
    assert len(window.features["mixing"].panel.rows) == 2


def test_noise_controls(qtbot, window):
    noise = window.features["noise"].panel
    qtbot.mouseClick(noise.modes["seeded"], LEFT)
    assert window.studio.document.recipe.noise_mode == "seeded"
    qtbot.mouseClick(noise.seed.dice, LEFT)
    noise.strength.box.setValue(2.5)
    assert window.studio.document.recipe.noise_strength == 2.5
    qtbot.mouseClick(noise.layers, LEFT, pos=at(noise.layers.bar_rect(2), 0.5, 0.02))
    assert window.studio.document.recipe.noise_layers[2] > 1.8
    assert window.studio.document.recipe.noise_layers[3] == 1.0
    qtbot.mouseDClick(noise.layers, LEFT, pos=at(noise.layers.bar_rect(2), 0.5, 0.5))
    assert window.studio.document.recipe.noise_layers == ()
    qtbot.mouseClick(noise.modes["none"], LEFT)
    assert window.studio.document.recipe.noise_mode == "none"
    assert not noise.strength.slider.isEnabled()
    assert "Noise is off" in noise.strength.toolTip()


def test_noise_is_grey_on_a_model_without_it(window, make_model, settled):
    window.studio.document.open_model(make_model(seed=4, name="plain", use_noise=False))
    settled(window)
    assert not window.features["noise"].panel.modes["const"].isEnabled()
    assert "adds no noise" in window.features["noise"].panel.modes["const"].toolTip()
    assert not window.features["noise"].panel.layers.isEnabled()


def test_placement_is_grey_where_the_scene_cannot_move(window):
    assert not window.features["placement"].panel.turn.slider.isEnabled()
    assert "StyleGAN3" in window.features["placement"].panel.turn.toolTip()


def test_a_model_is_named_by_its_family_and_the_rest_is_in_the_tip(window, model):
    facts = window.features["source"].panel.facts
    assert facts.text() == f"StyleGAN2 · {model.resolution} × {model.resolution}"
    assert f"{model.num_ws} layers" in facts.toolTip()
    assert model.format in facts.toolTip()


def source_dice(window):
    return window.features["source"].panel.seed.dice


def test_seeds_by_typing_by_dice_and_by_map(qtbot, window):
    source = window.features["source"].panel
    source.seed.box.selectAll()
    qtbot.keyClicks(source.seed.box, "4294967295")
    qtbot.keyClick(source.seed.box, Qt.Key.Key_Return)
    assert window.studio.document.recipe.source == SeedSource(4294967295)
    qtbot.mouseClick(source.seed.dice, LEFT)
    assert isinstance(window.studio.document.recipe.source, SeedSource)
    assert window.studio.document.recipe.source != SeedSource(4294967295)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(("psi", "then"), [(1.0, FIRST_PSI), (0.4, 0.4)])
def test_a_seed_after_a_latent_is_typical_again(qtbot, window, psi, then, mixed):
    """A photo is shown with a psi of 1, at which seeds are wild."""
    document = window.studio.document
    latent = LatentSource.from_array(np.zeros(document.model.w_dim, np.float32), "a photo")
    source = blend([(latent, 0.9), (SeedSource(4), 0.1)]) if mixed else latent
    document.set(document.recipe.replace(source=source, truncation_psi=psi), "photo")
    window.actions_by_id["randomize"].trigger()
    assert isinstance(document.recipe.source, SeedSource)
    assert document.recipe.truncation_psi == then
    document.set(document.recipe.replace(truncation_psi=1.0), "psi")
    window.actions_by_id["randomize"].trigger()
    assert document.recipe.truncation_psi == 1.0  # somebody's own choice


def test_a_psi_of_one_that_seeds_had_stays_after_a_drag_of_points(window):
    document = window.studio.document
    document.set(document.recipe.replace(truncation_psi=1.0), "psi")
    latent = LatentSource.from_array(np.zeros(document.model.w_dim, np.float32))
    document.set(document.recipe.replace(source=latent), "Drag points")
    window.actions_by_id["randomize"].trigger()
    assert document.recipe.truncation_psi == 1.0


def test_reset_leaves_a_photo_as_it_was_found(window):
    document = window.studio.document
    latent = LatentSource.from_array(np.zeros(document.model.w_dim, np.float32), "a photo")
    document.set(document.recipe.replace(source=latent, truncation_psi=0.4), "photo")
    window.actions_by_id["reset"].trigger()
    assert document.recipe.source == latent
    assert document.recipe.truncation_psi == 1.0


def test_dragging_the_picture_walks_the_plane_and_snap_finds_a_seed(qtbot, window):
    window.studio.document.set(
        window.studio.document.recipe.replace(source=SeedSource(205)), "seed"
    )
    canvas = window.canvas
    centre = canvas.picture_rect().center().toPoint()
    width = canvas.picture_rect().width()
    drag(qtbot, canvas, centre, centre - QPoint(round(width * 0.2), 0))
    source = window.studio.document.recipe.source
    assert isinstance(source, PlaneSource)
    assert source.x == pytest.approx(5.4, abs=0.02)
    assert source.y == 2.0
    assert window.features["source"].panel.snap.isEnabled()
    qtbot.mouseClick(window.features["source"].panel.snap, LEFT)
    assert window.studio.document.recipe.source == SeedSource(205)
    assert not window.features["source"].panel.snap.isEnabled()


def place_on_map(plane, x, y):
    """Where a point of the plane lies in the map's viewport."""
    return plane._plot.mapFromScene(plane._box.mapViewToScene(QPointF(x, y)))


@pytest.mark.parametrize(
    ("place", "seed"), [((1.3, 0.7), 101), ((-0.8, 0.9), 99), ((0.2, 2.1), 200)]
)
def test_clicking_a_face_on_the_map_goes_to_its_seed(qtbot, new_window, settled, place, seed):
    plane = new_window.features["source"].panel.plane
    plane._box.translateBy(x=-1.5)  # as the middle button does
    qtbot.waitUntil(lambda: len(plane._tiles) > 8 and plane.is_full())
    qtbot.mouseClick(plane._plot.viewport(), LEFT, pos=place_on_map(plane, *place))
    qtbot.waitUntil(lambda: new_window.studio.document.recipe.source == SeedSource(seed))
    settled(new_window)
    mark = (plane._mark.pos().x(), plane._mark.pos().y())
    assert mark == (round(place[0]), round(place[1]))  # it stays where the hand put it


def test_a_lower_map_still_shows_where_the_picture_is(qtbot):
    plane = SeedPlane(lambda _x, _y: None)
    qtbot.addWidget(plane)
    plane.resize(300, 500)
    plane.show()
    view = plane._plot.viewport()

    def shows_mark():
        return view.rect().contains(place_on_map(plane, 0, 0))

    assert shows_mark()
    plane.resize(300, 200)
    qtbot.waitUntil(shows_mark)
    plane.resize(300, 500)
    middle = view.rect().center()
    drag(qtbot, view, middle, middle - QPoint(0, 240), button=Qt.MouseButton.MiddleButton)
    qtbot.waitUntil(lambda: not shows_mark())
    plane.resize(300, 300)  # what the hand looks at stays
    QApplication.processEvents()
    assert not shows_mark()


def test_the_map_ends_before_the_first_seed(qtbot, new_window):
    plane = new_window.features["source"].panel.plane
    view = plane._plot.viewport()
    assert plane._box.viewRect().left() > -1  # at first, there is no hole
    assert plane._box.viewRect().top() > -1
    plane._box.translateBy(x=-1.5, y=-1.5)
    qtbot.waitUntil(lambda: len(plane._tiles) > 8 and plane.is_full())
    assert min(y for _, y in plane._tiles) == 0
    assert min(x + 100 * y for x, y in plane._tiles) == 0
    before = new_window.studio.document.recipe.source
    qtbot.mouseClick(view, LEFT, pos=place_on_map(plane, -1, 0))
    assert new_window.studio.document.recipe.source == before
    start = place_on_map(plane, 1, 1)
    drag(qtbot, view, start, QPoint(start.x(), -200))
    source = new_window.studio.document.recipe.source
    assert (source.x, source.y) == pytest.approx((1.0, 0.0), abs=0.05)


def test_the_map_ends_after_the_last_seed(qtbot, new_window, settled):
    last = SeedSource(2**32 - 1)
    new_window.studio.document.set(new_window.studio.document.recipe.replace(source=last), "seed")
    plane = new_window.features["source"].panel.plane
    qtbot.waitUntil(lambda: len(plane._tiles) > 8 and plane.is_full())
    assert max(x + 100 * y for x, y in plane._tiles) == 2**32 - 1


def test_dragging_over_the_map_goes_between_seeds(qtbot, new_window):
    plane = new_window.features["source"].panel.plane
    view = plane._plot.viewport()
    drag(qtbot, view, place_on_map(plane, 0, 0), place_on_map(plane, 0.5, 1.0))
    source = new_window.studio.document.recipe.source
    assert isinstance(source, PlaneSource)
    assert (source.x, source.y) == pytest.approx((0.5, 1.0), abs=0.05)


def test_the_map_is_full_however_far_the_wheel_is_turned(qtbot, new_window):
    plane = new_window.features["source"].panel.plane
    view = plane._plot.viewport()
    for _ in range(12):
        turn_wheel(view, view.rect().center(), -120)
    assert plane._box.viewRect().top() > -1  # with no hole above the first row
    qtbot.waitUntil(lambda: len(plane._tiles) > 30 and plane.is_full(), timeout=30_000)


@pytest.mark.parametrize("kind", ["latent", "blend", "z"])
def test_dragging_the_picture_varies_any_source(qtbot, window, model, settled, kind):
    seeds = SeedSource(3), SeedSource(4)
    sources = {
        "latent": LatentSource.from_array(np.zeros(model.w_dim, np.float32), "a photo"),
        "blend": BlendSource(tuple(BlendPart(seed, 0.5) for seed in seeds)),
        "z": ZSource(tuple(ZPart(seed, 0.5) for seed in seeds)),
    }
    document, canvas = window.studio.document, window.canvas
    document.set(document.recipe.replace(source=sources[kind]), "somewhere")
    settled(window)
    count, before = document.undo_stack.count(), canvas.image
    centre = canvas.picture_rect().center().toPoint()
    step = QPoint(round(canvas.picture_rect().width() * 0.2), 0)
    drag(qtbot, canvas, centre, centre + step)
    settled(window)
    assert canvas.image != before
    assert document.undo_stack.count() == count + 1
    assert window.banner.text == ""
    parts = len(document.recipe.source.parts)
    drag(qtbot, canvas, centre + step, centre)
    drag(qtbot, canvas, centre, centre + step)
    assert len(document.recipe.source.parts) == parts
    weights = {part.source: part.weight for part in document.recipe.source.parts}
    assert sum(weights.values()) == pytest.approx(1.0)
    document.undo_stack.setIndex(count)
    assert document.recipe.source == sources[kind]


def test_a_slow_drag_goes_as_far_as_a_fast_one(window):
    document = window.studio.document
    document.set(document.recipe.replace(source=PlaneSource(3.5, 2.0)), "somewhere")
    slow, fast = object(), object()
    for _ in range(100):
        window.canvas.walked.emit(-0.0002, 0.0001, slow)  # as with the picture much enlarged
    there = document.recipe.source
    assert (there.x, there.y) == (pytest.approx(3.54), pytest.approx(1.98))
    document.undo_stack.undo()
    window.canvas.walked.emit(-0.02, 0.01, fast)
    assert document.recipe.source == there


def test_a_source_is_varied_on_a_model_without_the_classes_of_the_last(window, make_model):
    document, canvas = window.studio.document, window.canvas
    plain = document.model
    document.open_model(make_model(seed=6, name="classes", c_dim=4))
    classed = [SeedSource(seed, (0.0, 1.0, 0.0, 0.0)) for seed in (1, 2)]
    for model, seeds in (
        (document.model, classed),
        (plain, [SeedSource(3), SeedSource(4)]),
    ):
        document.open_model(model)
        middle = blend((seed, 0.5) for seed in seeds)
        document.set(document.recipe.replace(source=middle), "a blend")
        canvas.walked.emit(0.1, 0.0, object())
        assert document.recipe.source != middle


def test_choosing_and_blending_classes(window, make_model, settled):
    classes = window.features["source"].panel.classes
    assert not classes.first.isEnabled()
    assert "no classes" in classes.first.toolTip()
    window.studio.document.open_model(make_model(seed=6, name="classes", c_dim=3))
    settled(window)
    assert classes.first.count() == 3
    classes.first.setCurrentIndex(2)
    assert window.studio.document.recipe.source.label == (0.0, 0.0, 1.0)
    classes.second.setCurrentIndex(1)
    for share, label in ((0.25, (0.0, 0.25, 0.75)), (1.0, (0.0, 1.0, 0.0)), (0.0, (0, 0, 1))):
        classes.blend.box.setValue(share)
        assert window.studio.document.recipe.source.label == label
        assert (classes.first.currentIndex(), classes.second.currentIndex()) == (2, 1)
    for roll in (window.actions_by_id["randomize"].trigger, source_dice(window).click):
        roll()  # another picture of the same class
        assert window.studio.document.recipe.source.label == (0, 0, 1)


def test_what_is_rolled_or_added_after_a_drag_of_points_keeps_the_class(
    qtbot, window, make_model, settled
):
    document, source = window.studio.document, window.features["source"]
    document.open_model(make_model(seed=6, name="classes", c_dim=3))
    second, third = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
    document.set(document.recipe.replace(source=SeedSource(4, third)), "a class")
    ws = np.zeros((document.model.num_ws, document.model.w_dim), np.float32)
    dragged = document.recipe.replace(source=LatentSource.from_array(ws))  # as a drag leaves it
    document.set(dragged, "Drag points")
    document.set(document.recipe.replace(source=SeedSource(5, second)), "another class")
    document.undo_stack.undo()
    settled(window)
    rolls = (
        window.actions_by_id["randomize"].trigger,
        partial(source.go_to_seed, 8),
        source_dice(window).click,
    )
    for roll in rolls:
        roll()
        assert document.recipe.source.label == third
        document.set(dragged, "Drag points")
    qtbot.mouseClick(window.features["mixing"].panel.add, LEFT)
    assert document.recipe.mixing[-1].source.label == third
    qtbot.mouseClick(window.features["interventions"].panel.paint, LEFT)
    assert document.recipe.interventions[-1].source.label == third


def test_a_seed_in_place_of_a_latent_is_of_the_class_that_was_chosen(
    qtbot, window, make_model, settled
):
    document = window.studio.document
    document.open_model(make_model(seed=6, name="classes", c_dim=3))
    num_ws, third = document.model.num_ws, (0.0, 0.0, 1.0)
    latent = LatentSource.from_array(np.zeros((num_ws, document.model.w_dim), np.float32))
    document.set(document.recipe.replace(source=SeedSource(4, third)), "a class")
    rows = (MixRow(latent, (1.0,) * num_ws), MixRow(SeedSource(5), (1.0,) * num_ws))
    region = Region.of("eyes", latent, np.eye(4))
    found = document.recipe.replace(source=latent, truncation_psi=1.0, mixing=rows)
    document.set(found.intervene(region), "Open a latent")
    settled(window)
    mixed, painted = window.features["mixing"].panel.rows, window.features["interventions"].panel
    mixed[0].seed.edited.emit(9, object())
    mixed[1].seed.edited.emit(9, object())
    assert document.recipe.mixing[0].source.label == third
    assert document.recipe.mixing[1].source.label == ()  # the first class was chosen there
    painted.rows["eyes"].seed.edited.emit(9, object())
    assert document.recipe.interventions[0].source.label == third
    variations = window.features["edits"].variations
    window.show_dock("variations")
    for kind in ("Style mixing", "Seeds"):
        variations.kind.setCurrentText(kind)
        qtbot.waitUntil(lambda: variations.list.count() == 9)
        shown = document.recipe
        variations.list.taken.emit(0, False)
        taken = document.recipe
        part = taken.mixing[-1] if kind == "Style mixing" else taken.source.parts[-1]
        assert part.source.label == third
        document.set(shown, "and back")


def test_a_variation_that_is_a_seed_keeps_a_psi_that_was_chosen(qtbot, window, settled):
    document, variations = window.studio.document, window.features["edits"].variations
    ws = np.zeros((document.model.num_ws, document.model.w_dim), np.float32)
    document.set(document.recipe.replace(truncation_psi=1.0), "psi")
    document.set(document.recipe.replace(source=LatentSource.from_array(ws)), "Drag points")
    settled(window)
    window.show_dock("variations")
    variations.kind.setCurrentText("Seeds")
    variations.distance.set_value(3.0)
    qtbot.waitUntil(lambda: variations.list.count() == 9)
    variations.list.taken.emit(0, False)
    assert document.recipe.truncation_psi == 1.0
    assert isinstance(document.recipe.source, SeedSource)


def test_every_control_that_takes_the_focus_has_a_name(window):
    nameless = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        parent = type(widget.parent()).__name__
        is_inner = isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
        is_inner = is_inner or isinstance(widget, QScrollArea)
        if not is_inner and interface and not interface.text(QAccessible.Text.Name):
            nameless.append(f"{type(widget).__name__} in {parent}")
    assert nameless == []


@pytest.mark.parametrize("feature", ["edits", "styles"])
def test_pictures_wait_until_a_scroll_has_ended_wherever_it_leads(window, feature):
    panel = window.features[feature].panel
    wait = panel._timer.interval()
    panel.grid.verticalScrollBar().valueChanged.emit(3)
    assert panel._timer.isActive()
    assert panel._timer.interval() == wait
