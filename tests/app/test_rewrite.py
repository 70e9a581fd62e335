"""The Rewrite dock: brush, fill the trays, rewrite, compare, stop, go on, keep."""

from functools import partial

import numpy as np
import pytest
from alias_free import alias_free_layers
from hands import LEFT, answer, drag
from PySide6.QtCore import QPointF, Qt

import stylestudio as ss
from stylestudio.app.features.rewrite import panel as panel_module
from stylestudio.app.features.rewrite.rewriter import Rewriter
from stylestudio.checkpoints import write_safetensors
from stylestudio.editing import rewrite
from stylestudio.editing.rewrite_folder import RewriteFolder, Trays
from stylestudio.networks import stylegan3
from stylestudio.recipe.deltas import known_deltas

STEPS, SAMPLES = 60, 16
Z, CONTROL = Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def short_work(monkeypatch, tmp_path):
    settings = partial(panel_module.RewriteSettings, steps=STEPS, samples=SAMPLES)
    monkeypatch.setattr(panel_module, "RewriteSettings", settings)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)


@pytest.fixture
def feature(fresh_window):
    """With empty trays, and nothing left of an earlier test."""
    feature, model = fresh_window.features["rewrite"], fresh_window.studio.document.model
    feature.brush.clear()
    feature.rewriter.set_trays(model.sha256, Trays())
    RewriteFolder(fresh_window.studio.own_files.path("rewriting")).state.unlink(missing_ok=True)
    feature.rewriter.run = feature.rewriter.task = feature.rewriter.left = None
    feature.panel.name.setText("hat")
    feature.panel.layer.setCurrentIndex(0)
    feature.panel.rank.setValue(3)
    fresh_window.show_dock("rewrite")
    return feature


@pytest.fixture
def panel(feature):
    return feature.panel


def paint(qtbot, window, height):
    canvas = window.canvas
    start, end = (canvas.area().place(QPointF(x, height)).toPoint() for x in (0.3, 0.7))
    drag(qtbot, canvas, start, end)


def go_to(window, settled, seed):
    document = window.studio.document
    document.set(document.recipe.replace(source=ss.SeedSource(seed)), f"Seed {seed}")
    settled(window)


@pytest.fixture
def filled(qtbot, fresh_window, feature, settled):
    """A brushed picture in Copy, and another in Context."""
    panel = feature.panel
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, fresh_window, 0.7)
    qtbot.mouseClick(panel.trays["copy"].add, LEFT)
    go_to(fresh_window, settled, 5)
    paint(qtbot, fresh_window, 0.3)
    qtbot.mouseClick(panel.trays["context"].add, LEFT)
    return feature


def rewritten(qtbot, feature):
    """Press the button, and wait for the end."""
    qtbot.mouseClick(feature.panel.work.start, LEFT)
    wait_for_end(qtbot, feature)


def wait_for_end(qtbot, feature):
    rewriter = feature.rewriter
    qtbot.waitUntil(lambda: rewriter.task is not None and not rewriter.is_running, timeout=60_000)


def deltas(window):
    return known_deltas(window.studio.document.recipe.deltas)


def test_what_is_brushed_goes_into_a_tray_and_comes_back_by_undo(qtbot, fresh_window, filled):
    window, panel, trays = fresh_window, filled.panel, lambda: filled.rewriter.trays
    assert [panel.trays[name].pictures.count() for name in panel.trays] == [1, 0, 1]
    (copied,), (context,) = trays().copy, trays().context
    assert copied.painted().mask[:8].max() == context.painted().mask[16:].max() == 0
    assert copied.painted().mask.max() == 1
    assert (copied.painted().recipe.source, context.painted().recipe.source.seed) == (
        ss.SeedSource(0),
        5,
    )
    assert filled.brush.marks is None
    qtbot.keyClick(window, Z, CONTROL)
    assert trays().context == ()
    assert filled.brush.marks is not None  # can be added elsewhere, or painted on
    qtbot.mouseClick(panel.trays["paste"].add, LEFT)
    assert trays().paste == (context,)
    pictures = panel.trays["paste"].pictures
    pictures.setFocus()
    pictures.setCurrentRow(0)
    qtbot.keyClick(pictures, Qt.Key.Key_Delete)
    assert trays().paste == ()
    qtbot.keyClick(window, Z, CONTROL)
    assert trays().paste == (context,)


@pytest.mark.parametrize("put_away", ["Escape", "another tool"])
def test_strokes_are_seen_before_they_go_into_a_tray(
    qtbot, fresh_window, feature, settled, put_away
):
    window, panel = fresh_window, feature.panel
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window, 0.3)
    if put_away == "Escape":
        qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    else:
        window.features["dissect"].panel.paint.click()
    go_to(window, settled, 5)
    qtbot.mouseClick(panel.trays["context"].add, LEFT)
    assert feature.rewriter.trays.context == ()
    assert panel.paint.isChecked()
    assert window.studio.canvas_tools.current.tools[0] is feature.brush
    assert "shown again" in window.statusBar().currentMessage()
    qtbot.mouseClick(panel.trays["context"].add, LEFT)
    assert len(feature.rewriter.trays.context) == 1


def test_what_is_painted_is_on_disk_at_once(qtbot, fresh_window, filled):
    folder = RewriteFolder(fresh_window.studio.own_files.path("rewriting"))
    model = fresh_window.studio.document.model
    qtbot.waitUntil(lambda: folder.trays(model.sha256) == filled.rewriter.trays)
    assert folder.trays("0" * 64) == Trays()


def test_what_is_lacking_is_said(qtbot, fresh_window, feature, settled):
    panel = feature.panel
    assert not panel.work.start.isEnabled()
    assert panel.hint.text() == panel.work.start.toolTip() == panel_module.NO_COPY
    qtbot.mouseClick(panel.trays["copy"].add, LEFT)
    assert "Nothing is brushed" in fresh_window.statusBar().currentMessage()
    assert panel.paint.isChecked()  # the brush is in the hand
    paint(qtbot, fresh_window, 0.5)
    qtbot.mouseClick(panel.trays["copy"].add, LEFT)
    assert panel.hint.text() == panel_module.NO_PLACE
    feature.brush.set_options(size=4.0)
    spot = fresh_window.canvas.area().place(QPointF(0.5, 0.5)).toPoint()
    qtbot.mouseClick(fresh_window.canvas, LEFT, pos=spot)
    qtbot.mouseClick(panel.trays["context"].add, LEFT)
    panel.layer.setCurrentIndex(panel.layer.findText("b4.conv1 (4 px)"))
    before = fresh_window.canvas.image.copy()
    rewritten(qtbot, feature)
    assert "too small" in fresh_window.banner.text
    assert fresh_window.canvas.image == before
    assert deltas(fresh_window) == {}


def test_a_rule_is_rewritten_as_without_the_window(qtbot, fresh_window, filled, settled, tmp_path):
    window, panel, document = fresh_window, filled.panel, fresh_window.studio.document
    panel.layer.setCurrentIndex(panel.layer.findText("b16.conv1 (16 px)"))
    plain, before = document.recipe, window.canvas.image.copy()
    rewritten(qtbot, filled)
    trays = filled.rewriter.trays
    alone = rewrite(
        document.model,
        trays.copy[0].painted(),
        [trays.context[0].painted()],
        layer="b16.conv1",
        steps=STEPS,
        samples=SAMPLES,
        folder=tmp_path / "alone",
    )
    assert deltas(window)["hat"].weights.sha256 == alone.delta.sha256
    settled(window)
    assert window.canvas.image != before
    assert "levels in the context" in panel.figures.text()
    view = panel.samples
    assert not view.image.isNull()
    assert view.image != view.before
    qtbot.mousePress(view, LEFT, pos=view.rect().center())
    assert view.is_held
    qtbot.mouseRelease(view, LEFT, pos=view.rect().center())
    assert not view.is_held
    qtbot.mouseDClick(view, LEFT, pos=view.rect().center())
    assert document.recipe.source.seed == filled.rewriter.run.samples.seeds[4]
    document.undo_stack.undo()
    panel.kept.amount.slider.setValue(panel.kept.amount.slider.minimum())
    settled(window)
    assert deltas(window)["hat"].amount == 0
    assert window.canvas.image == before
    weights = window.features["deltas"].panel
    assert "hat" in weights.rows
    for _ in range(2):
        document.undo_stack.undo()
    assert document.recipe == plain
    assert not panel.kept.amount.isVisibleTo(panel)


def test_samples_are_of_the_class_and_at_the_psi_of_seeds_while_a_latent_is_shown(
    qtbot, fresh_window, feature, make_model, settled
):
    window, panel, document = fresh_window, feature.panel, fresh_window.studio.document
    document.open_model(make_model(seed=6, name="classes", c_dim=3))
    settled(window)
    third, psi = (0.0, 0.0, 1.0), document.recipe.truncation_psi
    document.set(document.recipe.replace(source=ss.SeedSource(4, third)), "a class")
    settled(window)
    qtbot.mouseClick(panel.paint, LEFT)
    for height, tray in ((0.7, "copy"), (0.3, "context")):
        paint(qtbot, window, height)
        qtbot.mouseClick(panel.trays[tray].add, LEFT)
    latent = ss.LatentSource.from_array(np.zeros(document.model.w_dim, np.float32))
    document.set(document.recipe.replace(source=latent, truncation_psi=1.0), "Open a latent")
    settled(window)
    rewritten(qtbot, feature)
    seeds = feature.rewriter.run.samples.seeds
    fresh = ss.Recipe.from_seed(0, document.model, truncation_psi=psi)
    looks = [fresh.replace(source=ss.SeedSource(seed, third)) for seed in seeds]
    plain = [ss.render(document.model, look) for look in looks]
    rows = [np.concatenate(plain[i : i + 3], 1) for i in (0, 3, 6)]
    assert np.array_equal(feature.rewriter.run.samples.before, np.concatenate(rows))
    qtbot.mouseDClick(panel.samples, LEFT, pos=panel.samples.rect().center())
    assert document.recipe.source == ss.SeedSource(seeds[4], third)
    assert document.recipe.truncation_psi == psi


def test_a_rule_of_the_same_name_is_replaced_and_others_add_up(qtbot, fresh_window, filled):
    rewritten(qtbot, filled)
    first = deltas(fresh_window)["hat"]
    filled.panel.rank.setValue(1)
    rewritten(qtbot, filled)
    second = deltas(fresh_window)["hat"]
    assert (second.amount, [*deltas(fresh_window)]) == (first.amount, ["hat"])
    assert second.weights != first.weights
    filled.panel.name.setText("shoe")
    rewritten(qtbot, filled)
    assert [*deltas(fresh_window)] == ["hat", "shoe"]
    assert deltas(fresh_window)["shoe"].weights.sha256 == second.weights.sha256


def test_it_is_stopped_and_gone_on_with(qtbot, fresh_window, filled, monkeypatch):
    settings = partial(panel_module.RewriteSettings, steps=100_000)
    monkeypatch.setattr(panel_module, "RewriteSettings", settings)
    panel, rewriter = filled.panel, filled.rewriter
    qtbot.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: rewriter.run.sheet is not None, timeout=60_000)
    assert panel.work.start.text() == "Stop"
    assert not panel.samples.visibleRegion().isEmpty()  # it has scrolled there
    qtbot.mouseClick(panel.work.start, LEFT)
    wait_for_end(qtbot, filled)
    first = deltas(fresh_window)["hat"].weights
    qtbot.waitUntil(lambda: panel.work.go_on.isVisibleTo(panel))
    stopped = rewriter.left.state["descended"]
    assert stopped > 0
    # A run that begins after this one was killed finds the trays and the rest of the work.
    studio = fresh_window.studio
    later = Rewriter(studio, studio)
    studio.document.model_changed.emit(studio.document.model)
    studio.document.recipe_changed.emit(studio.document.recipe)  # which always follows
    model = studio.document.model
    qtbot.waitUntil(lambda: later.trays == rewriter.trays and later.can_go_on(model))
    assert later.left.state["descended"] == stopped
    later.deleteLater()
    qtbot.mouseClick(panel.work.go_on, LEFT)
    qtbot.waitUntil(lambda: panel.work.bar.value() > stopped, timeout=60_000)
    rewriter.stop()
    wait_for_end(qtbot, filled)
    assert deltas(fresh_window)["hat"].weights != first
    assert [*deltas(fresh_window)] == ["hat"]


def test_another_model_stops_it_until_its_own_is_back(
    qtbot, fresh_window, filled, monkeypatch, make_model
):
    settings = partial(panel_module.RewriteSettings, steps=100_000)
    monkeypatch.setattr(panel_module, "RewriteSettings", settings)
    panel, rewriter, document = filled.panel, filled.rewriter, fresh_window.studio.document
    trays = rewriter.trays
    qtbot.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: rewriter.run.sheet is not None, timeout=60_000)
    said = []
    rewriter.said.connect(said.append)
    document.open_model(make_model(seed=5, name="other"))
    assert "open" in said[0]
    assert not rewriter.is_running
    assert rewriter.trays == Trays()
    qtbot.waitUntil(lambda: rewriter.left is not None, timeout=60_000)
    assert not rewriter.can_go_on(document.model)
    document.undo_stack.undo()
    assert rewriter.trays == trays
    assert rewriter.can_go_on(document.model)
    assert panel.work.go_on.isVisibleTo(panel)
    assert not document.recipe.deltas


def test_what_can_be_continued_is_never_dropped_unasked(
    qtbot, fresh_window, filled, settled, monkeypatch, make_model
):
    settings = partial(panel_module.RewriteSettings, steps=100_000)
    monkeypatch.setattr(panel_module, "RewriteSettings", settings)
    panel, rewriter, document = filled.panel, filled.rewriter, fresh_window.studio.document
    model = document.model
    qtbot.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: rewriter.run.sheet is not None, timeout=60_000)
    document.open_model(make_model(seed=5, name="other"))
    settled(fresh_window)
    qtbot.mouseClick(panel.paint, LEFT)
    for tray in ("copy", "context"):
        paint(qtbot, fresh_window, 0.5)
        qtbot.mouseClick(panel.trays[tray].add, LEFT)
    qtbot.mouseClick(panel.work.start, LEFT)
    answer(fresh_window, "Cancel")
    assert not rewriter.is_running
    qtbot.waitUntil(lambda: rewriter.left is not None, timeout=60_000)
    document.open_model(model)
    assert panel.work.go_on.isVisibleTo(panel)
    qtbot.keyClick(panel.name, Qt.Key.Key_Return)
    answer(fresh_window, "Begin anew")
    assert rewriter.is_running
    rewriter.stop()
    wait_for_end(qtbot, filled)


def test_other_families_are_told_off_in_a_sentence(qtbot, fresh_window, feature, settled, tmp_path):
    layers = alias_free_layers((52, 8, 2), (32, 3, 1))
    network = stylegan3.Generator(stylegan3.StyleGAN3Config(layers=layers, z_dim=8, w_dim=8))
    path = tmp_path / "alias-free.safetensors"
    write_safetensors(path, network.eval(), name="alias-free")
    panel, document = feature.panel, fresh_window.studio.document
    document.open_model(ss.open_model(path, device="cpu"))
    sentence = "alias-free can't be rewritten; only StyleGAN2 models can."
    assert panel.hint.text() == panel.work.start.toolTip() == sentence
    assert not panel.work.start.isEnabled()
    assert not panel.paint.isEnabled()
    document.undo_stack.undo()
    assert panel.paint.isEnabled()
    settled(fresh_window)
