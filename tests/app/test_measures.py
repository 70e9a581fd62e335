"""The measures dock: from choices to a table of figures, cancelling, and what can't be measured."""

import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

import stylestudio as ss
from stylestudio.measures.pictures import ModelPictures

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60_000  # ms


@pytest.fixture
def panel(window, monkeypatch):
    monkeypatch.setattr("stylestudio.measures.readers.SIDE", 32)
    window.show_dock("measures")
    panel = window.features["measures"].panel
    panel.count.setValue(20)
    return panel


@pytest.fixture
def folder(tmp_path):
    random = np.random.RandomState(0)
    path = tmp_path / "sea"
    path.mkdir()
    for number in range(21):
        pixels = random.randint(0, 255, (40, 48, 3), np.uint8)
        Image.fromarray(pixels).save(path / f"{number}.png")
    (path / "5.png").write_bytes(b"no picture")
    return path


def choose(panel, *names):
    for name, box in panel.choices.items():
        box.setChecked(name in names)


def cells(panel):
    table = panel.figures.table
    return [
        [table.item(row, place).text() for place in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_figures_against_a_folder(qtbot, window, panel, folder, model, monkeypatch, settled):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.mouseClick(panel.folder, LEFT)
    assert panel.against.currentText() == "sea"
    choose(panel, "kid", "pr")
    panel.count.setValue(21)
    qtbot.mouseClick(panel.start, LEFT)
    assert panel.is_busy
    assert not panel.start.isEnabled()
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=PATIENCE)
    assert panel.figures.isVisibleTo(panel)
    assert [row[0] for row in cells(panel)] == ["KID", "Precision", "Recall"]
    assert "tiny against sea: 21 pictures against 20" in panel.figures.title.text()
    assert "relative" in panel.figures.note.text()
    assert "5.png" in panel.figures.note.text()
    known = ss.measure(model, folder, ("kid", "pr"), count=21)
    assert panel.figures.measurement == known
    qtbot.mouseClick(panel.figures.copy, LEFT)
    assert QGuiApplication.clipboard().text() == str(known)
    # The look of the picture, and what needs nothing to compare with.
    document = window.studio.document
    document.set(document.recipe.replace(truncation_psi=0.25), "Truncate")
    settled(window)
    panel.look.setChecked(True)
    choose(panel, "ppl")
    assert not panel.against.isEnabled()
    assert panel.start.isEnabled()
    choose(panel)
    assert not panel.start.isEnabled()
    assert panel.start.toolTip() == "Choose something to measure"
    choose(panel, "kid")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=PATIENCE)
    assert panel.figures.measurement.settings["truncation_psi"] == 0.25
    assert "Psi 0.25" in panel.figures.note.text()


def test_cancelling_and_failing_keep_the_last_figures(qtbot, window, panel, monkeypatch, tmp_path):
    choose(panel, "kid")
    panel.against.setCurrentIndex(0)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=PATIENCE)
    shown = panel.figures.measurement
    read = ModelPictures.read

    cancelled = threading.Event()

    def slow(self, number):
        if number == 20:  # there is time to cancel
            assert cancelled.wait(30)
        return read(self, number)

    panel.count.setValue(40)
    monkeypatch.setattr(ModelPictures, "read", slow)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: panel.bar.value() >= 8, timeout=PATIENCE)
    qtbot.mouseClick(panel.cancel, LEFT)
    cancelled.set()
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=PATIENCE)
    assert panel.figures.measurement is shown
    assert panel.start.isEnabled()
    assert panel.state.text() == "Cancelled"
    # What cannot be compared with is one sentence, and the figures stay.
    monkeypatch.undo()
    empty = tmp_path / "empty"
    empty.mkdir()
    panel.add_reference(empty)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=PATIENCE)
    assert "is empty; put pictures into it" in panel.state.text()
    assert "is empty; put pictures into it" in window.banner.text
    assert panel.figures.measurement is shown


def test_separability_by_labels_and_a_reader_of_a_file(
    qtbot, window, panel, model, tmp_path, monkeypatch
):
    random = np.random.RandomState(0)
    labels = tmp_path / "smiles.csv"
    rows = [f"{seed},{int(random.randn() > 0)}" for seed in range(100)]
    labels.write_text("\n".join(["seed,smile", *rows]))
    choose(panel, "separability")
    assert not panel.start.isEnabled()
    assert panel.start.toolTip() == "Choose a file of attributes for separability"
    assert panel.state.text() == panel.start.toolTip()  # where it is seen without a hand on it
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(labels), ""))
    qtbot.mouseClick(panel.choose_attributes, LEFT)
    assert panel.attributes_name.text() == "smiles.csv"
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=PATIENCE)
    assert [row[0] for row in cells(panel)] == ["Separability in z", "Separability in w"]
    assert panel.figures.measurement == ss.measure(
        model, None, ("separability",), labels=labels, count=20
    )
    choose(panel, "kid")
    assert not panel.attributes_row.isVisibleTo(panel)
    # What looks at the pictures can be chosen; what is no network is one sentence.
    reader = tmp_path / "reader.safetensors"
    reader.write_bytes(b"no network")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(reader), ""))
    qtbot.mouseClick(panel.choose_reader, LEFT)
    assert panel.reader.currentText() == "reader.safetensors"
    panel.against.setCurrentIndex(0)
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=PATIENCE)
    assert "reader.safetensors" in panel.state.text()
    panel.reader.setCurrentIndex(0)
