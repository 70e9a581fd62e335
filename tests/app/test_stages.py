"""The stages dock: adding, strength, order, attributes, and files that are not there any more."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

import stylestudio as ss
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.core.settings import RecentFile, Settings
from stylestudio.app.features.stages.library import FILES
from stylestudio.app.features.timeline.unfinished import (
    UnfinishedExport,
    remember,
    unfinished_exports,
)
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_translator
from stylestudio.networks.translators import ResnetConfig, ResnetTranslator
from stylestudio.recipe import read_recipe, save_png
from stylestudio.video import CODECS
from stylestudio.video.export import frames_file

sys.path.insert(0, str(Path(__file__).parents[1] / "render"))
import published_networks as published

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A translator, one with attributes, and two enlargers of one form."""
    folder = tmp_path_factory.mktemp("networks")
    networks = {
        "to-paint": published.shaken(published.cyclegan()),
        "200000-G": published.shaken(published.StarGan()),
        "x4": published.shaken(published.Rrdb("old")),
        "psnr": published.shaken(published.Rrdb("old"), seed=3),
    }
    for name, network in networks.items():
        torch.save(network.state_dict(), folder / f"{name}.pth")
    return {name: folder / f"{name}.pth" for name in networks}


OWN = pytest.mark.parametrize("window", ["new_window"], indirect=True)  # where no file is known


@pytest.fixture
def window(request):
    """The window of the module, or one of a test's own."""
    return request.getfixturevalue(getattr(request, "param", "fresh_window"))


@pytest.fixture
def panel(window):
    window.show_dock("stages")
    return window.features["stages"].panel


@pytest.fixture
def add(qtbot, window, drop, settled):
    def add_files(*paths):
        count = len(window.studio.document.recipe.stages)
        drop(window, *paths)
        document = window.studio.document
        qtbot.waitUntil(lambda: len(document.recipe.stages) == count + len(paths))
        settled(window)

    return add_files


def names(window):
    return [stage.name for stage in window.studio.document.recipe.stages]


def test_dropped_networks_join_the_picture(qtbot, panel, window, add, files, model):
    before = window.canvas.image.copy()
    assert panel.empty.isVisible()
    add(files["to-paint"])
    assert not panel.empty.isVisible()
    qtbot.waitUntil(lambda: panel.rows["to-paint"].about.text() == "Translates the picture.")
    assert window.canvas.image != before
    add(files["x4"], files["200000-G"])
    assert names(window) == ["to-paint", "x4", "200000-G"]
    assert [*panel.rows] == names(window)
    assert window.canvas.image.width() == 4 * model.resolution
    assert "Enlarges 4 times" in panel.rows["x4"].about.text()
    assert set(panel.rows["200000-G"].rows) > {"stages.200000-G.attributes.blond hair"}


def test_what_a_training_writes_opens_by_a_drop(panel, window, add, tmp_path):
    network = ResnetTranslator(ResnetConfig((8, 16, 32), 2, "instance"))
    paths = [tmp_path / "m_net_G_A.pth", tmp_path / "m_net_G_B.safetensors"]
    for path in paths:
        write_translator(path, network)
    add(*paths)
    assert names(window) == ["m_net_G_A", "m_net_G_B"]


def test_a_later_state_of_a_training_takes_the_place_of_an_earlier(
    qtbot, panel, window, add, drop, settled, tmp_path
):
    paths = [
        tmp_path / f"{name}_net_G_{side}.safetensors"
        for name, side in (
            ("sea-000010", "A"),
            ("m", "A"),
            ("sea-000020", "A"),
            ("sea-000020", "B"),
        )
    ]
    for seed, path in enumerate(paths):
        torch.manual_seed(seed)
        write_translator(path, ResnetTranslator(ResnetConfig((8, 16, 32), 2, "instance")))
    add(*paths[:2])
    document = window.studio.document
    document.set(document.recipe.stage("sea-000010_net_G_A", strength=0.4), "Strength")
    count = document.undo_stack.count()
    drop(window, paths[2])
    qtbot.waitUntil(lambda: names(window) == ["sea-000020_net_G_A", "m_net_G_A"])
    settled(window)
    assert document.recipe.stages[0].strength == 0.4
    assert document.undo_stack.count() == count + 1
    add(paths[3])  # the way back is another network
    assert names(window)[-1] == "sea-000020_net_G_B"
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert names(window) == ["sea-000010_net_G_A", "m_net_G_A"]


def test_a_state_of_a_training_that_is_opened_again_is_there_once(
    window, add, drop, qtbot, tmp_path
):
    paths = [tmp_path / f"{name}_net_G_A.safetensors" for name in ("sea-000010", "m")]
    for path in paths:
        write_translator(path, ResnetTranslator(ResnetConfig((8, 16, 32), 2, "instance")))
    add(paths[0])
    document = window.studio.document
    document.set(document.recipe.stage("sea-000010_net_G_A", strength=0.4), "Strength")
    drop(window, *paths)
    qtbot.waitUntil(lambda: "m_net_G_A" in names(window))
    assert names(window) == ["sea-000010_net_G_A", "m_net_G_A"]
    assert document.recipe.stages[0].strength == 0.4


def test_a_row_changes_its_stage_and_undo_goes_back(qtbot, panel, window, add, files, settled):
    add(files["to-paint"])
    add(files["200000-G"])
    stack = window.studio.document.undo_stack
    for path, row in {**panel.rows["to-paint"].rows, **panel.rows["200000-G"].rows}.items():
        recipe, index = window.studio.document.recipe, stack.index()
        key = Qt.Key.Key_Left if path.endswith("strength") else Qt.Key.Key_Right
        qtbot.keyClick(row.slider, key)
        assert window.studio.document.recipe.get(path) != recipe.get(path)
        assert panel.control(path) is row
        settled(window)
        assert stack.index() == index + 1
        stack.undo()
        assert row.value() == pytest.approx(recipe.get(path))
    first, second = (panel.rows[name] for name in ("to-paint", "200000-G"))
    assert not first.up.isEnabled()
    assert not second.down.isEnabled()
    qtbot.mouseClick(second.up, LEFT)
    assert names(window) == ["200000-G", "to-paint"]
    assert [*panel.rows.values()] == [second, first]
    qtbot.waitUntil(lambda: second.pos().y() < first.pos().y())
    plain = window.studio.document.recipe
    qtbot.mouseClick(first.mute, LEFT)
    assert window.studio.document.recipe.stages[1].muted
    qtbot.mouseClick(first.mute, LEFT)
    assert window.studio.document.recipe == plain
    qtbot.mouseClick(first.remove, LEFT)
    assert names(window) == ["200000-G"]
    assert panel.control("stages.to-paint.strength") is None
    stack.undo()
    assert names(window) == ["200000-G", "to-paint"]
    assert (
        panel.control("stages.to-paint.strength")
        is panel.rows["to-paint"].rows["stages.to-paint.strength"]
    )


def test_the_picture_is_saved_as_it_is_seen(qtbot, panel, window, add, files, tmp_path):
    del panel
    add(files["to-paint"], files["x4"])
    window.features["picture"].saver.save_picture_as(tmp_path / "look.png")
    qtbot.waitUntil((tmp_path / "look.png").exists)
    recipe = read_recipe(tmp_path / "look.png")
    assert recipe == window.studio.document.recipe
    from stylestudio.app.core.images import to_qimage

    stages = [ss.open_stage(files[name]) for name in ("to-paint", "x4")]
    pixels = ss.render(window.studio.document.model, recipe, stages=stages)
    assert to_qimage(pixels) == window.canvas.image


def test_two_enlargers_are_blended_by_sharpness(
    qtbot, panel, window, add, files, settled, monkeypatch
):
    add(files["x4"])
    row = panel.rows["x4"]
    qtbot.waitUntil(row.blend.isVisible)
    sharp = window.canvas.image.copy()
    choose(monkeypatch, files["psnr"])
    qtbot.mouseClick(row.blend, LEFT)
    qtbot.waitUntil(lambda: "stages.x4.sharpness" in panel.rows["x4"].rows)
    settled(window)
    assert window.canvas.image != sharp
    assert names(window) == ["x4"]
    sharpness = panel.rows["x4"].rows["stages.x4.sharpness"]
    sharpness.box.setValue(1.0)
    settled(window)
    assert window.canvas.image == sharp
    choose(monkeypatch, files["to-paint"])
    recipe = window.studio.document.recipe
    qtbot.mouseClick(panel.rows["x4"].blend, LEFT)
    qtbot.waitUntil(lambda: "can't be blended with x4" in window.banner.text)
    assert window.studio.document.recipe == recipe


def choose(monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))


@OWN
def test_networks_are_added_by_a_dialog_and_again_from_a_menu(
    qtbot, panel, window, files, settled, monkeypatch
):
    choose(monkeypatch, files["to-paint"])
    qtbot.mouseClick(panel.add, LEFT)
    qtbot.waitUntil(lambda: names(window) == ["to-paint"])
    panel.again.menu().aboutToShow.emit()
    *built_in, _separator, action = panel.again.menu().actions()
    assert [each.text() for each in built_in] == ["Enlarger (built in)", "Strokes (built in)"]
    assert action.text() == "to-paint"
    action.trigger()
    qtbot.waitUntil(lambda: names(window) == ["to-paint", "to-paint 2"])
    settled(window)


@OWN
def test_a_missing_network_is_said_and_its_file_brings_it_back(
    qtbot, panel, window, drop, files, settled, tmp_path
):
    stage = ss.open_stage(files["to-paint"])
    model = window.studio.document.model
    recipe = window.studio.document.recipe.stage(stage, 0.5)
    save_png(tmp_path / "look.png", ss.render(model, recipe, stages=[stage]), recipe)
    before = window.canvas.image.copy()
    drop(window, tmp_path / "look.png")
    qtbot.waitUntil(lambda: "to-paint" in panel.rows)
    row = panel.rows["to-paint"]
    qtbot.waitUntil(lambda: "is not open" in row.about.text())
    qtbot.waitUntil(lambda: "'to-paint', which is not open" in window.banner.text)
    assert not row.rows["stages.to-paint.strength"].slider.isEnabled()
    assert window.canvas.image == before
    drop(window, files["to-paint"])
    settled(window)
    assert names(window) == ["to-paint"]
    assert row.rows["stages.to-paint.strength"].slider.isEnabled()
    assert window.canvas.image != before


def test_networks_are_found_though_many_were_opened_since(qtbot, settings, files, model, tmp_path):
    stage = ss.open_stage(files["to-paint"])
    settings.add_recent(RecentFile(str(files["to-paint"]), stage.name, stage.sha256), FILES)
    for number in range(12):
        later = tmp_path / f"later{number}.pth"
        later.touch()
        settings.add_recent(RecentFile(str(later), later.stem, f"{number:064}"), FILES)
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=MainWindow.quit)
    recipe = ss.Recipe.from_seed(1, model).stage(stage, 0.5)
    window.studio.document.show(ModelRecipe(model, recipe))
    panel = window.features["stages"].panel
    qtbot.waitUntil(lambda: panel.rows["to-paint"].about.text() == "Translates the picture.")
    path = tmp_path / "walk.stylestudio"
    window.studio.session.write(path)
    qtbot.waitUntil(lambda: not window.studio.session.is_dirty)
    (network,) = (file for file in ss.open_session(path).files if file.kind == "network")
    assert network.size == files["to-paint"].stat().st_size  # since it knew where it lies


@OWN
def test_files_are_found_again_in_the_next_run(qtbot, window, add, files, settings, model, settled):
    add(files["to-paint"])
    recipe = window.studio.document.recipe
    shown = window.canvas.image.copy()
    window.quit()
    again = MainWindow(Settings(settings.folder))
    qtbot.addWidget(again, before_close_func=MainWindow.quit)
    again.show()
    again.studio.document.open_model(model)
    again.studio.document.set(recipe, "the same")
    settled(again)
    assert again.canvas.image == shown


def test_a_bad_file_is_said_and_the_good_one_beside_it_opens(
    qtbot, panel, window, drop, files, tmp_path
):
    del panel
    state = torch.load(files["x4"], weights_only=True)
    state.pop("conv_last.weight")
    torch.save(state, tmp_path / "half.pth")
    drop(window, tmp_path / "half.pth", files["to-paint"])
    qtbot.waitUntil(lambda: "half.pth" in window.banner.text)
    qtbot.waitUntil(lambda: names(window) == ["to-paint"])


def test_a_slow_network_comes_after_the_picture_without_it(qtbot, panel, window, add, files, model):
    del panel
    add(files["x4"])
    frames = []
    window.studio.rendered.connect(lambda rendered: frames.append(rendered.frame))
    window.actions_by_id["randomize"].trigger()
    qtbot.waitUntil(lambda: bool(frames) and frames[-1] is not None and frames[-1].draft is None)
    assert all(frame.side == 4 * model.resolution for frame in frames[:-1])
    window.canvas.set_zoom(2.0)
    size = window.canvas.picture_rect().size()
    window.canvas.set_image(window.canvas.image.scaled(32, 32), 128)
    assert window.canvas.picture_rect().size() == size


def save_to(monkeypatch, path):
    """Let every dialog that asks where to save answer with a path."""
    monkeypatch.setattr(QFileDialog, "exec", lambda self: True)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda self: [str(path)])


@OWN
def test_a_picture_is_saved_larger_than_it_is_shown(
    qtbot, panel, window, add, files, tmp_path, monkeypatch, model
):
    menu = window.features["stages"].enlarge
    add(files["x4"], files["to-paint"])
    qtbot.mouseClick(panel.rows["x4"].remove, LEFT)
    menu.aboutToShow.emit()
    action, built_in = menu.actions()
    assert (action.text(), built_in.text()) == ("x4 (4 ×)…", "enlarger (4 ×)…")
    out, shown = tmp_path / "large.png", window.studio.document.recipe
    save_to(monkeypatch, out)
    action.trigger()
    qtbot.waitUntil(out.exists)
    recipe = read_recipe(out)
    assert [stage.name for stage in recipe.stages] == ["to-paint", "x4"]
    assert recipe.replace(stages=shown.stages) == shown
    assert window.studio.document.recipe == shown
    stages = [ss.open_stage(files[name]) for name in ("to-paint", "x4")]
    expected = ss.render(model, recipe, stages=stages)
    with Image.open(out) as picture:
        assert (np.asarray(picture) == expected).all()


def test_a_clip_is_exported_larger_than_it_is_shown(
    qtbot, panel, window, add, files, tmp_path, model
):
    add(files["x4"])
    qtbot.mouseClick(panel.rows["x4"].remove, LEFT)
    clips = window.features["timeline"]
    for _ in range(2):
        qtbot.mouseClick(clips.panel.insert, LEFT)
        window.actions_by_id["randomize"].trigger()
    clips.clip.edit_keys([0], "Change a duration", seconds=0.1)
    clips.ask_export()
    dialog = clips.dialog
    assert dialog.sides.value() == model.resolution
    dialog.enlarger.setCurrentText("x4 (4 ×)")
    assert dialog.sides.value() == 4 * model.resolution
    dialog.codec.setCurrentIndex([*CODECS].index("png"))
    dialog.order(tmp_path / "clip")
    qtbot.waitUntil(lambda: not clips.exporter.is_running, timeout=20_000)
    first = sorted((tmp_path / "clip").glob("*.png"))[0]
    recipe = read_recipe(first)
    assert [stage.name for stage in recipe.stages] == ["x4"]
    expected = ss.render(model, recipe, stages=[ss.open_stage(files["x4"])])
    with Image.open(first) as picture:
        assert (np.asarray(picture)[..., :3] == expected).all()
    assert not clips.clip.timeline.first.stages


def test_another_model_s_recipe_without_stages_takes_the_rows_away(
    panel, window, add, files, settled, make_model
):
    add(files["to-paint"])
    other = make_model(3, name="other")
    recipe = ss.Recipe.from_seed(1, other)
    window.studio.document.set_current(ModelRecipe(other, recipe), "Open another")
    assert not panel.rows
    settled(window)
    window.studio.document.undo_stack.undo()
    assert panel.rows["to-paint"].rows["stages.to-paint.strength"].value() == 1.0
    settled(window)


def test_an_interrupted_export_remembers_what_enlarges_it(window, files, tmp_path):
    document = window.studio.document
    recipes = [document.recipe, document.recipe.set("truncation_psi", 0.3)]
    session = ss.Session(timeline=ss.Timeline.of(recipes, seconds=0.1))
    unfinished = UnfinishedExport(
        path=str(tmp_path / "clip.mkv"),
        codec="ffv1",
        sides=128,
        quality="good",
        chroma="standard",
        sound="",
        model_path="",
        model_sha256=document.model.sha256,
        enlarge=ss.Stage.of(ss.open_stage(files["x4"]), 0.5),
        session=session.to_json(),
    )
    remember(tmp_path, unfinished)
    frames_file(tmp_path / "clip.mkv").write_bytes(b"frames")
    assert unfinished_exports(tmp_path) == [unfinished]


@OWN
def test_the_built_in_enlarger_is_at_hand_without_opening_anything(
    qtbot, panel, window, settled, model
):
    panel.again.menu().aboutToShow.emit()
    (action,) = [a for a in panel.again.menu().actions() if a.text() == "Enlarger (built in)"]
    action.trigger()
    qtbot.waitUntil(lambda: names(window) == ["enlarger"])
    settled(window)
    assert window.canvas.image.width() == 4 * model.resolution
    saving = [a.text() for a in window.features["stages"].submenus[0].submenu.actions()]
    assert saving == ["enlarger (4 ×)…"]
