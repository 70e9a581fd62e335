"""The tests themselves run on every system, and leave alone what belongs to the user."""

import re
import shutil
import sys
from pathlib import Path, PureWindowsPath

import pytest
from own_folders import in_folder
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows
from windows_rules import ALWAYS

TESTS = Path(__file__).parent
# Windows ends a process for `os.kill`, whatever the signal; `signal.raise_signal` and
# `Popen.kill` are there everywhere.
MISSING_SOMEWHERE = re.compile(
    r"os\.kill\(|SIGKILL|os\.fork\(|/dev/null|XDG_|^import (?:resource|fcntl|pwd)$", re.M
)


KINDS = ("user_data_dir", "user_cache_dir", "user_log_dir")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("system", "name", "folder"),
    [
        (Unix, "linux", "/tests"),
        (MacOS, "darwin", "/tests"),
        (Windows, "win32", r"C:\tests"),
    ],
)
def test_what_the_program_keeps_lies_in_a_folder_of_the_tests(
    monkeypatch, system, name, folder, kind
):
    for variable, place in in_folder(folder, name).items():
        monkeypatch.setenv(variable, place)
    found = PureWindowsPath(getattr(system("StyleStudio", appauthor=False), kind))
    assert found.is_relative_to(folder)


def test_the_tests_that_always_run_under_windows_rules_are_there():
    assert [name for name in ALWAYS if not (TESTS / name).is_file()] == []


def test_no_test_needs_what_other_systems_lack():
    found = {
        path.name: match[0]
        for path in TESTS.rglob("*.py")
        if path not in (Path(__file__), TESTS / "own_folders.py")
        and (match := MISSING_SOMEWHERE.search(path.read_text(encoding="utf-8")))
    }
    assert found == {"test_memory.py": "import resource"}  # in a program for glibc alone


@pytest.mark.skipif(sys.platform != "linux", reason="where the rules are stood in for")
@pytest.mark.parametrize("change", [shutil.rmtree, lambda folder: folder.rename(f"{folder}-2")])
def test_under_windows_rules_a_folder_with_an_open_file_stays(tmp_path, windows_rules, change):
    folder = tmp_path / "frames"
    folder.mkdir()
    with (folder / "one.png").open("w"), pytest.raises(PermissionError):
        change(folder)
    change(folder)
