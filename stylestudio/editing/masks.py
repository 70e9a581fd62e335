"""A painted region of the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from stylestudio.editing.errors import DirectionError
from stylestudio.recipe.naming import described


def region_of(mask: Any) -> Tensor:
    """The mask as float32 [H, W] in 0..1. Raises DirectionError for what is none, or empty."""
    try:
        array = np.asarray(mask, dtype=np.float32)
    except (TypeError, ValueError):
        raise DirectionError(f"{described(mask)} was given where a mask is expected.") from None
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise DirectionError(
            f"the mask has shape {list(array.shape)}; it must be [H, W], of numbers from 0 to 1."
        )
    if array.max() <= 0:
        raise DirectionError("no region is painted; paint over what should change.")
    return torch.from_numpy(np.clip(array, 0, 1))
