"""An hour of work, in small: hands at random, undo, redo, a crash and a second window."""

import random

import pytest

from stylestudio.app.core.document import SetRecipe
from stylestudio.app.core.settings import Settings
from stylestudio.app.shell.window import MainWindow
from stylestudio.automation.hour import Counts, Worker, _compare, run_hour
from stylestudio.automation.visitor import TourError
from stylestudio.checkpoints import write_safetensors
from stylestudio.cli.main import run


@pytest.fixture
def worker(qtbot, tmp_path, make_network):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    window = MainWindow(Settings(tmp_path / "settings"))
    qtbot.addWidget(window)
    window.show()
    window.start([path])
    worker = Worker(window, tmp_path, seed=1)
    worker.wait("the first picture", lambda: window.studio.view.shown_recipe)
    yield worker
    window.quit()


def test_hands_at_random_are_undone_and_redone(worker):
    counts = worker.round(25)
    assert counts.widgets > 0
    assert len(worker.window.studio.history.tree.nodes) > 1  # what was undone is still there


def test_an_undo_that_leads_elsewhere_is_found(worker, monkeypatch):
    monkeypatch.setattr(SetRecipe, "undo", lambda step: step.document.go_to(step.after))
    with pytest.raises(TourError, match=r"Undoing all"):
        worker.round(6)


def test_what_is_left_behind_is_found():
    before = Counts(threads=4, timers=9, widgets=100, memory=10**8)
    _compare([before, before])
    with pytest.raises(TourError, match="100 widgets after the first round, and 101 now"):
        _compare([before, Counts(4, 9, 101, 10**8)])
    with pytest.raises(TourError, match="Memory grew from 100 to 106 MB"):
        _compare([before, Counts(4, 9, 100, 106 * 10**6)])


def test_a_crash_and_a_second_window_lose_nothing(qapp, tmp_path, make_network):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    said = list(run_hour(3, seed=random.Random(0).randrange(99), model=path))
    assert said[-1].startswith("Killed and started again: the picture and")


def test_the_command_says_each_part_and_what_went_wrong(monkeypatch, capsys, tmp_path):
    def hour(edits, model):
        yield f"{edits} edits of {model}"
        raise TourError("Both windows show the same picture.")

    monkeypatch.setattr("stylestudio.automation.hour.run_hour", hour)
    assert run(["tour", str(tmp_path), "--hour", "30"]) == 1
    said = capsys.readouterr()
    assert said.out == "30 edits of None\n"
    assert "Both windows show the same picture." in said.err
