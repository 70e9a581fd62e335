"""The latent stage that moves rows of w along directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.recipe import Edit
from stylestudio.render.uploads import Uploads

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model


class Edits:
    """Adds amount * layers[i] * vector[i] of every edit to row i, in float32.

    Rows that no edit moves keep their bytes, so synthesis restarts at the first that is moved.
    Models without W are left as they are.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._uploads = Uploads(model.device)

    def prepare(self, recipe: Recipe) -> None:
        """Nothing has to be found."""

    def key(self, recipe: Recipe) -> object:
        """The edits that move anything."""
        return acting_edits(recipe)

    def apply(self, ws: Tensor, recipe: Recipe) -> Tensor:
        """Move ws [num_ws, w_dim]."""
        edits = acting_edits(recipe)
        if not edits or not self._model.capabilities.has_w:
            return ws
        num_ws = recipe.model.num_ws
        offset = self._uploads.get(edits, lambda: torch.from_numpy(edit_offset(edits, num_ws)))
        return torch.where(offset.any(dim=1, keepdim=True), ws + offset, ws)


def acting_edits(recipe: Recipe) -> tuple[Edit, ...]:
    """The edits of a recipe that are neither muted nor at 0, in an order of their own.

    Sorted, as sums of numbers depend on their order, and pictures must not depend on that of edits.
    """
    acting = [edit for edit in recipe.edits if isinstance(edit, Edit) and edit.acting]
    return tuple(sorted(acting, key=lambda edit: edit.name))


def edit_offset(edits: tuple[Edit, ...], num_ws: int) -> NDArray[np.float32]:
    """What edits add to ws, [num_ws, w_dim]."""
    offsets = []
    for edit in edits:
        layers = np.ones(num_ws) if edit.layers is None else np.asarray(edit.layers)
        shares = np.float32(edit.amount) * layers.astype(np.float32)[:, None]
        offsets.append(shares * edit.array())
    total: NDArray[np.float32] = np.sum(offsets, axis=0)
    return total
