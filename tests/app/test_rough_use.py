"""What happens when files are forged, hands are quick and things go missing."""

import json

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_safetensors
from stylestudio.recipe import PlaneSource, SeedSource

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(fresh_window):
    return fresh_window


def turn_wheel(widget, notches=1):
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        widget.mapToGlobal(centre),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_a_forged_recipe_is_refused(qtbot, window, tmp_path, drop):
    before = window.studio.document.recipe
    forged = json.loads(before.replace(mixing=()).to_json())
    forged["model"]["num_ws"] = 4
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(forged))
    drop(window, path)
    qtbot.waitUntil(lambda: "forged.json does not fit" in window.banner.text)
    assert window.studio.document.recipe == before


def test_a_model_that_arrives_in_the_middle_of_a_drag(qtbot, window, make_model, settled):
    bars = window.features["noise"].panel.layers
    rect = bars.group_rect("middle")
    qtbot.mousePress(bars, LEFT, pos=rect.center().toPoint())
    window.studio.document.open_model(make_model(seed=5, name="small", resolution=8))
    qtbot.mouseMove(bars, rect.center().toPoint() + QPoint(9, 0))
    qtbot.mouseRelease(bars, LEFT, pos=rect.center().toPoint())
    settled(window)
    assert window.studio.document.recipe.model.name == "small"


def test_zooming_far_out_of_the_map_stays_quick(qtbot, new_window):
    plane = new_window.features["source"].panel.plane
    for _ in range(40):
        turn_wheel(plane._plot.viewport(), -1)
        plane.refresh_tiles()
    assert plane._box.viewRect().width() <= 61


def test_the_highest_seed_can_be_walked_from(qtbot, window, settled):
    top = 2**32 - 1
    window.studio.document.set(
        window.studio.document.recipe.replace(source=SeedSource(top)), "seed"
    )
    settled(window)
    centre = window.canvas.picture_rect().center().toPoint()
    qtbot.mousePress(window.canvas, LEFT, pos=centre)
    qtbot.mouseMove(window.canvas, centre + QPoint(-30, 0))
    qtbot.mouseRelease(window.canvas, LEFT, pos=centre)
    source = window.studio.document.recipe.source
    assert isinstance(source, PlaneSource)
    assert source.y == top // 100
    settled(window)


@pytest.mark.parametrize(
    ("x", "y", "seed"), [(-1.4, 0.3, 2**32 - 1), (150.2, 0.1, 150), (99.6, 0.0, 100)]
)
def test_snap_finds_a_seed_anywhere(qtbot, window, x, y, seed):
    window.studio.document.set(
        window.studio.document.recipe.replace(source=PlaneSource(x, y)), "walk"
    )
    qtbot.mouseClick(window.features["source"].panel.snap, LEFT)
    assert window.studio.document.recipe.source == SeedSource(seed)


def test_pinning_nothing_does_nothing(bare_window):
    bare_window.actions_by_id["pin"].trigger()
    assert not bare_window.actions_by_id["compare"].isEnabled()


def test_without_a_model_the_window_says_how_to_open_one(bare_window):
    assert bare_window.features["source"].panel.models.isEnabled()
    assert not bare_window.features["source"].panel.seed.isEnabled()


def test_every_roll_of_the_dice_is_a_step(qtbot, window):
    count = window.studio.document.undo_stack.count()
    for _ in range(3):
        qtbot.mouseClick(window.features["source"].panel.seed.dice, LEFT)
    assert window.studio.document.undo_stack.count() == count + 3


def test_a_drag_that_comes_back_leaves_no_step(window):
    count = window.studio.document.undo_stack.count()
    start = window.studio.document.recipe
    for psi in (0.5, 0.3, start.truncation_psi):
        window.studio.document.set(
            window.studio.document.recipe.replace(truncation_psi=psi), "psi", "drag"
        )
    assert window.studio.document.recipe == start
    assert window.studio.document.undo_stack.count() == count


def test_zero_can_be_typed_over_a_source_without_a_seed(qtbot, window):
    window.studio.document.set(
        window.studio.document.recipe.replace(source=PlaneSource(0.5, 0.5)), "walk"
    )
    box = window.features["source"].panel.seed.box
    assert box.text() == "—"
    box.selectAll()
    qtbot.keyClicks(box, "0")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert window.studio.document.recipe.source == SeedSource(0)


def test_a_sentence_about_a_file_outlives_the_next_frame(qtbot, window, tmp_path, drop, settled):
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(b"no model")
    drop(window, bad)
    qtbot.waitUntil(lambda: "bad.pkl" in window.banner.text)
    window.features["truncation"].panel.psi.slider.setValue(3)
    settled(window)
    assert "bad.pkl" in window.banner.text


def test_a_good_model_is_shown_though_a_bad_one_follows(
    qtbot, window, tmp_path, make_network, settled
):
    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.pkl"
    write_safetensors(good, make_network(seed=6), name="Good")
    bad.write_bytes(b"no model")
    window.studio.opener.open_paths([good])
    window.studio.opener.open_paths([bad])
    qtbot.waitUntil(lambda: window.studio.document.model.name == "Good")
    qtbot.waitUntil(lambda: "bad.pkl" in window.banner.text)


def test_the_last_look_is_kept_when_its_model_is_away(
    qtbot, new_window, settings, tmp_path, make_network, drop
):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    drop(new_window, path)
    qtbot.waitUntil(lambda: new_window.studio.document.model.name == "Mine")
    recipe = new_window.studio.document.recipe.replace(source=SeedSource(99))
    new_window.studio.document.set(recipe, "edit")
    new_window.quit()
    away = path.rename(tmp_path / "away.safetensors")
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.start([])
    qtbot.waitUntil(lambda: again.studio.document.model is not None, timeout=20_000)
    assert "mine.safetensors" in again.banner.text
    kept = next(settings.folder.glob("kept-*.json"))
    again.studio.opener.open_paths([kept, away])
    qtbot.waitUntil(lambda: again.studio.document.recipe == recipe)
    again.quit()


def test_scrolling_over_any_box_changes_nothing(window):
    before = window.studio.document.recipe
    window.canvas.setFocus()
    for box in (
        window.features["mixing"].panel.rows[0].seed.box,
        window.features["truncation"].panel.psi.box,
        window.features["truncation"].panel.psi.slider,
    ):
        turn_wheel(box)
    assert window.studio.document.recipe == before


def test_long_names_and_markup_do_not_deform_the_window(window, make_model, settled):
    width = window.docks["source"].width()
    name = "<b>stylegan2-ada-pytorch-" + "network-snapshot-025000-" * 4
    window.studio.document.open_model(make_model(seed=7, name=name))
    settled(window)
    assert window.docks["source"].width() <= width + 20
    assert window.features["source"].panel.name.text() == name
    assert window.features["source"].panel.name.toolTip() == name


def test_a_settings_file_edited_by_hand_costs_only_the_list(settings):
    for text in ('[{"path": 5, "name": "a", "sha256": "b"}]', "[" * 3000, "nonsense"):
        settings.set_text("recents", text)
        assert settings.recents() == []


def test_history_gets_its_pictures_after_a_change_of_model(qtbot, window, make_model):
    for seed in range(10, 14):
        window.studio.document.set(
            window.studio.document.recipe.replace(source=SeedSource(seed)), "seed"
        )
    window.studio.document.open_model(make_model(seed=8, name="other"))
    history = window.studio.history
    qtbot.waitUntil(lambda: history.tree is not None and len(history.tree.nodes) == 6)
    qtbot.waitUntil(
        lambda: all(history.picture(id) is not None for id in history.tree.nodes), timeout=20_000
    )
