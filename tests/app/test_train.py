"""The Train dock: from a folder to a model, stopping and continuing, also after a kill."""

import re

import pytest
import torch
from PIL import Image
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

import stylestudio as ss
from stylestudio.app.core.trainer import Trainer
from stylestudio.app.core.trainings import find_trainings
from stylestudio.app.features.train import train_run
from stylestudio.app.features.train.panel import TrainPanel
from stylestudio.app.features.train.trainings import Asked
from stylestudio.checkpoints import write_safetensors
from stylestudio.training.adversarial.keeping import Schedule
from stylestudio.training.adversarial.settings import SIZES, NetworkSize

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(tmp_path):
    path = folder_of_noise(tmp_path / "dunes", 6)
    (path / "notes.txt").write_text("no picture")
    return path


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def panel(qtbot, window, folder, monkeypatch):
    """The dock, with a folder chosen by its button; trainings are as small as can be."""
    show_every_sheet(monkeypatch)
    monkeypatch.setattr(train_run, "Schedule", lambda: Schedule(0.004, 2))
    monkeypatch.setattr(train_run, "TrainingFid", lambda: lambda _trainer, _cancel: 5.0)
    monkeypatch.setattr("stylestudio.training.adversarial.figures.EVERY", 1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    monkeypatch.setitem(SIZES, "small", NetworkSize(128, 8, 8, 1))
    window.show_dock("train")
    feature = window.features["train"]
    forget_trainings(feature, folder.parent / "trainings")
    panel = feature.panel
    panel.which.setCurrentIndex(0)
    panel.form.name.clear()
    qtbot.mouseClick(panel.form.folder, LEFT)
    panel.form.put_model("")
    panel.form.side.setCurrentIndex(0)
    panel.form.batch.setValue(2)
    panel.form.kimg.setMinimum(0)
    yield panel
    end(qtbot, feature.trainer)


@pytest.fixture
def short(monkeypatch):
    """Trainings end after so many steps."""

    def limit(steps):
        monkeypatch.setattr(
            "stylestudio.training.adversarial.settings.AdversarialSettings.total_steps", steps
        )

    return limit


def test_a_folder_becomes_a_model_with_one_click(qtbot, window, panel, short, settled):
    assert panel.form.name.text() == "dunes"
    short(6)
    qtbot.mouseClick(panel.start, LEFT)
    assert panel.start.text() == "Stop"
    assert not panel.form.isVisibleTo(panel)
    wait_for_end(qtbot, panel)
    assert panel.which.currentText() == "dunes"
    assert panel.samples.isVisibleTo(panel)
    assert not panel.samples.image.isNull()
    assert "are only 6 pictures" in panel.trainer.run.notes[0]
    assert "Skipped 1 file: notes.txt is not a picture" in panel.note.text()
    drawn = panel.curves.drawn("fake_score")
    assert [kimg for kimg, _ in drawn] == pytest.approx([0.002 * step for step in range(1, 7)])
    assert panel.curves.drawn("fid") == [(0.004, 5.0), (0.008, 5.0), (0.012, 5.0)]
    assert ">5<" in panel.curves.labels[2].text()
    made = panel.root / "dunes"
    assert sorted(path.name for path in made.glob("snap*.safetensors")) == [
        "snapshot-000002.safetensors",  # the lowest FID, which was reached first
        "snapshot-000004.safetensors",
        "snapshot-000006.safetensors",
    ]
    assert panel.start.text() == "Continue"
    assert panel.state.text() == "Done. Raise the length to train it further."
    qtbot.mouseClick(panel.open, LEFT)
    qtbot.waitUntil(lambda: window.studio.document.model.name.startswith("dunes"), timeout=PATIENCE)
    settled(window)
    assert window.studio.document.model.metadata["kimg"] == "0.012"


def test_it_is_opened_while_it_is_trained_and_paused(qtbot, window, panel, settled):
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(panel.open.isEnabled, timeout=PATIENCE)
    qtbot.mouseClick(panel.open, LEFT)
    document = window.studio.document
    qtbot.waitUntil(lambda: document.model.name.startswith("dunes-"), timeout=PATIENCE)
    first = document.model.sha256
    assert panel.trainer.is_running
    opened = int(document.model.name.removeprefix("dunes-"))
    qtbot.waitUntil(lambda: panel.trainer.run.trainer.step > opened, timeout=PATIENCE)
    panel.trainer.task.pause()
    step = -1
    while step != panel.trainer.run.trainer.step:  # the step it was in ends
        step = panel.trainer.run.trainer.step
        qtbot.wait(300)
    qtbot.mouseClick(panel.open, LEFT)
    qtbot.waitUntil(lambda: document.model.name == f"dunes-{step:06d}", timeout=PATIENCE)
    assert document.model.sha256 != first
    panel.trainer.task.resume()


def test_a_model_of_a_resting_training_leaves_the_earlier_file(qtbot, window, panel, settled):
    """Pictures and sessions refer to it."""
    document, opened = window.studio.document, {}
    for _ in range(2):
        qtbot.mouseClick(panel.start, LEFT)
        qtbot.waitUntil(panel.open.isEnabled, timeout=PATIENCE)
        step = panel.trainer.run.trainer.step
        qtbot.waitUntil(lambda at=step: panel.trainer.run.trainer.step > at, timeout=PATIENCE)
        end(qtbot, panel.trainer)
        wait_for_end(qtbot, panel)
        step, before = panel.trainer.run.trainer.step, document.model
        qtbot.mouseClick(panel.open, LEFT)
        qtbot.waitUntil(lambda last=before: document.model is not last, timeout=PATIENCE)
        settled(window)
        assert document.model.name == f"dunes-{step:06d}"
        opened[document.model.name] = document.model.sha256
    assert len(opened) == 2
    for name, sha256 in opened.items():
        assert ss.open_model(panel.root / "dunes" / f"{name}.safetensors").sha256 == sha256


def test_it_is_stopped_and_continued_with_a_new_length(qtbot, window, panel):
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(
        lambda: bool(re.match(r"0\.0\d+ of 200 kimg", panel.state.text())), timeout=PATIENCE
    )
    qtbot.waitUntil(lambda: bool(panel.trainer.run.figures), timeout=PATIENCE)
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    assert panel.state.text() == "Stopped."
    stopped = panel.trainer.run.trainer.step
    panel.form.kimg.setValue(300)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "of 300 kimg" in panel.state.text(), timeout=PATIENCE)
    assert panel.bar.value() > stopped
    figures = [each.kimg for each in panel.trainer.run.figures]
    assert figures == sorted(set(figures))
    assert figures[0] == 0.002


def test_a_killed_training_is_offered_at_the_next_start(qtbot, window, panel, short, monkeypatch):
    """What lies on disk after a kill: the state of some step, and lines of later ones."""
    short(4)
    qtbot.mouseClick(panel.start, LEFT)
    wait_for_end(qtbot, panel)
    place = panel.root / "dunes"
    state = torch.load(place / "state.pt")
    state["step"] = 2
    torch.save(state, place / "state.pt")
    (training,) = find_trainings(panel.root, Asked)
    assert training.name == "dunes"
    feature, studio = window.features["train"], window.studio
    fresh_trainer = Trainer(studio.tasks, lambda: find_trainings(panel.root, Asked), feature)
    fresh = TrainPanel(
        studio.document, fresh_trainer, studio.settings, panel.root, studio.devices.for_opening
    )
    fresh.setEnabled(True)
    qtbot.addWidget(fresh)
    fresh.show()
    qtbot.waitUntil(lambda: fresh.which.currentText() == "dunes", timeout=PATIENCE)
    assert fresh.start.text() == "Continue"
    assert fresh.form.chosen.text() == "dunes"
    assert fresh.form.batch.value() == 2
    short(5)
    qtbot.mouseClick(fresh.start, LEFT)
    wait_for_end(qtbot, fresh)
    kimg = [each.kimg for each in fresh.trainer.run.figures]
    assert kimg == pytest.approx([0.002 * step for step in range(1, 6)])
    assert fresh.trainer.run.trainer.step == 5


def test_a_start_model_gives_its_size_and_what_does_not_fit_is_said(
    qtbot, window, panel, short, make_network, tmp_path, monkeypatch
):
    path = tmp_path / "gray.safetensors"
    write_safetensors(path, make_network(resolution=16, img_channels=1), name="gray")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    qtbot.mouseClick(panel.form.model, LEFT)
    assert panel.form.init.currentText() == "gray.safetensors"
    assert panel.form.network.currentText() == "That model's size"
    assert not panel.form.side.isEnabled()
    short(1)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.trainer.run is not None, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    assert any("begin anew" in note for note in panel.trainer.run.notes)
    (made,) = (panel.root / "dunes").glob("dunes-*.safetensors")
    assert ss.open_model(made).metadata["started_from"] == "gray"


def test_it_goes_on_without_the_model_that_it_started_from(
    qtbot, window, panel, short, make_network, tmp_path
):
    path = tmp_path / "start.safetensors"
    terms = {"license": "CC0-1.0"}
    write_safetensors(path, make_network(resolution=16), name="start", metadata=terms)
    panel.form.put_model(str(path))
    short(2)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.trainer.is_running, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    (made,) = (panel.root / "dunes").glob("dunes-*.safetensors")
    before = ss.open_model(made).metadata
    path.unlink()
    short(3)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: not panel.trainer.is_running, timeout=PATIENCE)
    assert window.banner.text == ""
    assert panel.trainer.run.trainer.step == 3
    after = ss.open_model(panel.root / "dunes" / "dunes-000003.safetensors").metadata
    assert after == before | {"kimg": "0.006"}
    assert after["started_from_license"] == "CC0-1.0"


def test_the_size_that_was_chosen_for_a_start_stays_when_the_dock_comes_back(
    qtbot, window, panel, tmp_path, make_network
):
    write_safetensors(tmp_path / "start.safetensors", make_network(seed=3), name="start")
    form = panel.form
    form.put_model(str(tmp_path / "start.safetensors"))
    assert form.network.currentData() is None
    form.network.setCurrentIndex(form.network.findData("medium"))
    window.docks["train"].hide()
    window.show_dock("train")
    assert form.network.currentData() == "medium"
    form.put_model("portraits")
    assert form.network.currentData() is None  # its own again


def test_a_folder_that_was_moved_is_chosen_anew(qtbot, window, panel, folder, short, monkeypatch):
    short(2)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.trainer.is_running, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    moved = folder.rename(folder.with_name("beaches"))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(moved))
    short(3)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "dunes does not exist" in window.banner.text, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    qtbot.mouseClick(panel.form.folder, LEFT)
    assert panel.which.currentText() == panel.form.name.text() == "dunes"
    assert panel.form.chosen.text() == "beaches"
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.trainer.is_running, timeout=PATIENCE)
    wait_for_end(qtbot, panel)
    assert panel.trainer.run.trainer.step == 3
    (kept,) = find_trainings(panel.root, Asked)
    assert kept.asked.pictures == moved


def test_what_cannot_be_started_says_why(qtbot, window, panel, short, folder):
    unfit = {"": "Give the model a name", "a/b": "can't have", "長" * 80: "too long"}
    for name, why in unfit.items():
        panel.form.name.setText(name)
        assert not panel.start.isEnabled()
        assert why in panel.start.toolTip()
        assert why in panel.state.text()  # where it is seen without a hand on the button
    panel.form.name.setText("dunes")
    for path in folder.glob("*.png"):
        path.unlink()
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: "holds no picture" in panel.state.text(), timeout=PATIENCE)
    assert "holds no picture that can be read" in window.banner.text
    with qtbot.waitSignal(panel.trainer.found_changed, timeout=PATIENCE):
        panel.trainer.look()
    assert panel.which.count() == 1  # nothing has begun, so there is nothing to continue
    assert "holds no picture that can be read" in panel.state.text()
    assert panel.form.folder.isEnabled()
    Image.new("RGB", (20, 20)).save(folder / "one.png")
    short(1)
    qtbot.mouseClick(panel.start, LEFT)
    assert window.banner.text == ""  # it told of the try before
    wait_for_end(qtbot, panel)
    panel.which.setCurrentIndex(0)
    panel.form.name.setText("Dunes")
    assert "There is a training called Dunes" in panel.start.toolTip()
