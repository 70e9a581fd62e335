"""Reads plain values and numpy arrays out of the inert nodes of a pickle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.pickle_values import Call, Global, LongText

MAX_AXES = 8
_NUMPY_CORE = ("numpy.core.multiarray", "numpy._core.multiarray")
_FROM_BUFFER = ("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer")
_DICTIONARIES = {"OrderedDict", "EasyDict", "defaultdict", "dict"}
_DTYPES = {
    "f2": np.float16,
    "f4": np.float32,
    "f8": np.float64,
    "i1": np.int8,
    "i2": np.int16,
    "i4": np.int32,
    "i8": np.int64,
    "u1": np.uint8,
    "u2": np.uint16,
    "u4": np.uint32,
    "u8": np.uint64,
    "b1": np.bool_,
}


def called(value: Any, *names: str) -> bool:
    """Whether `value` is a call of one of these "module.name"s."""
    if not (isinstance(value, Call) and isinstance(value.func, Global)):
        return False
    return f"{value.func.module}.{value.func.name}" in names


def describe(value: Any) -> str:
    """What a message may say about a value of the wrong kind."""
    if isinstance(value, Call) and isinstance(value.func, Global):
        return str(value.func)
    return str(value) if isinstance(value, Global) else type(value).__name__


def as_mapping(value: Any) -> dict[Any, Any] | None:
    """The dictionary behind a dict, an OrderedDict or NVIDIA's EasyDict; None for anything else."""
    if isinstance(value, dict):
        return value
    if (
        isinstance(value, Call)
        and isinstance(value.func, Global)
        and value.func.name in _DICTIONARIES
    ):
        return value.items or {}
    return None


def as_bytes(value: Any) -> memoryview:
    """Bytes, also in the disguise protocols 0 to 2 need: text that is to be encoded as latin-1."""
    if isinstance(value, memoryview):
        return value
    if isinstance(value, str):  # Python 2 made no difference
        return memoryview(value.encode("latin-1"))
    if called(value, "_codecs.encode"):
        text = value.args[0]
        if isinstance(text, LongText):
            text = text.decoded()
        return memoryview(text.encode("latin-1"))
    if called(value, "__builtin__.bytes", "builtins.bytes") and not value.args:
        return memoryview(b"")
    raise Unreadable(f"is damaged: it has {shown(describe(value))} where bytes belong")


def as_shape(value: Any) -> tuple[int, ...]:
    """A tuple of sizes or strides, none of them negative."""
    if called(value, "torch.Size"):
        value = value.args[0]
    if not isinstance(value, tuple) or len(value) > MAX_AXES:
        raise Unreadable("is damaged: the shape of an array in it is not valid")
    if not all(type(size) is int and size >= 0 for size in value):
        raise Unreadable("is damaged: the shape of an array in it is not valid")
    return value


def as_dtype(value: Any) -> np.dtype[Any]:
    """The number format of a numpy array; text, records and Python objects are refused."""
    if called(value, "numpy.dtype", "numpy.dtypes.dtype") and isinstance(value.args, tuple):
        name = str(value.args[0]).lstrip("<>=|") if value.args else ""
        if name in _DTYPES:
            state = value.state if isinstance(value.state, tuple) else ()
            big_endian = len(state) > 1 and state[1] == ">"
            return np.dtype(_DTYPES[name]).newbyteorder(">" if big_endian else "<")
        raise Unreadable(f"holds a numpy array of kind {shown(name)!r}, which is not a number")
    raise Unreadable(f"is damaged: it has {shown(describe(value))} where a number format belongs")


def is_array(value: Any) -> bool:
    """Whether `value` stands for a numpy array, if only a damaged one."""
    of_state = (f"{core}._reconstruct" for core in _NUMPY_CORE)
    return called(value, *of_state, *_FROM_BUFFER)


def as_array(value: Any) -> np.ndarray[Any, Any] | None:
    """A numpy array as a read-only view of the file, or None if `value` is not one.

    Raises Unreadable where the array is not of numbers or its bytes do not fit its shape.
    """
    if not is_array(value):
        return None
    if called(value, *_FROM_BUFFER):  # as protocol 5 has it
        if not isinstance(value.args, tuple) or len(value.args) != 4:
            raise Unreadable("is damaged: a numpy array in it is incomplete")
        data, kind, sizes, order = value.args
        is_fortran = order == "F"
    else:
        state = value.state
        if not isinstance(state, tuple) or len(state) != 5:
            raise Unreadable("is damaged: a numpy array in it is incomplete")
        _, sizes, kind, is_fortran, data = state
    shape, dtype = as_shape(sizes), as_dtype(kind)
    buffer = as_bytes(data)
    if len(buffer) != math.prod(shape) * dtype.itemsize:
        raise Unreadable("is damaged: a numpy array in it has more or fewer bytes than its shape")
    order = "F" if is_fortran is True else "C"
    return np.frombuffer(buffer, dtype).reshape(shape, order=order)  # type: ignore[call-overload, no-any-return]


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def as_plain(value: Any) -> Any:
    """None, a bool, number or text, or a tuple of such; numpy values become Python's.

    Raises Unreadable for anything else.
    """
    if _is_scalar(value):
        return value
    if any(called(value, f"{core}.scalar") for core in _NUMPY_CORE):
        dtype, data = as_dtype(value.args[0]), as_bytes(value.args[1])
        if len(data) != dtype.itemsize:
            raise Unreadable("is damaged: a number in it has the wrong length")
        return np.frombuffer(data, dtype)[0].item()
    array = as_array(value)
    if array is not None and array.size <= 64:
        return tuple(array.ravel().tolist())
    if isinstance(value, (list, tuple)) and len(value) <= 64 and all(map(_is_scalar, value)):
        return tuple(value)
    raise Unreadable(f"has {shown(describe(value))} where a plain setting belongs")
