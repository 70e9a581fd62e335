"""The tree of steps, and its form on disk: what a crash may cut, and what is kept longest."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from paper_model import PaperModel

import stylestudio as ss
from stylestudio.recipe import LatentSource, SeedSource
from stylestudio.recipe.errors import HistoryError
from stylestudio.recipe.history import TOP, History
from stylestudio.recipe.history_files import JOURNAL

MODEL = PaperModel(c_dim=0, w_dim=64)


def recipe(seed=0, **fields):
    return ss.Recipe.from_seed(seed, MODEL, **fields)


def latent(seed=0):
    rows = np.random.RandomState(seed).randn(MODEL.num_ws, MODEL.w_dim)
    return LatentSource.from_array(rows.astype(np.float32), f"photo {seed}")


@pytest.fixture
def history(tmp_path):
    return History.open(tmp_path / "history")


def again(history, folder=None):
    """What another start finds."""
    return History.open(folder or history._files.folder)


def grown(history, count=3):
    for i in range(count):
        history.append(recipe(i), f"Seed {i}")
    return history


def lines(history):
    return history._files.journal.read_bytes().split(b"\n")


def test_undo_and_another_change_make_a_branch_and_a_restart_finds_all(history):
    start = history.append(recipe(), "Start")
    first = history.append(recipe(1), "One way")
    history.go_to(start.id)
    second = history.append(recipe(2, source=latent()), "Another way", at=1234.5)
    history.mark(first.id, name="  the good one ", is_favourite=True)
    history.keep_picture(second.id, b"picture")
    history.write()
    found = again(history)
    assert not found.problem
    assert dict(found.nodes) == dict(history.nodes)
    assert found.children(TOP) == (start.id,)
    assert found.children(start.id) == (first.id, second.id)
    assert found.path(second.id) == [start.id, second.id]
    assert found.current == second.id
    assert found.nodes[second.id].time == 1234.5
    assert found.nodes[first.id].name == "the good one"
    assert found.nodes[first.id].is_favourite
    assert found.recipe(second.id) == recipe(2, source=latent())
    assert found.picture(second.id) == b"picture"
    assert found.picture(first.id) is None
    assert found.having(recipe(1)) == [first.id]


def test_what_was_not_written_is_there_all_the_same(history):
    node = history.append(recipe(source=latent()), "Start")
    history.keep_picture(node.id, b"picture")
    assert history.has_changes
    assert history.recipe(node.id) == recipe(source=latent())
    assert history.picture(node.id) == b"picture"
    history.write()
    assert not history.has_changes


def test_a_large_vector_is_stored_once(history):
    for psi in (0.1, 0.2, 0.3):
        history.append(recipe(source=latent(), truncation_psi=psi), "Psi")
    history.write()
    folder = history._files.folder
    vector = 4 * MODEL.num_ws * MODEL.w_dim
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2 * vector + 4000


def test_a_killed_program_loses_at_most_the_line_it_was_writing(history):
    grown(history).write()
    whole = history._files.journal.read_bytes()
    begin = whole.rindex(b"\n", 0, whole.rindex(b'{"kind":"step"')) + 1
    for cut in range(begin + 1, len(whole) - 1, 37):
        history._files.journal.write_bytes(whole[:cut])
        found = again(history)
        assert not found.problem
        assert len(found.nodes) == (3 if cut > whole.index(b"\n", begin) else 2)
        found.append(recipe(9), "Afterwards")
        found.write()
        assert [node.text for node in again(history).nodes.values()][-1] == "Afterwards"
        assert not again(history).problem


def test_kill_9_leaves_what_was_written(tmp_path):
    program = """
import os, sys
from pathlib import Path
import stylestudio as ss
sys.path.insert(0, sys.argv[2])
from paper_model import PaperModel
from stylestudio.recipe.history import History
history = History.open(Path(sys.argv[1]))
for i in range(20):
    history.append(ss.Recipe.from_seed(i, PaperModel(c_dim=0)), f"Seed {i}")
    history.write()
os._exit(9)  # as one that is killed, it tidies nothing
"""
    here = str(Path(__file__).parent)
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "h"), here], capture_output=True, text=True
    )
    assert ended.returncode != 0
    found = History.open(tmp_path / "h")
    assert not found.problem
    assert len(found.nodes) == 20, ended.stderr
    assert found.recipe(20).source == SeedSource(19)


def test_a_damaged_line_is_told_and_the_rest_is_shown(history):
    grown(history, 4).write()
    parts = lines(history)
    parts[3] = parts[3].replace(b'"step"', b'"stop"')
    history._files.journal.write_bytes(b"\n".join(parts))
    found = again(history)
    assert found.problem.startswith("Not all of the history can be shown. 1 line of its file")
    assert "kept-" in found.problem
    assert len(found.nodes) == 3
    assert all(node.parent == TOP or node.parent in found.nodes for node in found.nodes.values())
    assert not again(history).problem  # it was put in order
    assert list(history._files.folder.glob("kept-*.jsonl"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no journal\n", "damaged"),
        (b"\xff\xfe\x00\n\n", "damaged"),
        (b'{"kind":"history","version":2,"data":"data-1.bin"}\n', "newer StyleStudio"),
        (b'{"kind":"history","version":1,"data":"../data-1.bin"}\n', "damaged"),
        (b"[" * 100_000 + b"\n", "damaged"),
    ],
)
def test_what_is_no_history_is_kept_aside_and_another_begins(history, content, words):
    folder = history._files.folder
    folder.mkdir()
    (folder / JOURNAL).write_bytes(content)
    found = again(history)
    assert words in found.problem
    assert len(found.problem.replace(str(folder), "")) < 160
    assert next(folder.glob("kept-*.jsonl")).read_bytes() == content
    grown(found).write()
    assert len(again(history).nodes) == 3


def test_hostile_lines_make_no_rings_and_no_error(history):
    grown(history).write()
    bad = [
        {"kind": "here", "id": 77},
        {"kind": "mark", "id": 77, "name": "x", "favourite": True},
        {"kind": "removed", "ids": [77]},
        {"kind": "kept", "key": "picture-x", "at": 1 << 40, "size": 9},
    ]
    step = json.loads(lines(history)[1])
    bad += [step | {"id": 5, "parent": 9}, step | {"id": 9, "parent": 9}]
    with history._files.journal.open("ab") as file:
        for line in bad:
            file.write(json.dumps(line).encode() + b"\n")
    found = again(history)
    assert found.nodes[5].parent == found.nodes[9].parent == TOP
    assert found.path(9) == [9]
    with history._files.journal.open("ab") as file:
        file.write(json.dumps(step | {"id": 1 << 60}).encode() + b"\n")
    assert "1 line" in again(history).problem


def test_a_step_whose_vectors_are_lost_says_so_and_others_stay(history):
    node = history.append(recipe(source=latent()), "Photo")
    other = history.append(recipe(), "Seed")
    history.keep_picture(node.id, b"one")
    history.write()
    data = next(history._files.folder.glob("data-*.bin"))
    data.write_bytes(b"?" * data.stat().st_size)
    found = again(history)
    with pytest.raises(HistoryError, match="vectors are lost"):
        found.recipe(node.id)
    assert found.recipe(other.id) == recipe()
    data.unlink()
    found = again(history)
    with pytest.raises(HistoryError, match="vectors are lost"):
        found.recipe(node.id)
    later = found.append(recipe(5, source=latent(5)), "Later")
    found.keep_picture(later.id, b"two")  # where the other one was
    found.write()
    found = again(history)
    assert found.picture(node.id) is None
    with pytest.raises(HistoryError):
        found.recipe(node.id)
    assert found.recipe(later.id).source == latent(5)


def test_a_step_of_a_newer_version_is_shown_but_not_read(history):
    history.append(recipe(), "Start")
    history.write()
    journal = history._files.journal
    journal.write_bytes(journal.read_bytes().replace(b'"version":', b'"version":9', 2))
    journal.write_bytes(journal.read_bytes().replace(b'"version":91', b'"version":1', 1))
    found = again(history)
    assert len(found.nodes) == 1
    with pytest.raises(HistoryError, match="newer"):
        found.recipe(1)


def test_a_full_disk_forgets_nothing(history, monkeypatch):
    grown(history).write()
    history.append(recipe(7, source=latent()), "More")

    def torn(path, end, content):
        with path.open("ab") as file:
            file.write(content[:5])
        raise OSError(28, "the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("stylestudio.recipe.history_files._put", torn)
        with pytest.raises(OSError, match="full"):
            history.write()
    history.write()
    found = again(history)
    assert not found.problem
    assert found.recipe(4) == recipe(7, source=latent())


def test_the_oldest_go_but_marked_ones_and_the_way_to_here_stay(tmp_path):
    history = History.open(tmp_path, limit=6)
    start = history.append(recipe(), "Start")
    side = [history.append(recipe(i), "Side", start.id) for i in range(1, 5)]
    history.mark(side[1].id, is_favourite=True)
    way = [history.append(recipe(9), "Way", start.id)]
    way.append(history.append(recipe(10), "Way"))
    way.append(history.append(recipe(11), "Way"))
    kept = {start.id, side[1].id, *(node.id for node in way)}
    assert kept < set(history.nodes)
    assert len(history.nodes) == 6
    for i in range(20, 30):
        history.append(recipe(i), "On")
    assert len(history.nodes) == 6
    assert side[1].id in history.nodes
    assert history.path(history.current)[-1] == history.current
    history.write()
    found = History.open(tmp_path, limit=6)
    assert dict(found.nodes) == dict(history.nodes)
    assert found.children(TOP) == history.children(TOP)


def test_a_branch_is_removed_and_brought_back(history):
    start = history.append(recipe(), "Start")
    a = history.append(recipe(1), "A", start.id)
    history.append(recipe(2), "A A", a.id)
    b = history.append(recipe(3), "B", start.id)
    before = dict(history.nodes)
    removed = history.remove(a.id)
    assert set(history.nodes) == {start.id, b.id}
    history.restore(removed)
    assert dict(history.nodes) == before
    assert history.children(start.id) == (a.id, b.id)
    history.remove(start.id)
    assert history.current == TOP
    assert not history.nodes
    history.write()
    assert not again(history).nodes
    assert again(history).append(recipe(), "Next").parent == TOP


def test_a_change_that_goes_on_amends_its_step(history):
    history.append(recipe(), "Start")
    node = history.append(recipe(truncation_psi=0.5), "Psi")
    history.mark(node.id, name="mine")
    history.amend(node.id, recipe(truncation_psi=0.4), "Psi again")
    history.write()
    found = again(history)
    assert len(found.nodes) == 2
    assert found.recipe(node.id).truncation_psi == 0.4
    assert (found.nodes[node.id].text, found.nodes[node.id].name) == ("Psi again", "mine")


def test_a_copy_has_everything_and_nothing_more(history, tmp_path):
    first = history.append(recipe(source=latent()), "Photo")
    gone = history.append(recipe(source=latent(1)), "Another")
    history.keep_picture(first.id, b"one")
    history.keep_picture(gone.id, b"two")
    history.remove(gone.id)
    target = tmp_path / "session"
    grown(History.open(target), 2).write()
    history.copy_to(target)
    found = again(history, target)
    assert dict(found.nodes) == dict(history.nodes)
    assert found.recipe(first.id) == recipe(source=latent())
    assert found.picture(first.id) == b"one"
    assert len(list(target.iterdir())) == 2
    texts = sum(path.stat().st_size for path in target.glob("data-*.bin"))
    assert texts < 2 * 4 * MODEL.num_ws * MODEL.w_dim
    found.append(recipe(3), "Further")
    found.write()
    assert len(again(history, target).nodes) == 2
    assert len(again(history).nodes) == 1


def test_what_is_added_during_a_copy_is_whole_or_not_there(history, tmp_path, monkeypatch):
    history.append(recipe(), "Start")
    write = history.write

    def slowly():
        write()
        history.append(recipe(source=latent()), "Meanwhile")

    monkeypatch.setattr(history, "write", slowly)
    history.copy_to(tmp_path / "copy")
    found = again(history, tmp_path / "copy")
    assert [found.recipe(id) for id in found.nodes] == [recipe()]


def test_a_journal_that_has_grown_is_written_anew_on_opening(history, monkeypatch):
    monkeypatch.setattr("stylestudio.recipe.history_files.SPARE_LINES", 50)
    grown(history)
    history.keep_picture(1, b"one")
    history.write()
    for i in range(100):
        history.go_to(1 + i % 3)
    history.write()
    assert len(lines(history)) > 100
    found = again(history)
    assert dict(found.nodes) == dict(history.nodes)
    assert found.picture(1) == b"one"
    assert len(lines(history)) < 10
    assert len(list(history._files.folder.iterdir())) == 2


def test_opening_two_thousand_steps_reads_no_picture_and_no_vector(history, monkeypatch):
    for i in range(2000):
        node = history.append(recipe(i), f"Seed {i}", TOP if i % 5 else None)
        history.keep_picture(node.id, b"x")
    history.write()
    read = []
    thing = type(history._files).thing
    monkeypatch.setattr(
        type(history._files), "thing", lambda *args: read.append(args) or thing(*args)
    )
    monkeypatch.setattr(ss.Recipe, "__post_init__", lambda self: read.append(self))
    found = again(history)
    assert len(found.nodes) == 2000
    assert not read
    assert found.picture(7) == b"x"
    assert len(read) == 1
