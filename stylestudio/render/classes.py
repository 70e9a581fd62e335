"""Classes of class-conditional models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylestudio.render.model import Model


def drawn_classes(
    model: Model, count: int, random: np.random.RandomState
) -> NDArray[np.float64] | None:
    """Draw classes evenly, for `Model.map`: [count, c_dim]; None where there are none."""
    if not model.c_dim:
        return None
    classes: NDArray[np.float64] = np.eye(model.c_dim)
    return classes[random.randint(model.c_dim, size=count)]
