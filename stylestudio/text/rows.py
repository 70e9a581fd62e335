"""Rows of ws that move together: those of coarse, of middle and of fine layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.render import Model


def groups_of_rows(model: Model) -> Tensor:
    """The group of each row of ws by number: int64 [num_ws], from 0."""
    groups = [layer.group for layer in model.layers]
    names = [*dict.fromkeys(groups)]
    return torch.tensor([names.index(group) for group in groups], device=model.device)


def by_group(rows: Tensor, group: Tensor) -> Tensor:
    """Sums of rows [num_ws, K] over each group: [groups, K]."""
    sums = rows.new_zeros(int(group.max()) + 1, rows.shape[1])
    return sums.index_add(0, group, rows)
