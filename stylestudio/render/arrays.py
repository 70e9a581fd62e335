"""Arrays as callers bring them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor


def as_float(name: str, array: Any, error: type[ValueError]) -> Tensor:
    """Take a tensor, or anything numpy makes numbers of, as float32; else raise `error`."""
    if isinstance(array, Tensor):
        return array.to(torch.float32)
    try:
        return torch.from_numpy(np.array(array, dtype=np.float32))
    except (TypeError, ValueError):
        raise error(f"{name} is not an array of numbers.") from None
