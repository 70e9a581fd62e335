"""Which files of the settings folder are this window's own, where several windows share it."""

from __future__ import annotations

import itertools
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stylestudio.render import Assets

log = logging.getLogger(__name__)


class OwnFiles:
    """A set of files that no other open window reads or writes, claimed by a lock file.

    Of the sets that no window has, a new window takes the one whose `newest` was written last, so
    what was on show last comes back; a window beside all others begins a new set. The lock goes
    with the process, however that ends.
    """

    def __init__(self, folder: Path, newest: str) -> None:
        self._folder = folder
        self._lock: FileLock | None = None
        self._number = next(number for number in self._wanted(newest) if self._claim(number))

    def path(self, name: str) -> Path:
        """Where this window keeps a file, e.g. `last-look.json` or `last-look-2.json`."""
        return self._path(name, self._number)

    def others_unsaved(self, newest: str) -> bool:
        """Whether a window that is gone left work which is in no file, to be taken up by another.

        `newest` is the file that says so of itself.
        """
        for number, path in self._written(newest).items():
            if number != self._number and _is_unsaved(path) and self._is_free(number):
                return True
        return False

    def release(self) -> None:
        """Leave the files to the next window."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _path(self, name: str, number: int) -> Path:
        path = self._folder / name
        return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")

    def _wanted(self, name: str) -> Iterator[int]:
        """Numbers of the sets, the one to be taken first; they never end."""
        times = {number: _time(path) for number, path in self._written(name).items()}
        known = sorted((n for n in times if times[n]), key=lambda n: times[n], reverse=True)
        yield from known
        yield from (number for number in itertools.count(1) if number not in known)

    def _written(self, name: str) -> dict[int, Path]:
        """The files of this name by the number of their set."""
        stem, _, suffix = name.rpartition(".")
        written = {1: self._path(name, 1)}
        for path in self._folder.glob(f"{stem}-*.{suffix}"):
            number = path.stem.removeprefix(f"{stem}-")
            if number.isdecimal() and int(number) > 1:
                written[int(number)] = path
        return written

    def _is_free(self, number: int) -> bool:
        try:
            with FileLock(self._folder / f".window-{number}.lock", blocking=False):
                return True
        except (Timeout, OSError, NotImplementedError):
            return False

    def _claim(self, number: int) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._folder / f".window-{number}.lock", blocking=False)
            lock.acquire()
        except Timeout:
            return False
        except (OSError, NotImplementedError):
            return True  # nothing can be locked there; saving will say so where it cannot write
        self._lock = lock
        return True


def tidy(folder: Path, assets: Assets) -> None:
    """Remove tuned weights that a killed run left, unless a file of the folder names them.

    Does nothing where `assets` keeps them elsewhere, as other folders may name them there.
    """
    if assets.folder.parent != folder:
        return
    try:
        files = [*folder.glob("*.json"), *folder.glob("*.session"), *folder.glob("exports/*.json")]
        files += folder.glob("history*/*.jsonl")
        assets.tidy(file.read_text(encoding="utf-8", errors="replace") for file in files)
    except OSError:
        log.warning("The settings folder cannot be tidied", exc_info=True)


def _is_unsaved(path: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError, TypeError):
        state = json.loads(path.read_text(encoding="utf-8")).get("session")
        return bool(state["is_dirty"]) and not state.get("is_discarded")
    return False


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
