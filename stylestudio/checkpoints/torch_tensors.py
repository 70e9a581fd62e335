"""Rebuilds torch tensors from inert nodes, as checked read-only views of the file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import (
    as_array,
    as_bytes,
    as_mapping,
    as_shape,
    called,
    describe,
    is_array,
)
from stylestudio.checkpoints.pickle_values import Call
from stylestudio.checkpoints.torch_files import Storage, read_legacy_torch

Array = np.ndarray[Any, Any]

_PARAMETERS = (
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.nn.parameter.Parameter",
)
_WITH_ATTRIBUTES = "torch._tensor._rebuild_from_type_v2"
_TENSORS = (
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor",
    _WITH_ATTRIBUTES,
)
_STORAGE_STEPS = 100  # the longest of a lone storage's five programs needs about thirty
MAX_WORK = 2_000_000  # entries looked at, about a second
WORK_PER_TENSOR = 400  # an honest file has a few hundred tensors


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


def is_tensor(value: Any) -> bool:
    """Whether `value` stands for a tensor or numpy array, if only a damaged one."""
    if isinstance(value, np.ndarray) or is_array(value):
        return True
    return called(value, *_PARAMETERS, *_TENSORS)


def as_tensor(value: Any) -> Array | None:
    """A tensor, parameter or numpy array as a view of what was read; None for anything else.

    Raises Unreadable where it reaches beyond its numbers or repeats them.
    """
    if isinstance(value, np.ndarray):  # of a file that pickles nothing
        return value
    for _ in range(3):  # a parameter wraps a tensor, and extra attributes wrap either
        if called(value, *_PARAMETERS):
            value = value.args[0]
        elif called(value, _WITH_ATTRIBUTES):
            value = Call(value.args[0], value.args[2])
    if not called(value, *_TENSORS):
        return as_array(value)
    storage, offset = _storage(value.args[0]), value.args[1]
    shape, strides = as_shape(value.args[2]), as_shape(value.args[3])
    if len(shape) != len(strides) or type(offset) is not int or offset < 0:
        raise Unreadable("is damaged: the shape of a tensor in it is not valid")
    count = math.prod(shape)
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if count == 0 or last >= storage.count or count > storage.count:
        raise Unreadable("is damaged: a tensor in it reaches beyond its numbers")
    assert storage.data is not None
    numbers = np.frombuffer(storage.data, storage.dtype, storage.count)[offset:]
    steps = [step * numbers.itemsize for step in strides]
    array = np.lib.stride_tricks.as_strided(numbers, shape, steps, writeable=False)
    if storage.kind == "BFloat16Storage":
        return from_bfloat16(array)
    return array


def from_bfloat16(bits: Array) -> Array:
    """The float32 numbers whose upper halves these 16 bits are."""
    flat = (
        bits.astype(np.uint32).reshape(-1) << 16
    )  # in one row, as shifting a scalar makes no array
    return flat.view(np.float32).reshape(bits.shape)


class Budget:
    """Bounds what reading one file may cost: a few bytes can mention the same things for ever."""

    def __init__(self, file_size: int) -> None:
        self._bytes = 2 * file_size
        self._work = MAX_WORK

    def work(self, amount: int) -> None:
        """Account for looking at that many entries. Raises Unreadable where it becomes too much."""
        self._work -= amount
        if self._work < 0:
            raise Unreadable("is damaged: it has far more parts than any model")

    def tensor(self, value: Any) -> Array | None:
        """`as_tensor`, accounted for."""
        self.work(1)
        array = as_tensor(value)
        if array is not None:
            self.count(array)
        return array

    def count(self, array: Array) -> None:
        """Account for the memory of an array. Raises Unreadable where it becomes too much."""
        self.work(WORK_PER_TENSOR)
        self._bytes -= array.nbytes
        if self._bytes < 0:
            raise Unreadable("is damaged: it repeats the same data too often")

    def tensors(self, mapping: Any, prefix: str = "") -> dict[str, Array]:
        """The tensors of a dictionary by their names, without the `prefix` they all need."""
        arrays = {}
        for name, value in (as_mapping(mapping) or {}).items():
            if isinstance(name, str) and name.startswith(prefix):
                array = self.tensor(value)
                if array is not None:
                    arrays[name[len(prefix) :]] = array
        return arrays
