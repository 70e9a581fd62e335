"""Writing files so that a name always stands for a complete file, and by one program at a time."""

from __future__ import annotations

import secrets
import time
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.errors import StyleStudioError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

IN_USE = (5, 32)  # what Windows answers where a program has the file open: denied, or shared
MARK = ".stylestudio-"  # how the names of temporary files begin
LONGEST = 200  # characters of a name that go on in that of its temporary file
STALE = 3600.0  # seconds after which a temporary file is what a killed process left
_tidied: set[Path] = set()  # folders
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)  # seconds; virus scanners and indexers let go within these


class MissingFolderError(StyleStudioError, FileNotFoundError):
    """A file can't be written, as its folder isn't there; the message is one sentence."""

    def __init__(self, sentence: str, path: Path) -> None:
        super().__init__(sentence)
        # As other errors of the system have them.
        self.strerror, self.filename = sentence.rstrip("."), str(path)

    def __str__(self) -> str:
        return str(self.args[0])


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`, renamed to it when the block ends without error.

    When the block fails or is interrupted, the temporary file is removed and what stood at
    `path` before stays as it was. What killed processes left of theirs in the folder goes with
    the first file that is written there. Raises MissingFolderError where there is no folder, and
    PermissionError, with a sentence as its `strerror`, where Windows keeps a file that is open
    elsewhere.
    """
    target = Path(path)
    if not target.absolute().parent.exists():
        raise MissingFolderError(_without_folder(target), target)
    temporary = target.with_name(f"{MARK}{secrets.token_hex(4)}-{target.name[-LONGEST:]}")
    try:
        _remove_leftovers(temporary.parent)
        temporary.touch()
        mode = temporary.stat().st_mode  # what this user's new files get; some writers keep less
        yield temporary
        temporary.chmod(mode)
        put_in_place(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(temporary)):
            error.filename = str(target)  # what the user knows; a full disk names nothing
        raise


def is_reachable(path: str | os.PathLike[str]) -> bool:
    """Whether a file or folder is there; where its folder lets nobody in, it is not."""
    try:
        Path(path).stat()
    except (OSError, ValueError):  # as of a share that went to sleep; a path that can't be one
        return False
    return True


def unwritable(path: Path, error: OSError) -> str:
    """Say in a sentence why a file could not be written: often, its folder is not there."""
    if not path.absolute().parent.is_dir():
        return _without_folder(path)
    return f"{path.name} cannot be written: {error.strerror or error}."


def _without_folder(path: Path) -> str:
    folder = path.absolute().parent
    return f"The folder {folder} does not exist; make it, or save {path.name} elsewhere."


def folded(name: str) -> str:
    """What names have in common that are one file on some disks: case, and how accents are made."""
    return unicodedata.normalize("NFC", name).casefold()


def _remove_leftovers(folder: Path) -> None:
    """Remove temporary files that nobody writes any more, once a folder and process."""
    folder = folder.absolute()
    if folder in _tidied:
        return
    _tidied.add(folder)
    with suppress(OSError):  # nor must tidying keep anything from being written
        for path in folder.glob(f"{MARK}*"):
            if time.time() - path.stat().st_mtime > STALE:
                path.unlink(missing_ok=True)


def put_in_place(temporary: Path, target: Path) -> None:
    """Rename a complete file, in place of any there; what another program holds is tried again.

    Raises PermissionError, with a sentence as its `strerror`, where Windows keeps what is there.
    """
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


def discard(path: Path) -> None:
    """Remove a file that is of no more use, where that can be done; it never costs what was made.

    What another program holds on Windows is tried again.
    """
    for pause in PAUSES:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            if getattr(error, "winerror", None) not in IN_USE:
                return
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
