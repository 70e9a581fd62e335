"""Models that were converted for TensorFlow.js: a folder of model.json and binary shards.

model.json describes the graph and lists the weights; each group of weights lies back to back,
little-endian, in its shards. Only the weights are read, whatever the graph says.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import MAX_AXES
from stylestudio.checkpoints.reading import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.checkpoints.torch_tensors import Array

MANIFEST = "model.json"
MAX_JSON = 32 * 2**20  # bytes
MAX_WEIGHTS = 2**30  # bytes of float32; the networks that are known have less than 40 MB
MAX_ENTRIES = 20_000  # weights or shards
_STORED = {
    "float32": "<f4",
    "int32": "<i4",
    "bool": "?",
    "float16": "<f2",
    "uint16": "<u2",
    "uint8": "u1",
}
_QUANTISED = ("float16", "uint16", "uint8")


@dataclass(frozen=True)
class _Entry:
    """One tensor of the manifest."""

    name: str
    shape: tuple[int, ...]
    is_float: bool  # once it is unpacked; whole numbers only steer the graph
    stored: np.dtype[Any]
    scale: float
    least: float

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """In bytes, as stored."""
        return self.count * self.stored.itemsize


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises Unreadable where it is none or far too large."""
    if path.stat().st_size > MAX_JSON:
        size = path.stat().st_size
        raise Unreadable(f"has {size:,} bytes of {path.name}, far more than any model")
    text = bytes(read_bytes(path))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"has the file {path.name}, which is damaged or not JSON") from error


def read_folder(folder: Path) -> dict[str, Array]:
    """The float32 weights of the model in `folder`, by their names in the graph.

    The sizes of all files are compared with the manifest before any number is unpacked.
    Raises Unreadable where they disagree.
    """
    manifest = read_json(folder / MANIFEST)
    groups = manifest.get("weightsManifest") if isinstance(manifest, dict) else None
    if not isinstance(groups, list) or len(groups) > MAX_ENTRIES:
        raise Unreadable(f"has a {MANIFEST} that doesn't belong to a TensorFlow.js model")
    parts = []
    names: set[str] = set()
    left = MAX_WEIGHTS
    for group in groups:
        entries = [_entry(weight) for weight in _list(group, "weights")]
        names.update(entry.name for entry in entries)
        left -= sum(4 * entry.count for entry in entries)
        if left < 0:
            raise Unreadable(f"claims to need more than {MAX_WEIGHTS >> 20} MiB for its weights")
        needed = sum(entry.size for entry in entries)
        parts.append((entries, _shards(folder, _list(group, "paths"), needed)))
    if len(names) != sum(len(entries) for entries, _ in parts):
        raise Unreadable("is damaged: it has two weights of the same name")
    return {
        entry.name: array
        for entries, data in parts
        for entry, array in _unpacked(entries, data)
        if entry.is_float
    }


def _list(group: Any, key: str) -> list[Any]:
    value = group.get(key) if isinstance(group, dict) else None
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise Unreadable(f"has a {MANIFEST} whose list of weights is damaged")
    return value


def _entry(weight: Any) -> _Entry:
    """One line of the manifest. Raises Unreadable where it is not valid."""
    name, shape, dtype = weight["name"], weight["shape"], weight["dtype"]
    if not isinstance(name, str) or not isinstance(shape, list) or len(shape) > MAX_AXES:
        raise Unreadable(f"has a {MANIFEST} whose list of weights is damaged")
    if not all(type(side) is int and side > 0 for side in shape):
        raise Unreadable(f"is damaged: {shown(name)} has the shape {shown(shape)}")
    packing = weight.get("quantization") or {"dtype": dtype}
    stored = packing["dtype"]
    if dtype not in ("float32", "int32", "bool") or stored not in (dtype, *_QUANTISED):
        raise Unreadable(f"has {shown(stored)} numbers as {shown(name)}, which are not supported")
    scale, least = packing.get("scale", 1.0), packing.get("min", 0.0)
    if not all(type(x) in (int, float) and math.isfinite(x) for x in (scale, least)):
        raise Unreadable(f"is damaged: {shown(name)} has a scale that is not a number")
    return _Entry(name, tuple(shape), dtype == "float32", np.dtype(_STORED[stored]), scale, least)


def _shards(folder: Path, names: list[Any], needed: int) -> memoryview:
    """The bytes of all shards of a group, which must be as many as its weights need."""
    for name in names:
        if not isinstance(name, str) or name in ("", ".", "..") or set(name) & set('/\\:"'):
            raise Unreadable(f"names a file outside its folder: {shown(name)}")
        if not (folder / name).is_file():
            raise Unreadable(f"lacks its file {shown(name)}; copy the whole folder")
    held = sum((folder / name).stat().st_size for name in names)
    if held != needed:
        raise Unreadable(
            f"is truncated or damaged: its weights take {needed:,} bytes, but "
            f"{shown(', '.join(names))} has {held:,}"
        )
    views = [read_bytes(folder / name) for name in names]
    return views[0] if len(views) == 1 else memoryview(b"".join(views))


def _unpacked(entries: list[_Entry], data: memoryview) -> list[tuple[_Entry, Array]]:
    position = 0
    arrays = []
    for entry in entries:
        array = np.frombuffer(data[position : position + entry.size], entry.stored)
        if entry.is_float and entry.stored.kind == "u":
            array = array * np.float32(entry.scale) + np.float32(entry.least)
        arrays.append((entry, array.reshape(entry.shape)))
        position += entry.size
    return arrays
