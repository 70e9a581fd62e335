"""Rebuilds torch tensors from inert nodes, as checked read-only views of the file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import as_bytes, as_mapping, as_shape, called, describe
from stylestudio.checkpoints.pickle_machine import Call, Global, PickleMachine

Array = np.ndarray[Any, Any]

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
_STORAGE_STEPS = 1000  # a lone storage needs about fifty
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
    return bytes(data[2 : 2 + len(magic)]) == magic


def read_legacy_torch(data: memoryview, max_steps: int | None = None) -> tuple[Any, set[Global]]:
    """The root object of such a file, its storages located, and the names it mentions."""
    table = StorageTable()
    position = 0
    parts = []
    names: set[Global] = set()
    for _ in range(5):
        limit = {} if max_steps is None else {"max_steps": max_steps}
        machine = PickleMachine(data, position, persistent=table.persistent, **limit)
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
            raise Unreadable("is cut short or damaged: the numbers of a layer are incomplete")
        storage.data = data[start:position]
    return root, names


def _storage(value: Any) -> Storage:
    """A storage of the container itself, or one that carries its own little torch file."""
    if isinstance(value, Call) and called(value, "torch.storage._load_from_bytes"):
        # The real function would run whatever pickle these bytes hold.
        value, _ = read_legacy_torch(as_bytes(value.args[0]), _STORAGE_STEPS)
    if not isinstance(value, Storage):
        raise Unreadable(f"is damaged: it has {shown(describe(value))} where weights belong")
    if value.data is None:
        raise Unreadable("is damaged: the numbers of a layer are missing")
    return value


def as_tensor(value: Any) -> Array | None:
    """A tensor or parameter as a view of the file, or None if `value` is not one.

    Raises Unreadable where it reaches beyond its numbers or repeats them.
    """
    for _ in range(3):  # a parameter wraps a tensor
        if not called(
            value,
            "torch._utils._rebuild_parameter",
            "torch._utils._rebuild_parameter_with_state",
            "torch.nn.parameter.Parameter",
        ):
            break
        value = value.args[0]
    if not called(value, "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"):
        return None
    storage, offset = _storage(value.args[0]), value.args[1]
    shape, strides = as_shape(value.args[2]), as_shape(value.args[3])
    if len(shape) != len(strides) or type(offset) is not int or offset < 0:
        raise Unreadable("is damaged: the shape of a tensor in it makes no sense")
    count = math.prod(shape)
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if count == 0 or last >= storage.count or count > storage.count:
        raise Unreadable("is damaged: a tensor in it reaches beyond its numbers")
    assert storage.data is not None
    numbers = np.frombuffer(storage.data, storage.dtype, storage.count)[offset:]
    steps = [step * numbers.itemsize for step in strides]
    array = np.lib.stride_tricks.as_strided(numbers, shape, steps, writeable=False)
    if storage.kind == "BFloat16Storage":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def tensors_of(mapping: Any) -> dict[str, Array]:
    """The tensors of a dictionary by their names; {} if it is none or holds something else."""
    entries = as_mapping(mapping) or {}
    arrays = {}
    for name, value in entries.items():
        array = as_tensor(value) if isinstance(name, str) else None
        if array is not None:
            arrays[name] = array
    return arrays
