"""Numpy's files, `.npy` and `.npz`, without ever running what is in them.

The layout is that of numpy.lib.format, versions 1 to 3. Arrays of Python objects hold a pickle,
which is read as inert nodes.
"""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.pickle_machine import PickleMachine

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"\x93NUMPY"
MAX_BYTES = 1 << 29  # of an unpacked archive
_HEADER_BYTES = 1 << 16
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,  # only names of fields are written otherwise
}


def is_npz(path: Path) -> bool:
    """Whether a file is an archive with arrays in it. Raises OSError where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError):
        return False


def read_npy(data: memoryview) -> Any:
    """The array in a `.npy`, read-only; one of objects as the inert nodes of its pickle."""
    head = io.BytesIO(data[:_HEADER_BYTES])
    version = np.lib.format.read_magic(head)
    if version not in _READERS:
        raise Unreadable(f"is of version {version[0]} of numpy's format, which can't be read")
    try:
        shape, fortran, dtype = _READERS[version](head, max_header_size=_HEADER_BYTES)
    except (SyntaxError, tokenize.TokenError) as error:
        raise Unreadable("is damaged: its header is not valid") from error
    body = data[head.tell() :]
    if dtype.hasobject:
        return PickleMachine(body).run()
    if dtype.kind not in "fiub":
        raise Unreadable(f"holds {shown(dtype)}, which are not numbers")
    size = math.prod(shape) * dtype.itemsize
    if len(body) < size:
        raise Unreadable("is truncated: numbers are missing in it; download or copy it again")
    flat = np.frombuffer(body[:size], dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def read_npz(path: Path) -> dict[str, Any]:
    """What each array of an `.npz` holds, by its name without the ending."""
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
        if sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise Unreadable("unpacks to far more data than any latent file")
        found = {}
        for entry in entries:
            try:
                with archive.open(entry) as file:
                    content = memoryview(file.read(entry.file_size))
            except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
                raise Unreadable("is damaged: part of its archive is missing or wrong") from error
            if not content[: len(MAGIC)] == MAGIC:
                raise Unreadable(f"is damaged: {shown(entry.filename)!r} in it is not an array")
            found[entry.filename.removesuffix(".npy")] = read_npy(content)
        return found
