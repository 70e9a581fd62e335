"""The bytes of a file, as memory of our own.

A file that stayed mapped could change or shrink under the program: pictures would no longer be
those of the hash that recipes name, and touching what is gone would end the process.
"""

from __future__ import annotations

import contextlib
import os
import struct
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.checkpoints.errors import DAMAGE, CheckpointError, Unreadable, shown

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Iterator
    from pathlib import Path

MAX_FILE = 4 << 30  # bytes; training files with both networks and their optimisers have 1 GB
_PART = 1 << 18  # bytes read at a time
HEAD = 4096  # bytes that show what kind of file it is


@contextlib.contextmanager
def one_sentence(path: Path) -> Iterator[None]:
    """Whatever goes wrong while a model is read leaves as a CheckpointError that names `path`."""
    label = shown(path.name or path, 80)
    try:
        yield
    except Unreadable as error:
        raise CheckpointError(f"{label} {error}.") from error
    except FileNotFoundError as error:
        raise CheckpointError(f"{label} does not exist (looked in {path.parent}).") from error
    except OSError as error:
        raise CheckpointError(f"{label} cannot be read: {error.strerror or error}.") from error
    except (*DAMAGE, struct.error) as error:
        kind = type(error).__name__
        raise CheckpointError(f"{label} is damaged and cannot be read ({kind}).") from error


def read_bytes(
    path: Path, at_most: int = MAX_FILE, digest: hashlib._Hash | None = None
) -> memoryview:
    """The whole file, writable, so that weights can be used where they lie.

    `digest` takes in the bytes that were read, not those that the file may have afterwards.
    Raises Unreadable for what is not a file with something in it or is larger than `at_most`
    bytes, OSError as usual.
    """
    if path.is_dir():
        if (path / "data.pkl").is_file() or any(path.glob("*/data.pkl")):
            raise Unreadable("is an unpacked torch file; open the whole .pt or .pth instead")
        raise Unreadable("is a folder; choose the model file inside it")
    if path.exists() and not path.is_file():
        raise Unreadable("is a device or pipe, not a model file")
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise Unreadable("is empty; download or copy it again")
        if size > at_most:
            raise Unreadable(f"has {size:,} bytes, far more than any file of its kind")
        data = np.empty(size, np.uint8).data  # which, unlike a bytearray, is not zeroed
        position = 0
        while position < size:
            part = data[position : position + _PART]
            count = file.readinto(part)
            if not count:
                raise Unreadable("became shorter while it was read; try again once it is written")
            if digest is not None:
                digest.update(part[:count])  # while it is still in the processor's cache
            position += count
    return data


def read_head(path: Path) -> bytes:
    """The first bytes of a file, fewer where it is short. Raises OSError."""
    with path.open("rb") as file:
        return file.read(HEAD)
