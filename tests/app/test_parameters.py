"""Every number of the recipe has a control in the window, and all say what the table says."""

import numpy as np
import pytest
from alias_free import alias_free_layers
from PySide6.QtCore import QPoint, QPointF, Qt

import stylestudio as ss
from stylestudio.app.core.panel import Panel
from stylestudio.app.features.styles.grid import StyleGrid
from stylestudio.app.widgets.class_mix import ClassMix
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.number_box import NumberBox
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.checkpoints import write_safetensors
from stylestudio.networks import stylegan3
from stylestudio.recipe import (
    BlendPart,
    BlendSource,
    MixRow,
    PlaneSource,
    SeedSource,
    Style,
    ZPart,
    ZSource,
)
from stylestudio.render import open_model

LEFT = Qt.MouseButton.LeftButton
SEEDS_IN_Z = ZSource((ZPart(SeedSource(3), 0.5), ZPart(SeedSource(4), 0.5)))


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture(scope="module")
def conditional(make_model):
    return make_model(seed=6, name="classes", c_dim=3)


@pytest.fixture(scope="module")
def placeable(tmp_path_factory):
    layers = alias_free_layers((52, 8, 2), (32, 3, 1))
    network = stylegan3.Generator(stylegan3.StyleGAN3Config(layers=layers, z_dim=8, w_dim=8))
    path = tmp_path_factory.mktemp("models") / "placeable.safetensors"
    write_safetensors(path, network.eval(), name="placeable")
    return open_model(path, device="cpu")


def full(model, source):
    """A recipe that has every kind of number besides those of the style."""
    amounts = (0.25,) * model.num_ws
    mixing = (
        MixRow(SeedSource(5), amounts),
        MixRow(PlaneSource(1.5, 2.5), amounts),
        MixRow(BlendSource((BlendPart(SeedSource(7), 0.5), BlendPart(SEEDS_IN_Z, 0.5))), amounts),
    )
    older = ss.Edit.from_array("older", np.ones(model.w_dim), 0.5, (0.5,) * model.num_ws)
    return ss.Recipe.from_seed(0, model).replace(
        source=source,
        mixing=mixing,
        noise_mode="flowing",
        noise_seed=4,
        truncation_psi=0.6,
        edits=(older,),
    )


def control_of(window, path):
    panels = [dock.panel for feature in window.features.values() for dock in feature.docks]
    found = [panel.control(path) for panel in panels if isinstance(panel, Panel)]
    (control,) = [control for control in found if control is not None]
    return control


def at(rect, y):
    return QPointF(rect.center().x(), rect.top() + rect.height() * y).toPoint()


def move(qtbot, control, path):
    """Do what a hand does to change the number at a path."""
    last = path.rpartition(".")[2]
    if isinstance(control, LayerBars):  # until it is laid out, it has another height
        qtbot.waitUntil(lambda: control.height() == control.sizeHint().height())
    if isinstance(control, ValueRow):
        up = control.slider.value() < control.slider.maximum()
        qtbot.keyClick(control.slider, Qt.Key.Key_Right if up else Qt.Key.Key_Left)
    elif isinstance(control, NumberBox):
        control.selectAll()
        qtbot.keyClicks(control, "3,25")
        qtbot.keyClick(control, Qt.Key.Key_Return)
    elif isinstance(control, LayerBars) and last.isdigit():
        qtbot.mouseClick(control, LEFT, pos=at(control.bar_rect(int(last)), 0.3))
    elif isinstance(control, LayerBars):
        rect = control.group_rect(last)
        start = rect.center().toPoint()
        way = QPoint(0, 30 if control.values[0] else -30)
        qtbot.mousePress(control, LEFT, pos=start)
        qtbot.mouseMove(control, start + way)
        qtbot.mouseRelease(control, LEFT, pos=start + way)
    elif isinstance(control, ClassMix):
        wanted = int(last) if last != "0" else 1
        control.first.setFocus()
        for _ in range(control.first.count()):
            if control.first.currentIndex() == wanted:
                return
            below = control.first.currentIndex() < wanted
            qtbot.keyClick(control.first, Qt.Key.Key_Down if below else Qt.Key.Key_Up)
    elif isinstance(control, StyleGrid):
        control.setCurrentRow(control.names.index(last))
        qtbot.keyClick(control, Qt.Key.Key_Minus)
    else:
        box = control.box if isinstance(control, SeedBox) else control.seed.box
        box.selectAll()
        qtbot.keyClicks(box, "77")
        qtbot.keyClick(box, Qt.Key.Key_Return)


SOURCES = {
    "seed": SeedSource(9),
    "plane": PlaneSource(2.25, 3.5),
    "blend": BlendSource((BlendPart(SeedSource(7), 0.5), BlendPart(PlaneSource(0.5, 0.5), 0.5))),
    "z": SEEDS_IN_Z,
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_parameter_is_moved_by_a_control(
    qtbot, window, conditional, builtin_bank, settled, name
):
    document = window.studio.document
    document.open_model(conditional)
    window.show_dock("style")
    grid = window.features["styles"].panel.grid
    qtbot.waitUntil(lambda: grid.count() == 3)
    style = Style.of(ss.open_styles(builtin_bank), {"dawn": 0.5, "noon": 0.5}, 0.5, 0.5)
    recipe = full(conditional, SOURCES[name]).replace(style=style)
    parts = window.features["source"].panel.parts
    table = ss.parameters(conditional, recipe)
    assert len(table) > 60
    for parameter in table:
        if parameter.path.startswith("style."):
            dock = "style"
        elif parameter.path.startswith("edits."):
            dock = "edits"
        else:
            dock = "mixing-console" if parameter.path.startswith("mixing") else "source"
        if window.docks[dock].visibleRegion().isEmpty():
            window.show_dock(dock)
            qtbot.waitUntil(lambda: not window.docks[dock].visibleRegion().isEmpty())  # noqa: B023
        document.set(recipe, "start over")
        if parts.isVisible() and not parts.isChecked():
            qtbot.mouseClick(parts, LEFT)
        layers = window.features["edits"].panel.rows.rows["older"].open
        if dock == "edits" and not layers.isChecked():
            qtbot.mouseClick(layers, LEFT)
        if parameter.available(conditional):
            assert not control_of(window, parameter.path).slider.isEnabled()
            continue
        qtbot.waitUntil(lambda: control_of(window, parameter.path).isVisible())  # noqa: B023
        move(qtbot, control_of(window, parameter.path), parameter.path)
        try:
            now = parameter.get(document.recipe)
        except ss.RecipeError:  # a seed that was moved along x is none any more
            now = None
        assert now != parameter.get(recipe), parameter.path
    settled(window)


def test_the_scene_is_moved_where_it_can_be(qtbot, window, placeable):
    document = window.studio.document
    document.open_model(placeable)
    for path in ("translate_x", "translate_y", "rotate"):
        parameter = {each.path: each for each in ss.parameters(placeable, document.recipe)}[path]
        control = control_of(window, path)
        move(qtbot, control, path)
        assert parameter.get(document.recipe) > 0
        control.box.setFocus()
        control.box.selectAll()
        qtbot.keyClicks(control.box, str(parameter.range[0]))
        qtbot.keyClick(control.box, Qt.Key.Key_Return)
        assert parameter.get(document.recipe) == parameter.range[0]
        qtbot.mouseClick(control.reset, LEFT)
        assert parameter.get(document.recipe) == parameter.default


def test_what_a_model_cannot_do_is_grey_for_the_reason_in_the_table(window, model, make_model):
    document = window.studio.document
    plain = make_model(seed=4, name="plain", use_noise=False)
    document.open_model(plain)
    reasons = {each.path: each.available(plain) for each in ss.parameters(plain, document.recipe)}
    for path in ("noise_strength", "translate_x", "rotate"):
        assert reasons[path]
        assert control_of(window, path).toolTip() == reasons[path]
        assert not control_of(window, path).slider.isEnabled()
    assert not control_of(window, "noise_layers").isEnabled()
    assert not control_of(window, "noise_seed").isEnabled()
    document.open_model(model)
    assert control_of(window, "noise_strength").slider.isEnabled()


def test_controls_say_range_and_unit(window, model):
    table = {each.path: each for each in ss.parameters(model, window.studio.document.recipe)}
    for path in ("truncation_psi", "truncation_cutoff", "noise_strength", "noise_grain"):
        row = control_of(window, path)
        assert (row.box.minimum(), row.box.maximum()) == table[path].range
        assert f"{table[path].range[0]:g} to {table[path].range[1]:g}" in row.toolTip()
        assert table[path].unit in row.toolTip()
