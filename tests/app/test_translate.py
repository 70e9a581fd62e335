"""The Translate dock: two kinds of pictures become a network after the picture."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from trainings import (
    PATIENCE,
    end,
    folder_of_noise,
    forget_trainings,
    show_every_sheet,
    wait_for_end,
)

from stylestudio.app.core.trainer import Trainer
from stylestudio.app.core.trainings import find_trainings
from stylestudio.app.features.translate import translate_run
from stylestudio.app.features.translate.panel import TranslatePanel
from stylestudio.app.features.translate.trainings import Asked
from stylestudio.checkpoints import write_safetensors
from stylestudio.training.translators import TranslatorSettings

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(tmp_path):
    return folder_of_noise(tmp_path / "seas", 12)


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def panel(qtbot, window, folder, make_network, monkeypatch, settled):
    path = folder.parent / "small.safetensors"
    write_safetensors(path, make_network(resolution=16), name="small")
    window.studio.opener.open_model(str(path))
    qtbot.waitUntil(lambda: window.studio.document.model.name == "small", timeout=PATIENCE)
    settled(window)
    show_every_sheet(monkeypatch)
    monkeypatch.setattr(translate_run, "SAMPLES", 4)
    monkeypatch.setattr(
        translate_run,
        "TranslatorSettings",
        lambda **given: TranslatorSettings(**({"width": 8, "blocks": 1} | given)),
    )
    window.docks["translate"].hide()  # so that it fills its lists anew
    feature = window.features["translate"]
    forget_trainings(feature, folder.parent / "translators")
    window.actions_by_id["train_translator"].trigger()
    qtbot.waitUntil(lambda: window.docks["translate"].isVisible())
    panel = feature.panel
    qtbot.waitUntil(lambda: panel.which.count() == 1, timeout=PATIENCE)
    panel.form.name.clear()
    panel.form.resolution.setCurrentIndex(0)
    panel.form.steps.setValue(3)
    yield panel
    end(qtbot, feature.trainer)


def choose(panel, place, text):
    box = panel.form.sides[place]
    box.setCurrentIndex(box.findText(text))


def test_a_look_and_a_folder_become_a_stage(qtbot, window, panel, folder, monkeypatch, settled):
    document = window.studio.document
    document.set(document.recipe.replace(truncation_psi=-0.5), "Truncate")
    window.features["presets"].store(1)
    panel.form.sides[0].showPopup()  # its list knows what there is by now
    panel.form.sides[0].hidePopup()
    assert panel.start.toolTip() == "Choose the pictures of A"
    choose(panel, 0, "Preset 1")
    assert panel.start.toolTip() == "Choose the pictures of B"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.mouseClick(panel.form.folders[1], LEFT)
    assert panel.form.sides[1].currentText() == "seas"
    assert panel.form.name.text() == "Preset 1 to seas"
    qtbot.mouseClick(panel.start, LEFT)
    assert panel.start.text() == "Stop"
    wait_for_end(qtbot, panel)
    assert panel.state.text() == "Done."
    assert panel.samples.image.height() / panel.samples.image.width() == 6 / 4
    made = panel.root / "Preset 1 to seas"
    assert len(list((made / "a").glob("sample*.png"))) == 4
    assert sorted(path.name for path in made.glob("*net_G*")) == [
        "Preset 1 to seas-000003_net_G_A.safetensors",
        "Preset 1 to seas-000003_net_G_B.safetensors",
    ]
    qtbot.waitUntil(lambda: bool(document.recipe.stages), timeout=PATIENCE)
    assert "seas-000003" in document.recipe.stages[0].network.name
    assert panel.which.currentText() == "Preset 1 to seas"
    assert not panel.start.isEnabled()  # there are no steps left to continue with
    assert panel.start.toolTip().startswith("It has made all its steps.")
    opener = window.studio.opener
    with qtbot.waitSignal(panel.trainer.written, timeout=PATIENCE):
        qtbot.mouseClick(panel.open, LEFT)
    qtbot.waitUntil(lambda: not opener.is_busy, timeout=PATIENCE)
    settled(window)
    assert len(document.recipe.stages) == 1  # it is there already
    panel.which.setCurrentIndex(0)
    assert panel.start.isEnabled() or panel.start.toolTip().startswith("There is a training")


def test_stop_ends_the_drawing_of_a_look_at_once(qtbot, window, panel, monkeypatch):
    drawn, reached, go_on = [], threading.Event(), threading.Event()

    def draw(_look, number):
        drawn.append(number)
        if len(drawn) == 2:
            reached.set()
            assert go_on.wait(30)

    monkeypatch.setattr(translate_run.DrawnLook, "draw", draw)
    choose(panel, 0, f"{window.studio.document.model.name} as it is")
    choose(panel, 1, "This picture's look")
    panel.form.name.setText("begun")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(reached.is_set, timeout=PATIENCE)
    said = "Drawing small as it is: 1 of 4"
    qtbot.waitUntil(lambda: panel.state.text().startswith(said), timeout=PATIENCE)
    qtbot.mouseClick(panel.start, LEFT)
    go_on.set()
    qtbot.waitUntil(lambda: panel.state.text() == "Stopped.", timeout=PATIENCE)
    assert len(drawn) == 2
    assert panel.start.text() == "Continue"


def test_the_look_of_this_picture_is_the_one_at_the_start(qtbot, window, panel, monkeypatch):
    reached, go_on = threading.Event(), threading.Event()

    def draw(_look, _number):
        reached.set()
        assert go_on.wait(30)

    monkeypatch.setattr(translate_run.DrawnLook, "draw", draw)
    document, (a, b) = window.studio.document, panel.form.sides
    choose(panel, 0, f"{document.model.name} as it is")
    choose(panel, 1, "This picture's look")
    panel.form.name.setText("present")
    document.set(document.recipe.replace(truncation_psi=-0.5), "Truncate")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(reached.is_set, timeout=PATIENCE)
    assert panel.trainer.run.training.asked.b.recipe == document.recipe.to_json()
    assert (a.currentText(), b.currentText()) == ("small as it is", "This picture's look")
    assert [b.itemText(row) for row in range(b.count())].count("This picture's look") == 1
    qtbot.mouseClick(panel.start, LEFT)
    go_on.set()
    qtbot.waitUntil(lambda: panel.state.text() == "Stopped.", timeout=PATIENCE)


def test_it_is_stopped_and_continued_also_after_a_restart(qtbot, window, panel, monkeypatch):
    panel.form.steps.setValue(400)
    choose(panel, 0, f"{window.studio.document.model.name} as it is")
    choose(panel, 1, f"{window.studio.document.model.name} as it is")
    assert panel.start.toolTip() == "A and B are the same; choose another side"
    choose(panel, 1, "This picture's look")
    panel.form.name.setText("there and back")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.state.text().startswith("Step "), timeout=PATIENCE)
    qtbot.mouseClick(panel.open, LEFT)
    qtbot.waitUntil(lambda: bool(window.studio.document.recipe.stages), timeout=PATIENCE)
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    assert panel.state.text() == "Stopped."
    stopped = panel.trainer.run.trainer.step
    assert 0 < stopped < 400
    feature, studio = window.features["translate"], window.studio
    fresh_trainer = Trainer(studio.tasks, lambda: find_trainings(panel.root, Asked), feature)
    fresh = TranslatePanel(studio, fresh_trainer, panel.root)
    fresh.setEnabled(True)
    qtbot.addWidget(fresh)
    fresh.show()
    qtbot.waitUntil(lambda: fresh.which.currentText() == "there and back", timeout=PATIENCE)
    assert fresh.start.text() == "Continue"
    assert not fresh.form.steps.isEnabled()
    assert fresh.form.sides[1].currentText() == "This picture's look"
    # Nothing is drawn again, so its model is not asked for.
    monkeypatch.setattr(translate_run, "open_model", None)
    qtbot.mouseClick(fresh.start, LEFT)
    qtbot.waitUntil(lambda: fresh.bar.value() > stopped + 1, timeout=PATIENCE)
    end(qtbot, fresh_trainer)
    qtbot.waitUntil(lambda: fresh.state.text() == "Stopped.", timeout=PATIENCE)
    qtbot.waitUntil(fresh.which.isVisible, timeout=PATIENCE)
    qtbot.wait(50)  # the buttons move as the form comes back
    # What rests is opened from its state.
    fresh_trainer.run = None
    known = len(list((panel.root / "there and back").glob("*_net_G_A*")))
    qtbot.mouseClick(fresh.open, LEFT)
    qtbot.waitUntil(
        lambda: len(list((panel.root / "there and back").glob("*_net_G_A*"))) > known,
        timeout=PATIENCE,
    )


def test_a_folder_that_was_moved_is_chosen_anew(qtbot, window, panel, folder, monkeypatch):
    panel.form.steps.setValue(400)
    choose(panel, 0, "This picture's look")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.mouseClick(panel.form.folders[1], LEFT)
    panel.form.name.setText("to sea")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.state.text().startswith("Step "), timeout=PATIENCE)
    end(qtbot, panel.trainer)
    wait_for_end(qtbot, panel)
    stopped = panel.trainer.run.trainer.step
    moved = folder.rename(folder.with_name("oceans"))
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "choose the folder" in window.banner.text, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    assert not panel.form.folders[0].isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(moved))
    qtbot.mouseClick(panel.form.folders[1], LEFT)
    assert panel.form.sides[1].currentText() == "oceans"
    assert panel.which.currentText() == panel.form.name.text() == "to sea"
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.bar.value() > stopped, timeout=PATIENCE)
    end(qtbot, panel.trainer)
    (kept,) = find_trainings(panel.root, Asked)
    assert kept.asked.b.folder == str(moved)
