"""Arrays as callers bring them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor


def is_number(value: Any) -> bool:
    """Whether it is a finite number, of Python's or of NumPy's."""
    plain = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return plain and math.isfinite(value)


def as_float(name: str, array: Any, error: type[ValueError]) -> Tensor:
    """Take a tensor, or anything numpy makes numbers of, as float32; else raise `error`."""
    if isinstance(array, Tensor):
        return array.to(torch.float32)
    try:
        return torch.from_numpy(np.array(array, dtype=np.float32))
    except (TypeError, ValueError):
        raise error(f"{name} is not an array of numbers.") from None


def as_pictures(name: str, pictures: Any, error: type[ValueError]) -> Tensor:
    """Take pictures in 0..1, or one of [3, H, W], as float32 [N, 3, H, W]; else raise `error`."""
    tensor = as_float(name, pictures, error)
    if tensor.ndim == 3:
        tensor = tensor[None]
    if tensor.ndim != 4 or tensor.shape[1] != 3 or tensor.numel() == 0:
        raise error(f"{name} has shape {list(tensor.shape)}; it needs [N, 3, H, W].")
    low, high = tensor.aminmax()
    if not (low >= 0 and high <= 1):  # so, too, for NaN
        raise error(f"{name} has values that do not lie between 0 and 1.")
    return tensor
