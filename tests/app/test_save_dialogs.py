"""The dialogs that ask where to save: whatever is typed, the file ends as it should."""

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from stylestudio.editing import Directions
from stylestudio.recipe import ModelRef, SeedSource, read_recipe
from stylestudio.video import CODECS

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(fresh_window, tmp_path):
    for purpose in ("sessions", "presets", "directions", "pictures", "videos"):
        fresh_window.studio.settings.set_directory(purpose, tmp_path)
    return fresh_window


@pytest.fixture
def save_as(qtbot, window, tmp_path):
    """Type a name where a command asks for one, say Yes to all that is asked then; the answers."""

    def to(name, ask):
        names, questions, saved, asking = [name], [], [], [True]

        def answer():
            dialog = QApplication.activeModalWidget()
            if asking:
                QTimer.singleShot(20, answer)
            if isinstance(dialog, QMessageBox):
                questions.append(dialog.text())
                dialog.button(QMessageBox.StandardButton.Yes).click()
            elif isinstance(dialog, QFileDialog):
                field = dialog.findChild(QLineEdit)
                if names:
                    field.setText(names.pop())
                qtbot.keyClick(field, Qt.Key.Key_Return)

        window.studio.saved.connect(saved.append)
        QTimer.singleShot(0, answer)
        ask()
        asking.clear()
        qtbot.waitUntil(lambda: bool(saved), timeout=20_000)
        window.studio.saved.disconnect(saved.append)
        return saved[0], questions

    return to


def save_session(qtbot, window):
    window.studio.session.start_anew()
    window.actions_by_id["save_session_as"].trigger()


def save_still(qtbot, window):
    window.actions_by_id["save_still"].trigger()
    dialog = window.features["picture"].still_dialog
    dialog.format.setCurrentText("JPEG")
    qtbot.mouseClick(dialog.save, LEFT)


def save_sheet(qtbot, window):
    window.actions_by_id["contact_sheet"].trigger()
    dialog = window.features["sheets"].dialog
    qtbot.waitUntil(dialog.save.isEnabled, timeout=20_000)
    qtbot.mouseClick(dialog.save, LEFT)


def save_presets(qtbot, window):
    window.features["presets"].store(1)
    window.actions_by_id["export_presets"].trigger()


def save_directions(qtbot, window):
    document = window.studio.document
    model = document.model
    vectors = np.ones((1, 1, model.w_dim), np.float32)
    layers = np.ones((1, model.num_ws), np.float32)
    smile = Directions(("smile",), vectors, layers, ModelRef.of(model)).edit("smile")
    document.set(document.recipe.replace(edits=(smile,)), "Add an edit")
    window.actions_by_id["save_directions"].trigger()


def save_video(qtbot, window, codec="gif"):
    feature = window.features["timeline"]
    for seed in range(2):
        recipe = window.studio.document.recipe.replace(source=SeedSource(seed))
        window.studio.document.set(recipe, "Another seed")
        qtbot.mouseClick(feature.panel.insert, LEFT)
    qtbot.mouseClick(feature.panel.export, LEFT)
    feature.dialog.codec.setCurrentIndex(list(CODECS).index(codec))
    qtbot.mouseClick(feature.dialog.export, LEFT)


@pytest.mark.parametrize(
    ("ask", "name", "kept"),
    [
        (save_session, "Portrait v1.2", "Portrait v1.2.stylestudio"),
        (save_still, "x.png", "x.png.jpg"),
        (save_sheet, "Portrait v1.2", "Portrait v1.2.png"),
        (save_presets, "Portrait v1.2", "Portrait v1.2.presets"),
        (save_directions, "Portrait v1.2", "Portrait v1.2.safetensors"),
        (save_video, "Portrait v1.2", "Portrait v1.2.gif"),
    ],
)
def test_a_name_with_a_dot_keeps_its_ending_and_takes_no_files_place_unasked(
    qtbot, window, save_as, tmp_path, ask, name, kept
):
    (tmp_path / kept).write_bytes(b"mine")
    path, questions = save_as(name, lambda: ask(qtbot, window))
    assert path == tmp_path / kept
    assert len(questions) == 1
    assert kept in questions[0]
    assert path.read_bytes() != b"mine"
    assert not (tmp_path / name).exists()


def test_the_other_ending_of_jpeg_is_kept(qtbot, window, save_as, tmp_path):
    path, questions = save_as("x.jpeg", lambda: save_still(qtbot, window))
    assert (path, questions) == (tmp_path / "x.jpeg", [])


def test_pictures_of_a_video_go_to_a_folder(qtbot, window, save_as, tmp_path):
    path, _ = save_as("walk", lambda: save_video(qtbot, window, "png"))
    assert path == tmp_path / "walk"
    assert list(path.glob("*.png"))


@pytest.mark.parametrize("what", ["save", "save_recipe"])
def test_what_was_on_show_when_save_was_pressed_is_saved(qtbot, window, save_as, monkeypatch, what):
    document = window.studio.document
    shown = document.recipe
    run = QFileDialog.exec

    def late(dialog):
        document.set(shown.replace(source=SeedSource(77)), "A frame that came meanwhile")
        return run(dialog)

    monkeypatch.setattr(QFileDialog, "exec", late)
    path, _ = save_as("good", window.actions_by_id[what].trigger)
    assert document.recipe != shown
    assert read_recipe(path) == shown
