"""An hour of work, in small: hands at random, undo, redo, a crash and a second window."""

import random

import pytest
from PySide6.QtWidgets import QApplication

from stylestudio.app.core.document import SetRecipe
from stylestudio.app.core.settings import Settings
from stylestudio.app.shell.window import MainWindow
from stylestudio.automation.hands import controls, name_of
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


def counts(threads=4, timers=9, memory=10**8, **kinds):
    return Counts(threads, timers, sum(kinds.values()), memory, kinds)


def test_what_is_left_behind_is_found():
    warming = [counts(1, 1, 10**7, QMenu=n) for n in (1, 5, 9)]
    still = [counts(QMenu=9) for _ in range(4)]
    _compare(warming + still)
    for what, said in (
        ({"threads": 5}, "4 threads after 4 rounds, and 5 now"),
        ({"timers": 10}, "9 timers after 4 rounds, and 10 now"),
    ):
        with pytest.raises(TourError, match=said):
            _compare([*warming, *still[1:], counts(**what, QMenu=9)])
    grown = [counts(memory=n * 10**6, QMenu=9) for n in (102, 106, 108, 107)]
    with pytest.raises(TourError, match="Memory grew from 100 to 106 MB"):
        _compare([*warming, still[0], *grown])
    _compare([*warming, *still, counts(memory=120 * 10**6, QMenu=9)])  # for the moment
    with pytest.raises(TourError, match="10 widgets QMenu after 4 rounds, 13 now"):
        _compare(warming + [counts(QMenu=n) for n in (10, 11, 12, 13)])
    _compare(warming + [counts(QMenu=n) for n in (10, 11, 11, 13)])  # made as they were needed


def test_hands_reach_every_panel_and_leave_alone_what_takes_long(worker):
    window, reached = worker.window, {}
    for name, dock in window.docks.items():
        window.show_dock(name)
        QApplication.processEvents()
        reached[name] = {name_of(each) for each in controls(dock)}
    assert {"Styles", "Style pad"} <= reached["style"]
    assert {"Noise: seeded", "Strength value"} <= reached["noise"]
    assert {"Insert keyframe", "Keyframes"} <= reached["timeline"]
    assert {"History", "Favourites"} <= reached["history"]
    assert {"Add an operation", "Paint a source"} <= reached["bend"]
    assert "Place points" in reached["drag"]
    assert "Words 1" in reached["words"]
    everything = set().union(*reached.values())
    assert not everything & {"Invert photo", "Adapt", "Find", "Teach…", "Close Noise"}


def test_a_crash_and_a_second_window_lose_nothing(qapp, tmp_path, make_network, monkeypatch):
    monkeypatch.setattr("stylestudio.automation.hour.GROWTH", 2.0)  # so few edits don't warm up
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    said = list(run_hour(6, seed=random.Random(0).randrange(99), model=path))
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
