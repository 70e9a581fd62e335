"""The tour works on any model, and fails when something does not answer."""

import signal
from functools import partial

import pytest
from PIL import Image
from PySide6.QtCore import qWarning
from PySide6.QtWidgets import QWidget

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.widgets.theme import apply_theme
from stylestudio.automation import tour, tour_of_hands
from stylestudio.automation.tour import run_tour
from stylestudio.automation.visitor import TourError, quietly_off_screen
from stylestudio.checkpoints import write_safetensors
from stylestudio.editing.unit_statistics import unit_thresholds
from stylestudio.recipe import read_recipe


@pytest.fixture
def model_file(tmp_path, make_network):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    return path


@pytest.fixture(autouse=True)
def dressed_once(monkeypatch):
    """Dressing anew goes through every widget of earlier tests that is still there."""

    def dress(app, theme):
        if app.property("theme") != theme:
            apply_theme(app, theme)

    monkeypatch.setattr(tour, "apply_theme", dress)


def test_the_tour_writes_pictures_of_every_panel(
    qapp, tmp_path, model_file, builtin_bank, monkeypatch
):
    monkeypatch.setattr(tour, "TOUR_STEPS", 10)
    for steps in ("WORD_STEPS", "DRAW_STEPS"):
        monkeypatch.setattr(tour_of_hands, steps, 2)
    few = partial(unit_thresholds, samples=8)
    monkeypatch.setattr("stylestudio.editing.dissection.unit_thresholds", few)
    files = list(run_tour(tmp_path / "out", model_file))
    assert len(files) >= 11
    assert any("styles" in path.name for path in files)
    assert any("placement" in path.name for path in files)
    for path in files:
        with Image.open(path) as image:
            image.load()
    assert read_recipe(tmp_path / "out" / "export.png").model.name == "Mine"


def test_the_tour_says_which_control_does_not_answer(qapp, tmp_path, model_file, monkeypatch):
    monkeypatch.setattr(ParameterRow, "_on_edited", lambda *_args: None)
    with pytest.raises(TourError, match="psi"):
        list(run_tour(tmp_path / "out", model_file))


def test_the_tour_of_a_file_that_is_no_model_says_so(qapp, tmp_path):
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(b"no model")
    with pytest.raises(TourError, match=r"bad\.pkl"):
        list(run_tour(tmp_path / "out", bad))


def test_the_tour_is_not_given_another_model_than_the_one_named(tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG")
    with pytest.raises(TourError, match=r"picture\.png .* needs a model"):
        next(run_tour(tmp_path / "out", picture))


def test_an_interrupted_tour_stops(qapp, tmp_path, model_file):
    files = run_tour(tmp_path / "out", model_file)
    next(files)
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        list(files)


def test_the_terminal_shows_what_qt_says_but_not_that_nothing_can_be_raised(qtbot, qtlog, capfd):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    with qtlog.disabled(), quietly_off_screen():
        widget.raise_()
        qWarning("A pixmap is missing")
    assert capfd.readouterr().err == "A pixmap is missing\n"
