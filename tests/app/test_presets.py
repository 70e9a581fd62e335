"""Presets: stored, recalled at once or over some time, kept, undone, exported and imported."""

import errno

import pytest
from hands import LEFT, answer
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from stylestudio.app.core import autosave
from stylestudio.app.core.document import OPEN_MODELS
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_safetensors
from stylestudio.recipe import Recipe
from stylestudio.recipe.presets import Preset, Presets, PresetsError, read_presets

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def presets(window):
    window.activateWindow()
    window.canvas.setFocus()
    return window.features["presets"]


def refuse(path):
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


def roll(window):
    window.actions_by_id["randomize"].trigger()
    return window.studio.document.recipe


def test_a_digit_that_needs_shift_recalls_as_well(qtbot, window, presets, settled):
    first = window.studio.document.recipe
    qtbot.keyClick(window.canvas, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert roll(window) != first
    scan_code, symbol = 12, 0x33  # as X11 tells of them on a French keyboard
    kinds = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
    asked, pressed = (
        QKeyEvent(kind, Qt.Key.Key_3, SHIFT, scan_code, symbol, 0, "3") for kind in kinds
    )
    QApplication.sendEvent(window.canvas, asked)
    assert asked.isAccepted()  # so that no shortcut takes it
    # Sent through the application, it would be asked about once more, without the codes.
    assert presets.digits.eventFilter(window, pressed)
    assert window.studio.document.recipe == first
    settled(window)


def test_a_digit_that_needs_shift_stores_nothing_from_a_floating_panel(qtbot, window, settled):
    window.show_dock("noise")
    dock, slider = window.docks["noise"], window.features["noise"].panel.strength.slider
    dock.setFloating(True)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    slider.setFocus()
    asked = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_3, SHIFT, 12, 0x33, 0, "3")
    QApplication.sendEvent(slider, asked)
    assert asked.isAccepted()  # so that no shortcut takes it


def test_shift_and_a_digit_store_and_the_digit_recalls(qtbot, window, presets, settled):
    first = window.studio.document.recipe
    qtbot.keyClick(window.canvas, Qt.Key.Key_3, SHIFT)
    assert roll(window) != first
    qtbot.keyClick(window.canvas, Qt.Key.Key_3)
    assert window.studio.document.recipe == first
    assert window.studio.document.undo_stack.undoText() == "Recall preset 3"
    settled(window)


def test_an_empty_slot_is_greyed_out_and_says_how_it_is_filled(qtbot, window, presets):
    recall = window.actions_by_id["recall_preset_3"]
    assert not recall.isEnabled()
    assert recall.property("lacking") == "Slot 3 is empty; Shift+3 stores the picture there."
    presets.store(3)
    assert recall.isEnabled()
    window.actions_by_id["undo"].trigger()
    assert not recall.isEnabled()


def test_a_slot_shows_its_picture_and_works_by_clicks(qtbot, window, presets):
    button, first = presets.strip.buttons[2], window.studio.document.recipe
    qtbot.mouseClick(button, LEFT)  # empty, so that it stores
    qtbot.waitUntil(lambda: bool(presets.slots.presets.slots[2].picture))
    assert not button.icon().isNull()
    second = roll(window)
    qtbot.mouseClick(button, LEFT)
    assert window.studio.document.recipe == first
    window.actions_by_id["undo"].trigger()
    qtbot.mouseClick(button, LEFT, SHIFT)
    assert presets.slots.presets.slots[2].recipe == second


def test_storing_over_a_preset_can_be_undone(window, presets):
    first = window.studio.document.recipe
    presets.store(1)
    roll(window)
    presets.store(1)
    window.actions_by_id["undo"].trigger()
    assert presets.slots.presets.slots[1].recipe == first


def test_undo_and_redo_keep_the_pictures(qtbot, window, presets):
    roll(window)
    qtbot.keyClick(window.canvas, Qt.Key.Key_6, SHIFT)
    qtbot.waitUntil(lambda: bool(presets.slots.presets.slots[6].picture))
    stored = presets.slots.presets
    window.actions_by_id["undo"].trigger()
    assert not presets.slots.presets.slots
    window.actions_by_id["redo"].trigger()
    assert presets.slots.presets == stored
    assert not presets.strip.buttons[6].icon().isNull()


def test_over_some_time_the_picture_goes_all_the_way_as_one_step(
    qtbot, window, presets, settled, model
):
    target = window.studio.document.recipe.replace(truncation_psi=0.2)
    start = target.replace(truncation_psi=1.0)
    window.studio.document.set(target, "There")
    presets.store(5)
    window.studio.document.set(start, "Here")
    seen = []
    window.studio.document.recipe_changed.connect(lambda recipe: seen.append(recipe))
    presets.strip.seconds.setValue(0.3)
    qtbot.keyClick(window.canvas, Qt.Key.Key_5)
    assert window.studio.document.recipe != target
    qtbot.waitUntil(lambda: window.studio.document.recipe == target)
    between = [recipe.truncation_psi for recipe in seen if 0.2 < recipe.truncation_psi < 1.0]
    assert between
    assert between == sorted(between, reverse=True)
    settled(window)  # in full quality
    assert not window.studio.view.is_draft
    assert window.studio.worker.playing_rate is None
    window.actions_by_id["undo"].trigger()
    assert window.studio.document.recipe == start


@pytest.mark.parametrize("fields", [{"noise_mode": "none"}, {"truncation_cutoff": 2}])
def test_a_recall_of_what_switches_half_way_arrives(qtbot, window, presets, settled, fields):
    document = window.studio.document
    start = document.recipe
    document.set(start.replace(**fields), "There")
    target = document.recipe
    presets.store(5)
    document.set(start, "Here")
    settled(window)
    presets.strip.seconds.setValue(0.3)
    qtbot.keyClick(window.canvas, Qt.Key.Key_5)
    assert document.recipe == start
    qtbot.waitUntil(lambda: document.recipe == target and not presets.fade.is_running)
    settled(window)
    assert window.studio.view.shown_recipe == target
    window.actions_by_id["undo"].trigger()
    assert document.recipe == start


def test_a_hand_ends_a_recall_where_it_is(qtbot, window, presets, settled):
    target = window.studio.document.recipe
    presets.store(5)
    roll(window)
    presets.strip.seconds.setValue(30)
    presets.recall(5)
    assert presets.fade.is_running
    mine = roll(window)
    assert not presets.fade.is_running
    settled(window)
    assert window.studio.document.recipe == mine != target


def test_presets_come_back_with_their_pictures(qtbot, bare_window, settings, model):
    window, presets = bare_window, bare_window.features["presets"]
    window.studio.document.open_model(model)
    first = window.studio.document.recipe
    presets.store(9)
    presets.strip.seconds.setValue(1.5)
    qtbot.waitUntil(lambda: bool(presets.slots.presets.slots[9].picture))
    window.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    feature = again.features["presets"]
    qtbot.waitUntil(lambda: 9 in feature.slots.presets.slots)
    assert feature.slots.presets.slots[9].recipe == first
    assert not feature.strip.buttons[9].icon().isNull()
    assert feature.strip.seconds.value() == 1.5
    assert again.actions_by_id["recall_preset_9"].isEnabled()
    again.quit()


def test_presets_that_could_not_be_written_are_written_at_the_end(
    qtbot, bare_window, settings, model, monkeypatch
):
    window, presets = bare_window, bare_window.features["presets"]
    file = settings.folder / "presets.json"
    window.studio.document.open_model(model)
    with monkeypatch.context() as full_disk:
        full_disk.setattr(autosave, "replacing", refuse)
        with qtbot.waitSignal(presets.slots.failed):
            presets.store(4)
            qtbot.waitUntil(lambda: bool(presets.slots.presets.slots[4].picture))
        assert "No space left" in window.banner.text
    assert not file.exists()
    window.quit()
    assert 4 in read_presets(file).slots


def test_presets_that_were_given_up_stay_so(qtbot, bare_window, settings):
    bare_window.start([])
    document, slots = bare_window.studio.document, bare_window.features["presets"].slots
    qtbot.waitUntil(lambda: document.recipe is not None, timeout=20_000)
    slots.store(9)
    bare_window.close()
    box = next(box for box in bare_window.findChildren(QMessageBox) if box.isVisible())
    next(button for button in box.buttons() if "Don't save" in button.text()).click()
    assert slots.presets.slots
    file = settings.folder / "presets.json"
    assert read_presets(file).slots
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=MainWindow.quit)
    again.start([])
    qtbot.waitUntil(lambda: again.studio.document.recipe is not None, timeout=20_000)
    assert not again.features["presets"].slots.presets.slots
    qtbot.waitUntil(lambda: not read_presets(file).slots)  # nor for the start after this


def test_damaged_presets_are_kept_aside_and_this_is_said(qtbot, settings):
    settings.folder.mkdir(parents=True)
    (settings.folder / "presets.json").write_text('{"kind":"presets","slots":4}')
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=MainWindow.quit)
    window.show()
    qtbot.waitUntil(lambda: "presets" in window.banner.text)
    assert (settings.folder / "kept-presets.json").exists()


def test_a_preset_of_another_open_model_brings_it_back(window, presets, make_model, settled):
    first = window.studio.document.recipe
    presets.store(1)
    window.studio.document.open_model(make_model(seed=3, name="other"))
    presets.recall(1)
    assert window.studio.document.recipe == first
    settled(window)


def test_a_preset_whose_model_was_closed_opens_it_while_its_file_is_there(
    qtbot, window, presets, drop, make_model, make_network, tmp_path
):
    path, document = tmp_path / "mine.safetensors", window.studio.document
    write_safetensors(path, make_network(seed=3), name="Mine")
    others = [make_model(seed=seed, name=f"other {seed}") for seed in range(4, 4 + OPEN_MODELS)]
    drop(window, path)
    mine = document.recipe
    presets.store(1)
    for other in others:
        document.open_model(other)
    shown, count = document.recipe, document.undo_stack.count()
    presets.recall(1)
    qtbot.waitUntil(lambda: document.recipe == mine, timeout=20_000)
    assert not window.findChildren(QMessageBox)
    assert document.undo_stack.count() == count + 1
    assert document.undo_stack.undoText() == "Recall preset 1"
    document.undo_stack.undo()
    assert document.recipe == shown
    for other in others:
        document.open_model(other)
    path.unlink()
    presets.recall(1)
    answer(window, f"Use it with {others[-1].name}")
    assert document.recipe.model.sha256 == others[-1].sha256
    assert document.recipe.source == mine.source


def test_exported_presets_come_back_by_a_drop(qtbot, window, presets, drop, tmp_path, monkeypatch):
    first = window.studio.document.recipe
    presets.store(4)
    path = tmp_path / "mine.presets"
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: dialog.selectFile(str(path)) or 1)
    window.actions_by_id["export_presets"].trigger()
    qtbot.waitUntil(path.exists)
    assert str(tmp_path) not in path.read_text()
    presets.slots.clear(4)
    roll(window)
    presets.store(2)
    drop(window, path)
    qtbot.waitUntil(lambda: 4 in presets.slots.presets.slots)
    assert presets.slots.presets.slots[4].recipe == first
    assert set(presets.slots.presets.slots) == {2, 4}
    assert "1 of 9 slots" in window.banner.text


def test_exporting_nothing_says_how_presets_are_stored(window, presets):
    window.actions_by_id["export_presets"].trigger()
    assert "press Shift and a number" in window.banner.text


def test_seconds_are_set_in_the_palette(qtbot, window, presets):
    window.palette_of_commands.open("recall time 2.5")
    qtbot.keyClick(window.palette_of_commands.line, Qt.Key.Key_Return)
    assert presets.strip.seconds.value() == 2.5


def test_a_slot_without_a_picture_yet_is_filled_all_the_same(presets):
    button = presets.strip.buttons[1]
    button.show_preset(True, QImage())
    assert button.accessibleName() == "Preset 1"


# --- files ------------------------------------------------------------------------------------


@pytest.fixture
def whole(model):
    return Presets(slots={3: Preset(Recipe.from_seed(7, model), b"picture")})


def test_files_of_presets_say_everything(tmp_path, whole):
    whole.save(tmp_path / "a.presets")
    assert read_presets(tmp_path / "a.presets") == whole


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"3"', '"12"', "no slot 12"),
        ('"version":1,"slots"', '"version":7,"slots"', "Update StyleStudio"),
        ('"kind":"presets"', '"kind":"sauce"', "no presets"),
        ('"picture"', '"pitcher"', "no valid presets"),
        ('"deltas":{}', '"deltas":{"ab":"AAAA"}', "damaged"),
    ],
)
def test_damaged_files_are_refused_in_a_sentence(tmp_path, whole, old, new, said):
    text = whole.to_json()
    assert old in text
    path = tmp_path / "a.presets"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(PresetsError, match=said) as caught:
        read_presets(path)
    assert str(caught.value).startswith("a.presets: ")
