"""StyleStudio's own form: safetensors with the architecture as JSON in its metadata."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.torch
import torch

from stylestudio.checkpoints.checkpoint import Contents, public
from stylestudio.checkpoints.errors import CheckpointError, Unreadable, shown
from stylestudio.checkpoints.families import FAMILIES
from stylestudio.checkpoints.reading import one_sentence, read_bytes
from stylestudio.checkpoints.torch_tensors import from_bfloat16
from stylestudio.checkpoints.writing import writing

if TYPE_CHECKING:
    import hashlib
    import os
    from collections.abc import Mapping

    from torch import Tensor

    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.checkpoints.torch_tensors import Array

FORMAT = "StyleStudio safetensors"
_MAX_HEADER = 16 * 2**20
_DTYPES = {
    "F16": "<f2",
    "BF16": "<u2",
    "F32": "<f4",
    "F64": "<f8",
    "I8": "i1",
    "I16": "<i2",
    "I32": "<i4",
    "I64": "<i8",
    "U8": "u1",
    "BOOL": "?",
}
CONFIG, _NAME = "stylestudio.config", "stylestudio.name"
STYLES_FAMILY = "cin"  # of files with styles, which are read elsewhere
FEATURES_FAMILY = "features"  # of loss networks, likewise


def may_be_safetensors(head: bytes) -> bool:
    """Whether a file begins as safetensors do: a header length, then a JSON object."""
    return 2 <= int.from_bytes(head[:8], "little") <= _MAX_HEADER and head[8:9] == b"{"


def is_safetensors(data: memoryview) -> bool:
    """Whether these bytes of a whole file begin as safetensors do."""
    length = int.from_bytes(data[:8], "little")
    return length <= len(data) - 8 and may_be_safetensors(bytes(data[:9]))


def read(metadata: Mapping[str, Any], arrays: dict[str, Array]) -> Contents:
    """The generator of one of our files, from what `read_tensors` gives; empties `arrays`.

    The weights stay views of what was read. Raises Unreadable where they do not fit together.
    """
    config = json.loads(metadata[CONFIG])
    network, notes = _build(config, arrays)
    own = {key: value for key, value in metadata.items() if not key.startswith("stylestudio.")}
    name = metadata.get(_NAME)
    return Contents(
        network,
        FORMAT,
        name=name if isinstance(name, str) and name else None,
        metadata=public(own),
        notes=tuple(notes),
    )


def read_tensors(data: memoryview) -> tuple[dict[str, Any], dict[str, Array]]:
    """The metadata of a safetensors file, and its tensors as views of `data`.

    Raises Unreadable where they reach beyond the file or are no plain numbers.
    """
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(bytes(data[8:end]))
    metadata = header.pop("__metadata__", None) or {}
    return metadata, {name: _array(data[end:], name, entry) for name, entry in header.items()}


def load_tensors(
    path: Path, digest: hashlib._Hash | None = None
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The metadata and tensors of a safetensors file of any kind, in memory of their own.

    The safetensors package leaves them in the file, which must then neither change nor shrink,
    and on Windows can't be replaced. `digest` takes in the bytes that were read. Raises
    CheckpointError, one sentence that names the file.
    """
    with one_sentence(path):
        data = read_bytes(path, digest=digest)
        if not is_safetensors(data):
            raise Unreadable("is not a safetensors file, or is truncated")
        metadata, arrays = read_tensors(data)
        return metadata, {name: torch.from_numpy(array) for name, array in arrays.items()}


def _array(body: memoryview, name: str, entry: Any) -> Array:
    dtype = np.dtype(_DTYPES.get(entry["dtype"], "V"))
    if dtype.kind == "V":
        raise Unreadable(f"has {shown(entry['dtype'])} numbers as {shown(name)}")
    start, end = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if not 0 <= start <= end <= len(body):
        raise Unreadable("is truncated or damaged: weights are missing at its end")
    array = np.frombuffer(body[start:end], dtype).reshape(shape)
    if entry["dtype"] == "BF16":
        return from_bfloat16(array)
    return array


def _build(config: Any, arrays: dict[str, Array]) -> tuple[Generator, list[str]]:
    name = config.get("family") if isinstance(config, dict) else config
    if name == STYLES_FAMILY:
        raise Unreadable("holds styles for style transfer, not a model that makes pictures")
    if name == FEATURES_FAMILY:
        raise Unreadable("holds a loss network for style transfer, not a model that makes pictures")
    for family in FAMILIES:
        if name == family.name:
            return family.build_with(arrays, config)
    raise Unreadable(f"holds a network of kind {shown(name)}; a newer StyleStudio may know it")


def write_safetensors(
    path: str | os.PathLike[str],
    network: Generator,
    *,
    name: str,
    metadata: Mapping[str, str] = {},
    half: bool = False,
) -> None:
    """Write a generator in StyleStudio's own form, all or nothing.

    `half` stores float16, which halves the file and costs about 0.1 % of each weight.
    Raises CheckpointError where the file cannot be written.
    """
    dtype = torch.float16 if half else torch.float32
    tensors = {
        key: value.detach().to("cpu", dtype).contiguous()
        for key, value in network.state_dict().items()
    }
    if half and not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise CheckpointError(f"{Path(path).name} was not written: its weights exceed float16.")
    config = {"family": network.family, **dataclasses.asdict(network.config)}
    described = {**public(metadata), CONFIG: json.dumps(config), _NAME: name}
    with writing(Path(path)) as temporary:
        safetensors.torch.save_file(tensors, temporary, described)
