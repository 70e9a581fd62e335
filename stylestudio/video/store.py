"""The frames rendered so far, exact, in one file beside the target, whatever interrupts."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.files import discard

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from stylestudio.progress import Picture

MAGIC = b"StyleStudio frames 1\n"
RECORD = struct.Struct("<II")  # length of what follows, and its CRC-32
SHAPE = struct.Struct("<HHBB")  # height, width, channels, bytes a channel


class FrameStore:
    """Appends frames one by one; after a crash, all that were complete are there again.

    `fingerprint` [32 bytes] says what the frames are of: a file of anything else is begun anew.
    Only whole records with a right checksum count, so a half-written one is cut off.
    """

    def __init__(self, path: Path, fingerprint: bytes) -> None:
        self.path = path
        self._head = MAGIC + fingerprint
        self._offsets: list[int] = []
        if not self._is_ours():
            self._begin()
        self._file = path.open("r+b", buffering=0)
        self._end = len(self._head)
        self._find_records()
        self._file.truncate(self._end)

    def __len__(self) -> int:
        return len(self._offsets)

    def __enter__(self) -> FrameStore:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, frame: Picture) -> None:
        """Keep a frame [H, W, channels]. An OSError leaves those before it as they were."""
        shape = SHAPE.pack(*frame.shape, frame.itemsize)
        payload = shape + _packed(_differences(frame).tobytes())
        record = RECORD.pack(len(payload), zlib.crc32(payload)) + payload
        self._file.seek(self._end)
        try:
            rest = memoryview(record)
            while rest:  # an unbuffered file may take less than it was given
                rest = rest[self._file.write(rest) :]
        except OSError:
            self._file.truncate(self._end)
            raise
        self._offsets.append(self._end)
        self._end += len(record)

    def read(self, index: int) -> Picture:
        """Return a kept frame."""
        payload = self._payload(self._offsets[index])
        assert payload is not None
        height, width, channels, size = SHAPE.unpack_from(payload)
        kind = np.dtype(f"<u{size}")
        content = np.frombuffer(zlib.decompress(payload[SHAPE.size :]), kind)
        rows = content.reshape(height, width, channels)
        return np.add.accumulate(rows, axis=0, dtype=kind)

    def delete(self) -> None:
        """Remove the file; the store is of no use afterwards."""
        self._file.close()
        discard(self.path)

    def _begin(self) -> None:
        """Write the head, or leave no file: one without a frame is nothing to go on from."""
        try:
            self.path.write_bytes(self._head)
        except OSError:
            discard(self.path)
            raise

    def _is_ours(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return file.read(len(self._head)) == self._head
        except FileNotFoundError:
            return False

    def _find_records(self) -> None:
        while (payload := self._payload(self._end)) is not None:
            self._offsets.append(self._end)
            self._end += RECORD.size + len(payload)

    def _payload(self, offset: int) -> bytes | None:
        """What a record at this place holds; None where there is no whole one."""
        self._file.seek(offset)
        head = self._file.read(RECORD.size)
        if len(head) < RECORD.size:
            return None
        length, checksum = RECORD.unpack(head)
        payload = self._file.read(length)
        return payload if len(payload) == length and zlib.crc32(payload) == checksum else None


def _packed(content: bytes) -> bytes:
    """Compress by the frequency of values alone: as small as by zlib's search, in less time."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_HUFFMAN_ONLY)
    return packer.compress(content) + packer.flush()


def _differences(frame: Picture) -> Picture:
    """Each row less the one above it, without carry: packs to less, and back exactly."""
    rows = frame.copy()
    rows[1:] -= frame[:-1]
    return rows
