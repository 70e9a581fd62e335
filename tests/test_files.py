"""A name always stands for a complete file, also where another program has it open."""

import errno
import os
import time

import pytest

from stylestudio import files
from stylestudio.files import discard, replacing


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "look.json"
    path.write_text("before")
    return path


def test_a_block_that_fails_leaves_the_old_file_and_no_other(written):
    with pytest.raises(UnicodeError), replacing(written) as temporary:
        temporary.write_text("half \ud800")
    assert [path.name for path in written.parent.iterdir()] == ["look.json"]
    assert written.read_text() == "before"


def test_a_file_held_open_for_a_moment_is_replaced_all_the_same(
    written, windows_rules, monkeypatch
):
    holder = written.open()
    monkeypatch.setattr(files.time, "sleep", lambda _seconds: holder.close())
    with replacing(written) as temporary:
        temporary.write_text("after")
    assert written.read_text() == "after"


def test_a_file_that_stays_open_is_said_to_be(written, windows_rules, monkeypatch):
    monkeypatch.setattr(files.time, "sleep", lambda _seconds: None)
    with written.open(), pytest.raises(PermissionError) as caught, replacing(written) as temporary:
        temporary.write_text("after")
    assert "another program has it open" in caught.value.strerror
    assert written.read_text() == "before"
    assert [path.name for path in written.parent.iterdir()] == ["look.json"]


def test_what_is_of_no_more_use_goes_once_it_is_let_go(written, windows_rules, monkeypatch):
    holder = written.open()
    monkeypatch.setattr(files.time, "sleep", lambda _seconds: holder.close())
    discard(written)
    assert not written.exists()
    discard(written)


def test_what_stays_open_costs_nothing_else(written, windows_rules, monkeypatch):
    monkeypatch.setattr(files.time, "sleep", lambda _seconds: None)
    with written.open():
        discard(written)
    assert written.exists()


def test_a_full_disk_names_the_file_that_was_to_be_written(written):
    with pytest.raises(OSError, match="No space") as caught, replacing(written):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(written)
    with pytest.raises(FileNotFoundError) as missing, replacing(written.parent / "no" / "a.png"):
        pass
    assert missing.value.filename == str(written.parent / "no" / "a.png")


def test_what_a_killed_process_left_goes_and_the_work_of_others_stays(written, monkeypatch):
    monkeypatch.setattr(files, "_tidied", set())
    folder = written.parent
    old, busy, foreign = (
        folder / name
        for name in (".stylestudio-12345678-a.png", ".stylestudio-87654321-b.png", ".12345678-c")
    )
    for path in (old, busy, foreign):
        path.touch()
    past = time.time() - 2 * files.STALE
    for path in (old, foreign):
        os.utime(path, (past, past))
    with replacing(written) as temporary:
        assert temporary.name.startswith(".stylestudio-")
        temporary.write_text("after")
    assert {path.name for path in folder.iterdir()} == {"look.json", busy.name, foreign.name}


def test_long_names_can_be_written(tmp_path):
    path = tmp_path / f"{'n' * 250}.png"
    with replacing(path) as temporary:
        temporary.write_text("after")
    assert path.read_text() == "after"
