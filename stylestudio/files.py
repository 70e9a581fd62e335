"""Writing files so that a name always stands for a complete file, and by one program at a time."""

from __future__ import annotations

import secrets
import time
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

IN_USE = (5, 32)  # what Windows answers where a program has the file open: denied, or shared
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)  # seconds; virus scanners and indexers let go within these


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`, renamed to it when the block ends without error.

    When the block fails or is interrupted, the temporary file is removed and what stood at
    `path` before stays as it was. Raises PermissionError, with a sentence as its `strerror`, where
    Windows keeps a file that is open elsewhere.
    """
    target = Path(path)
    temporary = target.with_name(f".{secrets.token_hex(4)}-{target.name}")
    try:
        temporary.touch()
        mode = temporary.stat().st_mode  # what this user's new files get; some writers keep less
        yield temporary
        temporary.chmod(mode)
        _rename(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def folded(name: str) -> str:
    """What names have in common that are one file on some disks: case, and how accents are made."""
    return unicodedata.normalize("NFC", name).casefold()


def _rename(temporary: Path, target: Path) -> None:
    for pause in (*PAUSES, None):
        try:
            temporary.replace(target)
        except PermissionError as error:
            if getattr(error, "winerror", None) not in IN_USE:
                raise
            if pause is None:
                reason = "another program has it open; close it there and try again"
                raise PermissionError(error.errno, reason, str(target)) from error
            time.sleep(pause)
        else:
            return


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, which goes with the lock. Raises Timeout where another process holds it."""
    from filelock import FileLock  # which takes its time, and few need it

    lock = FileLock(path, blocking=False)
    lock.acquire()
    gone = False
    try:
        yield
    finally:
        # Before the lock is released, or another could take a lock on a file that then goes.
        with suppress(PermissionError):  # Windows keeps a file that is open
            path.unlink()
            gone = True
        lock.release()
        if not gone:
            with suppress(OSError):  # another may hold it by now, and will remove it
                path.unlink()
