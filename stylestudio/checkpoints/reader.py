"""Opens a model file of any known kind, recognised by its content."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.checkpoints import families, tensor_file
from stylestudio.checkpoints.checkpoint import Checkpoint, Contents
from stylestudio.checkpoints.errors import DAMAGE, CheckpointError, Unreadable, shown
from stylestudio.checkpoints.foreign import name_foreign
from stylestudio.checkpoints.pickle_machine import PickleMachine
from stylestudio.checkpoints.torch_files import (
    is_legacy_torch,
    read_legacy_torch,
    read_zip_torch,
)
from stylestudio.checkpoints.torch_tensors import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Open the model at `path` without running anything that is in it.

    Raises CheckpointError, one sentence for the user, for whatever is not a usable model.
    """
    path = Path(path)
    with one_sentence(path):
        with open_bytes(path) as data:
            contents = _read_contents(data)
        file_hash = _file_hash(path, later=contents.in_place)
    return Checkpoint(
        network=contents.network,
        name=contents.name or path.stem,
        format=contents.format,
        metadata=contents.metadata,
        notes=contents.notes,
        file_hash=file_hash,
    )


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


def _file_hash(path: Path, later: bool) -> Callable[[], str]:
    """The file's SHA-256, taken now, or `later` from a view that outlives a replaced file."""
    with path.open("rb") as file:
        if not later:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return lambda: digest
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return lambda: hashlib.sha256(mapping).hexdigest()


@contextlib.contextmanager
def open_bytes(path: Path) -> Iterator[memoryview]:
    """The bytes of a file as a view that loads only what is looked at.

    Raises Unreadable for what is not a file with something in it, OSError as usual.
    """
    if path.is_dir():
        raise Unreadable("is a folder; choose the model file inside it")
    if path.exists() and not path.is_file():
        raise Unreadable("is a device or pipe, not a model file")
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise Unreadable("is empty; fetch or copy it again")
        # A private writable mapping: weights may be used in place, the file never changes.
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    yield memoryview(mapping)


def _read_contents(data: memoryview) -> Contents:
    if tensor_file.is_safetensors(data):
        return tensor_file.read(data)
    if bytes(data[:4]) == b"PK\x03\x04":
        root, names = read_zip_torch(data)
    elif data[0] != 0x80 or len(data) < 2 or not 2 <= data[1] <= 5:
        raise Unreadable(name_foreign(bytes(data[:4096])))
    elif is_legacy_torch(data):
        root, names = read_legacy_torch(data)
    else:
        machine = PickleMachine(data)
        root, names = machine.run(), machine.globals
    return families.read(root, names, Budget(len(data)))
