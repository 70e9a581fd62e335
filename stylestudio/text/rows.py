"""Rows of ws that move together: those of coarse, of middle and of fine layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from stylestudio.render import Model


class RowGroups(NamedTuple):
    """Which rows of ws move together; how many are known without asking a card."""

    of_rows: Tensor  # the group of each row by number: int64 [num_ws], from 0
    sizes: Tensor  # rows of each group: int64 [groups]

    @classmethod
    def of(cls, model: Model) -> RowGroups:
        """Those of a model, on its device."""
        groups = [layer.group for layer in model.layers]
        names = [*dict.fromkeys(groups)]
        of_rows = [names.index(group) for group in groups]
        sizes = [groups.count(name) for name in names]
        return cls(*(torch.tensor(each, device=model.device) for each in (of_rows, sizes)))

    def sums(self, rows: Tensor) -> Tensor:
        """Sums of rows [num_ws, K] over each group: [groups, K]."""
        sums = rows.new_zeros(len(self.sizes), rows.shape[1])
        return sums.index_add(0, self.of_rows, rows)
