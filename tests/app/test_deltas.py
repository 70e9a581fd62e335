"""The Weights dock: deltas and crossfades, and files that are not there any more."""

import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QFileDialog

import stylestudio as ss
from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.core.settings import Settings
from stylestudio.app.shell.window import MainWindow
from stylestudio.recipe import save_png
from stylestudio.render import Delta

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def sibling(make_model):
    return make_model(1, "sibling")


@pytest.fixture
def delta(model):
    random = torch.Generator().manual_seed(1)
    weight = model.network.synthesis.state_dict()["b16.conv1.weight"]
    change = torch.randn(weight.shape, generator=random).half()
    return Delta({"b16.conv1.weight": change}, model.sha256, "hat")


@pytest.fixture
def path(delta, tmp_path):
    delta.write(tmp_path / "mine.delta.safetensors")
    return tmp_path / "mine.delta.safetensors"


@pytest.fixture
def panel(window, tmp_path, monkeypatch):
    monkeypatch.setattr(window.studio.assets, "_folder", tmp_path / "store")
    window.show_dock("deltas")
    return window.features["deltas"].panel


def names(window):
    return [delta.name for delta in window.studio.document.recipe.deltas]


def choose(monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))


@pytest.fixture
def crossfade(qtbot, window, panel, sibling, settled, monkeypatch):
    choose(monkeypatch, sibling._place)
    window.actions_by_id["crossfade"].trigger()
    qtbot.waitUntil(lambda: names(window) == ["sibling"])
    settled(window)
    return panel.rows["sibling"]


def expected(window, *weights):
    document = window.studio.document
    return to_qimage(ss.render(document.model, document.recipe, deltas=weights))


def test_a_dropped_delta_changes_the_picture(
    qtbot, panel, window, drop, path, delta, settled, tmp_path
):
    before = window.canvas.image.copy()
    assert panel.empty.isVisible()
    drop(window, path)
    qtbot.waitUntil(lambda: names(window) == ["hat"])
    settled(window)
    assert window.canvas.image == expected(window, delta) != before
    row = panel.rows["hat"]
    assert "Changes b16.conv1" in row.about.text()
    idle = row.rows["deltas.hat.layers.coarse"]
    assert not idle.slider.isEnabled()
    assert "no coarse layers" in idle.toolTip()
    assert row.rows["deltas.hat.layers.middle"].slider.isEnabled()
    assert not panel.empty.isVisible()
    # The store has it now, so its file may go.
    path.unlink()
    assert (tmp_path / "store" / delta.file_name).is_file()
    qtbot.mouseClick(row.mute, LEFT)
    settled(window)
    assert window.canvas.image == before
    qtbot.mouseClick(row.remove, LEFT)
    assert names(window) == []
    assert panel.empty.isVisible()
    window.studio.document.undo_stack.undo()
    assert names(window) == ["hat"]
    assert panel.control("deltas.hat.amount") is panel.rows["hat"].rows["deltas.hat.amount"]
    settled(window)


def test_a_crossfade_goes_from_one_model_to_the_other(
    qtbot, window, crossfade, sibling, settled, model
):
    assert window.studio.document.recipe.deltas[0].amount == 0.5
    assert window.canvas.image == expected(window, sibling)
    assert set(crossfade.rows) >= {
        "deltas.sibling.amount",
        "deltas.sibling.layers.coarse",
        "deltas.sibling.layers.middle",
        "deltas.sibling.mapping",
    }
    crossfade.rows["deltas.sibling.amount"].box.setValue(0.0)
    settled(window)
    plain = window.studio.document.recipe.replace(deltas=())
    assert window.canvas.image == to_qimage(ss.render(model, plain))


def test_every_number_has_a_control_that_moves_it(qtbot, panel, window, crossfade, settled, model):
    recipe = window.studio.document.recipe
    paths = [p.path for p in ss.parameters(model, recipe) if p.path.startswith("deltas.")]
    assert len(paths) == 2 + 2 + model.num_ws  # no fine layers
    qtbot.mouseClick(crossfade.open, LEFT)
    for path in paths:
        control, last = panel.control(path), path.rpartition(".")[2]
        if last.isdigit():
            rect = control.bar_rect(int(last))
            place = QPointF(rect.center().x(), rect.top() + rect.height() * 0.3).toPoint()
            qtbot.mouseClick(control, LEFT, pos=place)
        else:
            up = control.slider.value() < control.slider.maximum()
            qtbot.keyClick(control.slider, Qt.Key.Key_Right if up else Qt.Key.Key_Left)
        assert window.studio.document.recipe.get(path) != recipe.get(path), path
        window.studio.document.set(recipe, "start over")
    settled(window)


def test_models_and_deltas_are_offered_again(qtbot, panel, window, crossfade, drop, path, settled):
    qtbot.mouseClick(crossfade.remove, LEFT)
    drop(window, path)
    qtbot.waitUntil(lambda: names(window) == ["hat"])
    for button, text in ((panel.crossfade, "sibling"), (panel.add, "hat")):
        button.menu().aboutToShow.emit()
        action = button.menu().actions()[0]
        assert action.text() == text
        action.trigger()
    qtbot.waitUntil(lambda: sorted(names(window)) == ["hat", "hat 2", "sibling"])
    settled(window)


def test_what_does_not_fit_is_said_and_changes_nothing(
    qtbot, panel, window, drop, make_model, tmp_path, monkeypatch, model
):
    recipe = window.studio.document.recipe
    choose(monkeypatch, make_model(resolution=16)._place)
    window.actions_by_id["crossfade"].trigger()
    qtbot.waitUntil(lambda: "can't be blended with tiny" in window.banner.text)
    choose(monkeypatch, model._place)
    window.actions_by_id["crossfade"].trigger()
    qtbot.waitUntil(lambda: "is the model on show" in window.banner.text)
    odd = Delta({"b4.conv1.weight": torch.ones(2, 2).half()}, "0" * 64, "odd")
    odd.write(tmp_path / "odd.safetensors")
    drop(window, tmp_path / "odd.safetensors")
    qtbot.waitUntil(lambda: "made for another model" in window.banner.text)
    assert window.studio.document.recipe == recipe
    assert not panel.rows


def test_a_missing_delta_is_said_and_its_file_brings_it_back(
    qtbot, panel, window, drop, path, delta, settled, tmp_path, model
):
    recipe = window.studio.document.recipe.delta(delta, 0.5)
    save_png(tmp_path / "look.png", ss.render(model, recipe, deltas=[delta]), recipe)
    before = window.canvas.image.copy()
    drop(window, tmp_path / "look.png")
    qtbot.waitUntil(lambda: "hat" in panel.rows)
    row = panel.rows["hat"]
    qtbot.waitUntil(lambda: "isn't open" in row.about.text())
    qtbot.waitUntil(lambda: "the delta 'hat', which isn't open" in window.banner.text)
    assert not row.rows["deltas.hat.amount"].slider.isEnabled()
    assert window.canvas.image == before
    drop(window, path)
    settled(window)
    qtbot.waitUntil(lambda: window.canvas.image == expected(window, delta))
    assert names(window) == ["hat"]
    assert row.rows["deltas.hat.amount"].slider.isEnabled()


def test_a_delta_that_is_put_beside_its_picture_is_found_when_that_is_dropped_again(
    qtbot, panel, window, drop, path, delta, settled, tmp_path, model
):
    recipe = window.studio.document.recipe.delta(delta, 0.5)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    save_png(folder / "look.png", ss.render(model, recipe, deltas=[delta]), recipe)
    drop(window, folder / "look.png")
    qtbot.waitUntil(lambda: "hat" in panel.rows)
    qtbot.waitUntil(lambda: "isn't open" in panel.rows["hat"].about.text())
    delta.save(folder)
    drop(window, folder / "look.png")
    qtbot.waitUntil(lambda: window.canvas.image == expected(window, delta), timeout=20_000)
    qtbot.waitUntil(lambda: panel.rows["hat"].rows["deltas.hat.amount"].slider.isEnabled())


def test_models_are_found_again_in_the_next_run(
    qtbot, window, crossfade, settings, model, settled, sibling
):
    recipe, shown = window.studio.document.recipe, window.canvas.image.copy()
    window.quit()
    again = MainWindow(Settings(settings.folder))
    qtbot.addWidget(again, before_close_func=MainWindow.quit)
    again.show()
    found = again.studio.assets.find(sibling.sha256)
    assert found is not None
    assert found is not sibling
    again.studio.document.open_model(model)
    again.studio.document.set(recipe, "the same")
    settled(again)
    assert again.canvas.image == shown


def test_another_model_takes_the_rows_away(panel, window, crossfade, settled, make_model):
    other = make_model(3, name="other")
    recipe = ss.Recipe.from_seed(1, other)
    window.studio.document.set_current(ModelRecipe(other, recipe), "Open another")
    assert not panel.rows
    settled(window)
    window.studio.document.undo_stack.undo()
    assert panel.rows["sibling"].rows["deltas.sibling.amount"].value() == 0.5
    settled(window)
