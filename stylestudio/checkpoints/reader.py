"""Opens a model file of any known kind, recognised by its content."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.checkpoints import finding, tensor_file
from stylestudio.checkpoints.checkpoint import Checkpoint, Contents, public
from stylestudio.checkpoints.errors import Unreadable
from stylestudio.checkpoints.foreign import name_foreign
from stylestudio.checkpoints.pickle_machine import PickleMachine
from stylestudio.checkpoints.pickle_text import TEXT_PICKLES
from stylestudio.checkpoints.reading import HEAD, one_sentence, read_bytes, read_head
from stylestudio.checkpoints.torch_files import (
    is_legacy_torch,
    read_legacy_torch,
    read_zip_torch,
)
from stylestudio.checkpoints.torch_tensors import Budget

if TYPE_CHECKING:
    import os
    from typing import Any

    from stylestudio.checkpoints.pickle_values import Global


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Open the model at `path` without running anything that is in it.

    Raises CheckpointError, one sentence for the user, for whatever is not a usable model.
    """
    path = Path(path)
    with one_sentence(path):
        if path.is_file():
            head = read_head(path)
            if head and not _may_be_model(head):
                raise Unreadable(name_foreign(head))
        digest = hashlib.sha256()
        contents = _read_contents(read_bytes(path, digest=digest))
    return Checkpoint(
        network=contents.network,
        name=contents.name or path.stem,
        format=contents.format,
        metadata=contents.metadata,
        notes=contents.notes,
        sha256=digest.hexdigest(),
    )


def _may_be_model(head: bytes) -> bool:
    """Whether a file that begins so is worth being read whole."""
    return (
        head[:4] == b"PK\x03\x04"
        or tensor_file.may_be_safetensors(head)
        or (head[0] == 0x80 and len(head) > 1 and 2 <= head[1] <= 5)
        or head[0] in TEXT_PICKLES
    )


def _read_contents(data: memoryview) -> Contents:
    if tensor_file.is_safetensors(data):
        return _read_tensors(data)
    if bytes(data[:4]) == b"PK\x03\x04":
        root, names = read_zip_torch(data)
    elif is_legacy_torch(data):
        root, names = read_legacy_torch(data)
    else:
        root, names = _read_pickle(data)
    return finding.read(root, names, Budget(len(data)))


def _read_tensors(data: memoryview) -> Contents:
    metadata, arrays = tensor_file.read_tensors(data)
    if tensor_file.CONFIG in metadata:
        return tensor_file.read(metadata, arrays)
    try:
        contents = finding.read(arrays, set(), Budget(len(data)))
    except finding.NoGenerator as error:
        raise Unreadable(
            f"is a safetensors file without StyleStudio's description of the network, and {error}"
        ) from error
    return dataclasses.replace(contents, metadata=public(metadata))


def _read_pickle(data: memoryview) -> tuple[Any, set[Global]]:
    machine = PickleMachine(data)
    try:
        return machine.run(), machine.globals
    except (Unreadable, ValueError):
        if data[0] == 0x80:
            raise
        # What begins with one of those five characters is seldom a pickle.
        raise Unreadable(name_foreign(bytes(data[:HEAD]))) from None
