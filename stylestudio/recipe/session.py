"""The form of a session file: a zip of parts, and a list of the other files that it needs.

What is in a zip is not trusted: names, sizes and methods are checked before anything is read, and
nothing is ever unpacked under a name that a file brings.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import IO, TYPE_CHECKING, Literal, NamedTuple

import msgspec
from msgspec import Struct

from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.recipe.errors import check_sha256, in_plain_words
from stylestudio.recipe.stages import networks_of
from stylestudio.threads import software

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from stylestudio.progress import Cancel
    from stylestudio.recipe.recipe import Recipe

VERSION = 1
SUFFIX = ".stylestudio"
LIST = "session.json"  # the part that says what the others are
RECIPE = "recipe.json"
LARGEST_TEXT = 256 << 20  # bytes of a part that is read into memory
LARGEST = (4 << 30) - 1  # bytes of all parts, and of the file, which then needs no longer form
LARGEST_LIST = 16 << 20  # bytes of a zip's own list of its parts
MOST_PARTS = 20_000
PACKED = 64 << 20  # bytes up to which other files are packed, too
CHUNK = 1 << 20

FileKind = Literal["model", "sibling", "styles", "network"]
MODELS: tuple[FileKind, ...] = ("model", "sibling")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}){0,3}")
_START = b"PK\x03\x04"
_END = struct.Struct("<4s4H2LH")  # of a zip without its comment
_END_MARK, _ZIP64_MARK, _ZIP64_SIZE = b"PK\x05\x06", b"PK\x06\x07", 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError)


class SessionError(StyleStudioError, ValueError):
    """A session cannot be read; the message is one sentence for the user."""


class FileRef(Struct, frozen=True):
    """A file that a session needs beside itself, by the SHA-256 of its content."""

    kind: FileKind
    sha256: str
    name: str
    path: str = ""  # where it lay when the session was saved, or a built-in model's name
    size: int = 0  # bytes, 0 where that is not known
    part: str = ""  # of the session file, where it is packed there

    def __post_init__(self) -> None:
        check_sha256(self.sha256)


class FileList(Struct, frozen=True, tag="stylestudio session", tag_field="kind"):
    """What the list of a session file says."""

    version: int = VERSION
    software: str = ""
    files: tuple[FileRef, ...] = ()


def files_of(recipes: Iterable[Recipe]) -> tuple[FileRef, ...]:
    """What recipes need besides themselves and tuned weights, each file once, models first."""
    found: dict[str, FileRef] = {}
    for recipe in recipes:
        refs = [FileRef("model", recipe.model.sha256, recipe.model.name)]
        for use in recipe.deltas:
            weights = getattr(use, "weights", None)
            if weights is not None and weights.kind == "sibling":
                refs.append(FileRef("sibling", weights.sha256, weights.name))
        bank = getattr(recipe.style, "bank", None)
        if bank is not None:
            refs.append(FileRef("styles", bank.sha256, bank.name))
        refs += [FileRef("network", ref.sha256, ref.name) for ref in networks_of(recipe.stages)]
        for ref in refs:
            found.setdefault(ref.sha256, ref)
    return tuple(sorted(found.values(), key=lambda ref: ref.kind != "model"))


def placed(ref: FileRef, path: str) -> FileRef:
    """The same file with where it lies, and its size where that is a file."""
    file = Path(path)
    size = file.stat().st_size if file.is_file() else 0
    return msgspec.structs.replace(ref, path=path, size=size)


def packed(ref: FileRef) -> FileRef:
    """The same file, packed, if it is one of styles or a network and small enough."""
    if ref.kind not in ("styles", "network") or not 0 < ref.size <= PACKED:
        return ref
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(ref.path).name).lstrip(".-")[-100:] or "file"
    return msgspec.structs.replace(ref, part=f"files/{ref.sha256[:16]}/{name}")


# --- writing -----------------------------------------------------------------------------


def write_parts(
    path: str | os.PathLike[str], parts: Mapping[str, bytes | Path], files: Iterable[FileRef]
) -> None:
    """Write a session file of parts, bytes or the files that hold them; all of it or nothing.

    Raises OSError.
    """
    listed = FileList(software=software(), files=tuple(files))
    everything = {LIST: msgspec.json.encode(listed), **parts}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        try:
            _write_zip(stream, everything)
        except zipfile.LargeZipFile:
            raise OSError(errno.EFBIG, "a session can't be larger than 4 GB") from None
        stream.flush()
        os.fsync(stream.fileno())  # or after a power cut the name might stand for half a file


def _write_zip(stream: IO[bytes], parts: Mapping[str, bytes | Path]) -> None:
    with zipfile.ZipFile(stream, "w", allowZip64=False, compresslevel=3) as archive:
        for name, content in parts.items():
            # What is text gets much smaller; pictures and weights would not.
            method = zipfile.ZIP_DEFLATED if _is_text(name) else zipfile.ZIP_STORED
            if isinstance(content, Path):
                archive.write(content, name, method)
            else:
                archive.writestr(name, content, method)


def _is_text(name: str) -> bool:
    return name.endswith((".json", ".jsonl"))


# --- reading -----------------------------------------------------------------------------


class Parts:
    """The parts of an open session file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = _checked(archive.infolist())
        self.listed = _listed(self.text(LIST) or b"")

    def names(self, folder: str) -> list[str]:
        """Parts that lie in a folder of it."""
        return [name for name in self._entries if name.startswith(folder + "/")]

    def text(self, name: str, largest: int = LARGEST_TEXT) -> bytes | None:
        """The content of a part; None where there is no such part."""
        if name not in self._entries:
            return None
        with self._archive.open(self._entries[name]) as stream:
            content = stream.read(largest + 1)
        if len(content) > largest:
            raise SessionError("a part of it is too large.")
        return content

    def copy(self, name: str, path: Path) -> str:
        """Copy a part to a file; return its SHA-256. Raises OSError."""
        digest = hashlib.sha256()
        with (
            self._archive.open(self._entries[name]) as stream,
            replacing(path) as temporary,
            temporary.open("wb") as file,
        ):
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()


@contextmanager
def open_parts(path: str | os.PathLike[str]) -> Iterator[Parts]:
    """Open a session file to read its parts. Raises SessionError, naming the file."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            _check_end(stream.seek(0, os.SEEK_END), _tail(stream))
            with zipfile.ZipFile(stream) as archive:
                yield Parts(archive)
    except SessionError as error:
        raise SessionError(f"{path.name}: {error}") from None
    except OSError as error:
        raise SessionError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    except (*_DAMAGED, RuntimeError) as error:
        if isinstance(error, StyleStudioError):
            raise
        raise SessionError(
            f"{path.name} is damaged and can't be opened; use an earlier copy of it."
        ) from None


def is_session_file(path: str | os.PathLike[str]) -> bool:
    """Tell by its name or first bytes whether this is a session file. Raises OSError."""
    with Path(path).open("rb") as stream:
        if Path(path).suffix.lower() == SUFFIX:
            return True  # also a damaged one, of which that can be said
        start = stream.read(30 + len(LIST))
    return start.startswith(_START) and start[30:] == LIST.encode()


def _tail(stream: IO[bytes]) -> bytes:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - (1 << 16) - _END.size - _ZIP64_SIZE))
    tail = stream.read()
    stream.seek(0)
    return tail


def _check_end(size: int, tail: bytes) -> None:
    """Raise SessionError for a zip whose list of parts is longer than that of any session.

    Reading that list takes memory, so it is looked at where the zip says how long it is.
    """
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile
    _, _, _, _, count, length, start, _ = _END.unpack_from(tail, at)
    is_zip64 = tail[at - _ZIP64_SIZE : at].startswith(_ZIP64_MARK)
    if is_zip64 or count > MOST_PARTS or length > LARGEST_LIST or start + length > size:
        raise SessionError("it has more parts than any session; it isn't one of StyleStudio's.")


def _checked(entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The parts by name, of those that StyleStudio could have written."""
    known: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        if entry.is_dir():
            continue
        name = entry.orig_filename
        if not _NAME.fullmatch(name) or ".." in name or name in known:
            raise SessionError("a part of it has an unsafe name, so it was not opened.")
        if entry.flag_bits & 1 or entry.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise SessionError("it was packed by another program; save it with StyleStudio.")
        known[name] = entry
    if sum(entry.file_size for entry in known.values()) > LARGEST:
        raise SessionError("it is larger than any session; it isn't one of StyleStudio's.")
    return known


def _listed(content: bytes) -> FileList:
    if not content:
        raise SessionError("it is no session of StyleStudio.")
    try:
        version = json.loads(content).get("version")
        if isinstance(version, int) and version > VERSION:
            raise SessionError(
                f"the session is of version {version}; this StyleStudio reads {VERSION}. "
                "Update StyleStudio to open it."
            )
        return msgspec.json.decode(content, type=FileList)
    except (msgspec.MsgspecError, AttributeError, RecursionError) as error:
        raise SessionError(f"its list of files is damaged: {in_plain_words(error)}.") from None


# --- finding files again -----------------------------------------------------------------


class Match(NamedTuple):
    """A file that was found by its content."""

    ref: FileRef
    path: str


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_file_of(ref: FileRef, path: Path) -> bool:
    """Whether a file holds what is wanted."""
    try:
        same_size = path.is_file() and ref.size in (0, path.stat().st_size)
        return same_size and sha256_of(path) == ref.sha256
    except OSError:
        return False


def find_near(
    ref: FileRef, folder: Path, is_wanted: Callable[[FileRef, Path], bool] = is_file_of
) -> str:
    """Where a file is: where it lay when the session was saved, or in the session's folder.

    "" where it is in neither place, as `is_wanted` says.
    """
    file = PureWindowsPath(ref.path).name  # which takes the separators of any system
    places = [Path(ref.path), folder / file] if file else []
    return next((str(each) for each in places if is_wanted(ref, each)), "")


def find_files(
    wanted: Iterable[FileRef], folder: Path, suffixes: Iterable[str], cancel: Cancel | None = None
) -> list[Match]:
    """Look through a folder and those in it for files by their content.

    Where sizes are known, only files of these sizes are read; else those of these `suffixes`.
    Folders that can't be read are passed over. Raises Cancelled.
    """
    missing = {ref.sha256: ref for ref in wanted}
    sizes = {ref.size for ref in missing.values()}
    endings = tuple(suffixes)
    found: list[Match] = []
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if cancel is not None:
                cancel.check()
            if not missing:
                return found
            path = Path(at) / name
            try:
                if (0 in sizes and name.lower().endswith(endings)) or path.stat().st_size in sizes:
                    ref = missing.pop(sha256_of(path), None)
                    if ref is not None:
                        found.append(Match(ref, str(path)))
            except OSError:
                continue
    return found
