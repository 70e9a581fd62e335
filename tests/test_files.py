"""A name always stands for a complete file, also where another program has it open."""

import pytest

from stylestudio import files
from stylestudio.files import replacing


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
