"""Long lists of numbers that are made bit by bit and kept on this machine, so that they go on."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs

from stylestudio.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Array = np.ndarray[Any, Any]

PART = 32  # rows of a file
BATCH = 8  # rows made at a time
MOST_BYTES = 2 << 30  # kept in all; what was used longest ago goes first
_VERSION = 1  # of how rows are made; a new one forgets all that is kept


def cache_folder() -> Path:
    """Where rows are kept."""
    return platformdirs.user_cache_path("StyleStudio", appauthor=False) / "measures"


class Rows:
    """Rows [N, D], float32, that follow from an identity; row i is the same whatever N is."""

    def __init__(self, identity: object, folder: Path | None = None) -> None:
        digest = hashlib.sha256(repr((_VERSION, identity)).encode()).hexdigest()
        self._folder = (folder or cache_folder()) / digest[:32]
        self.found: Array = np.empty((0, 0), np.float32)  # after `make`

    def make(self, count: int, make: Callable[[range], Array]) -> Iterator[int]:
        """Make so many, or take those that are kept; yields how many there are so far.

        `make` gives the rows of some numbers. What is whole is kept whatever ends it.
        """
        with contextlib.suppress(OSError):
            os.utime(self._folder)  # so that it counts as used now
        parts = []
        for start in range(0, count, PART):
            numbers = range(start, min(start + PART, count))
            part = self._kept(numbers)
            if part is None:
                batches = []
                for first in numbers[::BATCH]:
                    batch = range(first, min(first + BATCH, numbers.stop))
                    batches.append(make(batch))
                    yield batch.stop
                part = np.concatenate(batches)
                self._keep(numbers, part)
            else:
                yield numbers.stop
            parts.append(part)
        self.found = np.concatenate(parts)

    def _path(self, numbers: range) -> Path:
        return self._folder / f"{numbers.start:08}.npy"

    def _kept(self, numbers: range) -> Array | None:
        """What an earlier run has kept of these rows; None unless it is all of them."""
        with contextlib.suppress(OSError, ValueError, EOFError):
            part = np.load(self._path(numbers), allow_pickle=False)
            is_whole = part.ndim == 2 and part.dtype == np.float32 and len(part) >= len(numbers)
            if is_whole and np.isfinite(part).all():
                return part[: len(numbers)]  # type: ignore[no-any-return]
        return None

    def _keep(self, numbers: range, part: Array) -> None:
        if not np.isfinite(part).all():
            return  # what can't be read today may be read tomorrow
        with contextlib.suppress(OSError):  # a full or read-only disk costs only the time
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._path(numbers)
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.save(file, part)


def tidy(folder: Path | None = None, most: int = MOST_BYTES) -> None:
    """Remove what was used longest ago, until no more than `most` bytes are kept."""
    kept = []
    with contextlib.suppress(OSError):
        for each in (folder or cache_folder()).iterdir():
            size = sum(file.stat().st_size for file in each.iterdir())
            kept.append((each.stat().st_mtime, size, each))
    total = 0
    for _, size, each in sorted(kept, reverse=True):
        total += size
        if total > most:
            shutil.rmtree(each, ignore_errors=True)
