"""Lets a Linux machine refuse what Windows refuses: to rename or delete a file that is in use.

`pytest --windows-rules` runs any tests under it; those in ALWAYS, and those that name the fixture,
always are.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

import pytest

SHARING_VIOLATION = 32  # as Windows numbers it
# For each kind of file that the program writes or keeps open, tests that take seconds.
ALWAYS = (
    "app/test_own_files.py",
    "checkpoints/test_tensor_file.py",
    "recipe/test_history.py",
    "recipe/test_pictures.py",
    "render/test_assets.py",
    "render/test_latent_files.py",
    "test_no_case.py",
    "video/test_session.py",
    "video/test_session_file.py",
)


def pytest_addoption(parser):
    parser.addoption(
        "--windows-rules",
        action="store_true",
        help="files that are open or mapped can't be renamed, replaced or deleted",
    )


@pytest.fixture
def windows_rules(monkeypatch):
    """Files in use can be neither renamed nor replaced nor deleted, as on Windows."""
    if sys.platform != "linux":
        pytest.skip("needs /proc to tell which files are in use")
    for name in ("replace", "rename", "unlink", "remove"):
        monkeypatch.setattr(os, name, _guarded(getattr(os, name)))


@pytest.fixture(autouse=True)
def _windows_rules_if_asked(request):
    here = request.path.as_posix().endswith(ALWAYS) and sys.platform == "linux"
    if here or request.config.getoption("--windows-rules"):
        request.getfixturevalue("windows_rules")


def _guarded(function):
    def guarded(*paths, **options):
        for path in paths:
            if _is_in_use(path, options.get("dir_fd")):  # as whole folders are removed
                error = PermissionError(13, "The file is in use by another process", str(path))
                error.winerror = SHARING_VIOLATION
                raise error
        return function(*paths, **options)

    return guarded


def _is_in_use(path, folder: int | None) -> bool:
    try:
        at = os.lstat(path, dir_fd=folder)
    except OSError:
        return False
    if stat.S_ISDIR(at.st_mode):
        return _holds_open_files(Path(path).resolve())
    return (at.st_dev, at.st_ino) in _open_files() or (at.st_dev, at.st_ino) in _mapped_files()


def _holds_open_files(folder: Path) -> bool:
    """Whether a file in a folder is open, which keeps Windows from renaming the folder."""
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that listed the folder is closed by now
            if folder in descriptor.readlink().parents:
                return True
    return False


def _open_files() -> set[tuple[int, int]]:
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            at = descriptor.stat()
        except OSError:  # the one that listed the folder is closed by now
            continue
        found.add((at.st_dev, at.st_ino))
    return found


def _mapped_files() -> set[tuple[int, int]]:
    found = set()
    for line in Path("/proc/self/maps").read_text().splitlines():
        _, _, _, device, inode, *_ = line.split(maxsplit=5)
        if inode != "0":
            major, minor = (int(part, 16) for part in device.split(":"))
            found.add((os.makedev(major, minor), int(inode)))
    return found
