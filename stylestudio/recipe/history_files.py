"""How a history lies on disk: a journal of small lines, and a file of the large things.

`history.jsonl` is only added to: a line for each step and for whatever happens to it. Large
vectors and small pictures lie one after the other in `data-*.bin`, which the journal's first line
names; further lines say where each begins. So opening reads the journal alone, and nothing that is
killed half-way leaves more than a last line that is cut off.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from stylestudio.files import replacing
from stylestudio.recipe.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

VERSION = 1
JOURNAL = "history.jsonl"
LARGEST = 1 << 30  # bytes of a journal
SPARE_LINES = 2000  # of a journal that are not worth a tidy copy
SPARE_BYTES = 4 << 20  # and of the file of large things

Id = Annotated[int, Meta(ge=0, le=1 << 50)]
Time = Annotated[float, Meta(ge=0.0, le=1e11)]
Text = Annotated[str, Meta(max_length=1000)]


class Head(Struct, frozen=True, tag_field="kind", tag="history"):
    """The first line."""

    version: int
    data: str = ""  # the name of the file of large things


class Step(Struct, frozen=True, tag_field="kind", tag="step"):
    """A step was added, or replaces the one of its id."""

    id: Id
    parent: Id
    text: Text
    time: Time
    model: Text
    digest: Text
    recipe: Raw
    name: Text = ""
    favourite: bool = False


class Mark(Struct, frozen=True, tag_field="kind", tag="mark"):
    """A step got a name, or was made a favourite; or is so no longer."""

    id: Id
    name: Text
    favourite: bool


class Removed(Struct, frozen=True, tag_field="kind", tag="removed"):
    """Steps were taken out; what came out of them hangs on what they hung on."""

    ids: tuple[Id, ...]


class Here(Struct, frozen=True, tag_field="kind", tag="here"):
    """The current step."""

    id: Id


class Kept(Struct, frozen=True, tag_field="kind", tag="kept"):
    """Where something lies in the file of large things."""

    key: Text
    at: Id
    size: Id


Line = Step | Mark | Removed | Here | Kept

_LINES = msgspec.json.Decoder(Line)
_HEADS = msgspec.json.Decoder(Head)


class HistoryFiles:
    """The files of one folder, in which nobody else writes.

    Reading and writing may happen on different threads, as long as one thread writes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lost = 0  # lines that could not be read
        self.is_short = False  # whether the disk has lost large things
        self._places: dict[str, Kept] = {}
        self._data = _new_name()
        self._end = self._data_end = 0  # of what is whole, in bytes
        self._count = 0  # lines

    @property
    def journal(self) -> Path:
        """The file that is read first."""
        return self.folder / JOURNAL

    def read(self) -> list[Line]:
        """The lines of the journal, in order; [] where there is none.

        Lines that can't be read are counted, but a last one that was cut off was never complete.
        Raises HistoryError where nothing can be read, and OSError.
        """
        if not self.journal.exists():
            return []
        if self.journal.stat().st_size > LARGEST:
            raise HistoryError("Its file is too large.")
        content = self.journal.read_bytes()
        first, _, rest = content.partition(b"\n")
        if not content.strip():
            return []
        self._read_head(first)
        lines: list[Line] = []
        pieces = rest.split(b"\n")
        last = pieces.pop()  # b"", or what was cut off
        self._end, self._count = len(content) - len(last), len(pieces)
        data_size = self._size_of_data()
        for piece in pieces:
            try:
                line = _LINES.decode(piece)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.lost += 1
                continue
            if not isinstance(line, Kept):
                lines.append(line)
            elif line.at + line.size <= data_size:
                self._places[line.key] = line
            else:
                self.is_short = True
        self._data_end = data_size
        return lines

    def is_grown(self, steps: int, keys: Iterable[str]) -> bool:
        """Whether the files should be written anew for so many steps.

        So they should where a good part is no longer needed; or where things are lost, in whose
        places others would come to lie.
        """
        needed = sum(self._places[key].size for key in keys if key in self._places)
        too_long = self._count > 6 * steps + SPARE_LINES
        return self.is_short or too_long or self._data_end > 2 * needed + SPARE_BYTES

    def append(self, lines: Iterable[Line], things: Mapping[str, bytes]) -> None:
        """Write large things and then lines; after an error, neither counts. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = {key: thing for key, thing in things.items() if key not in self._places}
        places, content = self._placed(new)
        if content:
            self._data_end = _put(self.folder / self._data, self._data_end, content)
        every = [*places.values(), *lines]
        head = [] if self._end else [Head(VERSION, self._data)]
        self._end = _put(self.journal, self._end, _text([*head, *every]))
        self._count += len(every)
        self._places.update(places)

    def has(self, key: str) -> bool:
        """Whether a large thing is there."""
        return key in self._places

    def thing(self, key: str) -> bytes | None:
        """A large thing, read from the disk; None where it can't be had."""
        place = self._places.get(key)
        if place is None:
            return None
        try:
            with (self.folder / self._data).open("rb") as file:
                file.seek(place.at)
                content = file.read(place.size)
        except OSError:
            return None
        return content if len(content) == place.size else None

    def rewrite(self, folder: Path, lines: Iterable[Line], keys: Iterable[str]) -> HistoryFiles:
        """Write a history with these lines and things alone to a folder, in place of any there.

        Returns its files. Raises OSError; then what stood there stays.
        """
        folder.mkdir(parents=True, exist_ok=True)
        files = HistoryFiles(folder)
        data = folder / files._data
        try:
            with data.open("xb") as file:
                for key in keys:
                    thing = self.thing(key)
                    if thing is not None:
                        files._places[key] = Kept(key, files._data_end, len(thing))
                        files._data_end += file.write(thing)
            every = [Head(VERSION, files._data), *files._places.values(), *lines]
            text = _text(every)
            with replacing(files.journal) as temporary:
                temporary.write_bytes(text)
        except OSError:
            with contextlib.suppress(OSError):
                data.unlink(missing_ok=True)
            raise
        files._end, files._count = len(text), len(every) - 1
        if not any(folder.glob("kept-*.jsonl")):  # which may need the others
            for path in folder.glob("data-*.bin"):
                with contextlib.suppress(OSError):
                    if path != data:
                        path.unlink(missing_ok=True)
        return files

    def keep_aside(self, *, whole: bool) -> str:
        """Keep the journal under another name, whose file it then is; return that, "" if not.

        `whole` says that nothing of it could be read: then a new one begins.
        """
        try:
            content = self.journal.read_bytes()
            name = f"kept-{hashlib.sha256(content).hexdigest()[:12]}.jsonl"
            if whole:
                self.journal.replace(self.folder / name)
            else:
                (self.folder / name).write_bytes(content)
        except OSError:
            return ""
        return name

    def _read_head(self, line: bytes) -> None:
        try:
            head = _HEADS.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise HistoryError("Its file is damaged.") from None
        if head.version > VERSION:
            raise HistoryError("It was written by a newer StyleStudio; update to see it.")
        is_ours = head.data.startswith("data-") and head.data.endswith(".bin")
        if not is_ours or "/" in head.data or "\\" in head.data:
            raise HistoryError("Its file is damaged.")
        self._data = head.data

    def _size_of_data(self) -> int:
        try:
            return (self.folder / self._data).stat().st_size
        except OSError:
            return 0

    def _placed(self, things: Mapping[str, bytes]) -> tuple[dict[str, Kept], bytes]:
        """Where things will lie, and what is to be written there."""
        places, at = {}, self._data_end
        for key, thing in things.items():
            places[key] = Kept(key, at, len(thing))
            at += len(thing)
        return places, b"".join(things.values())


def _text(lines: Iterable[Head | Line]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _put(path: Path, end: int, content: bytes) -> int:
    """Write after what is whole, in place of what an earlier attempt left; return the new end."""
    with path.open("r+b" if path.exists() else "xb") as file:
        file.truncate(end)
        file.seek(end)
        file.write(content)
    return end + len(content)


def _new_name() -> str:
    return f"data-{secrets.token_hex(4)}.bin"
