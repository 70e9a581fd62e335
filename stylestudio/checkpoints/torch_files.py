"""The two containers of torch.save: what they hold, and where in the file the numbers lie."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.foreign import name_foreign
from stylestudio.checkpoints.inert import describe
from stylestudio.checkpoints.pickle_machine import MAX_STEPS, PickleMachine
from stylestudio.checkpoints.pickle_values import Global
from stylestudio.checkpoints.reading import HEAD

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
_MAX_DIRECTORY = 8 * 2**20  # bytes read to learn what an archive holds
_DTYPES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


@dataclass(eq=False)
class Storage:
    """A run of numbers in a file; tensors are windows on it."""

    kind: str  # torch's name, "FloatStorage"
    count: int  # of numbers
    data: memoryview | None = None  # None until the container has shown where they lie

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers as stored; bfloat16 appears as its bit pattern."""
        return np.dtype(_DTYPES[self.kind])

    @property
    def size(self) -> int:
        """In bytes."""
        return self.count * self.dtype.itemsize


class StorageTable:
    """Collects the storages that the pickle of a torch file mentions, by their keys."""

    def __init__(self) -> None:
        self.storages: dict[str, Storage] = {}

    def persistent(self, identity: Any) -> Storage:
        """Answer a persistent id ('storage', type, key, location, count[, view])."""
        if not (isinstance(identity, tuple) and len(identity) in (5, 6)):
            raise Unreadable("is damaged: it refers to data in an unknown way")
        tag, kind, key, _, count = identity[:5]
        view = identity[5] if len(identity) == 6 else None
        if tag != "storage" or not isinstance(kind, Global) or kind.name not in _DTYPES:
            raise Unreadable(f"holds numbers of an unknown kind ({shown(describe(kind))})")
        if not isinstance(key, str) or type(count) is not int or count < 0 or view is not None:
            raise Unreadable("is damaged: it refers to data in an unknown way")
        storage = self.storages.setdefault(key, Storage(kind.name, count))
        if (storage.kind, storage.count) != (kind.name, count):
            raise Unreadable("is damaged: it describes the same data in two ways")
        return storage


def is_legacy_torch(data: memoryview) -> bool:
    """Whether a file begins as torch.save wrote them before 1.6."""
    magic = b"\x8a\x0a" + _LEGACY_MAGIC.to_bytes(10, "little")
    as_text = b"L%dL\n" % _LEGACY_MAGIC  # before protocol 2
    return bytes(data[2 : 2 + len(magic)]) == magic or bytes(data[: len(as_text)]) == as_text


def holds_torch(head: bytes) -> bool:
    """Whether the first bytes of a file are those of either container."""
    return head[:4] == b"PK\x03\x04" or is_legacy_torch(memoryview(head))


def torch_root(data: memoryview) -> Any:
    """The root object of a file in either container. Raises Unreadable for any other file."""
    if bytes(data[:4]) == b"PK\x03\x04":
        return read_zip_torch(data)[0]
    if is_legacy_torch(data):
        return read_legacy_torch(data)[0]
    raise Unreadable(name_foreign(bytes(data[:HEAD])))


def read_legacy_torch(data: memoryview, max_steps: int = MAX_STEPS) -> tuple[Any, set[Global]]:
    """The root object of such a file, its storages located, and the names it mentions."""
    table = StorageTable()
    position = 0
    parts = []
    names: set[Global] = set()
    for _ in range(5):
        machine = PickleMachine(data, position, persistent=table.persistent, max_steps=max_steps)
        parts.append(machine.run())
        position = machine.position
        names |= machine.globals
    magic, protocol, system, root, keys = parts
    if magic != _LEGACY_MAGIC or protocol != _LEGACY_PROTOCOL or not isinstance(keys, list):
        raise Unreadable("is damaged: a torch file in it does not begin as one")
    if isinstance(system, dict) and system.get("little_endian") is False:
        raise Unreadable("was written on a big-endian machine; convert it there first")
    for key in keys:
        storage = table.storages.get(key) if isinstance(key, str) else None
        if storage is None:
            raise Unreadable("is damaged: it lists data that nothing in it uses")
        count = int.from_bytes(data[position : position + 8], "little")
        start, position = position + 8, position + 8 + storage.size
        if count != storage.count or position > len(data):
            raise Unreadable("is truncated or damaged: the numbers of a layer are incomplete")
        storage.data = data[start:position]
    return root, names


def read_zip_torch(data: memoryview) -> tuple[Any, set[Global]]:
    """The root object of a file as torch.save writes them since 1.6, and the names it mentions.

    Raises Unreadable for any other zip archive.
    """
    try:
        with zipfile.ZipFile(io.BufferedReader(_ViewFile(data))) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
    except zipfile.BadZipFile as error:
        raise Unreadable(
            "is a zip archive truncated or damaged; download or copy it again"
        ) from error
    pickles = [name for name in entries if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise Unreadable(name_foreign(bytes(data[:HEAD])))
    folder = pickles[0].removesuffix("data.pkl")
    order = entries.get(folder + "byteorder")
    if order is not None and bytes(_stored(data, order)[:3]) == b"big":
        raise Unreadable("was written on a big-endian machine; convert it there first")
    table = StorageTable()
    program = _stored(data, entries[pickles[0]])
    machine = PickleMachine(program, persistent=table.persistent)
    root = machine.run()
    for key, storage in table.storages.items():
        entry = entries.get(f"{folder}data/{key}")
        if entry is None or entry.file_size != storage.size:
            raise Unreadable("is truncated or damaged: the numbers of a layer are incomplete")
        storage.data = _stored(data, entry)
    return root, machine.globals


class _ViewFile(io.RawIOBase):
    """Lets zipfile read the directory of an archive in memory without copying the archive."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = max(0, offset + (0, self._position, len(self._data))[whence])
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position < len(self._data) - _MAX_DIRECTORY:
            raise Unreadable("is a zip archive of far more parts than any model has")
        part = self._data[self._position : self._position + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)


def _stored(data: memoryview, entry: zipfile.ZipInfo) -> memoryview:
    """The bytes of one uncompressed archive member, in place."""
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
        raise Unreadable("is a zip archive that was packed again; unpack it and save it with torch")
    header = data[entry.header_offset : entry.header_offset + 30]
    if len(header) < 30 or bytes(header[:4]) != b"PK\x03\x04":
        raise Unreadable("is truncated or damaged: part of its archive is missing")
    start = entry.header_offset + 30 + header[26] + 256 * header[27] + header[28] + 256 * header[29]
    if entry.file_size > len(data) - start:
        raise Unreadable("is truncated or damaged: part of its archive is missing")
    return data[start : start + entry.file_size]
