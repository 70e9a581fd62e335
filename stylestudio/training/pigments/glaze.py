"""Layers of paint as shares of pigments, laid from the top down."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor


class Glaze:
    """How much of each pigment shows at each pixel; `like` [N, R, R] gives the size.

    What lies on top is laid first and hides its share of all that is laid after it.
    """

    def __init__(self, roles: Sequence[str], like: Tensor) -> None:
        n, rows, columns = like.shape
        self.roles = tuple(roles)
        self.shares = like.new_zeros(n, len(self.roles), rows, columns)
        self.bare = torch.ones_like(like)  # the share that nothing covers yet

    def lay(self, role: str, mask: Tensor | float) -> None:
        """Cover `mask`, 0..1, of what is still bare with a pigment."""
        covered = self.bare * mask
        self.shares[:, self.roles.index(role)].add_(covered)
        self.bare.sub_(covered)

    @contextlib.contextmanager
    def within(self, mask: Tensor) -> Iterator[None]:
        """Lay what follows only where `mask` [N, R, R] is above 0."""
        inside = self.bare * mask
        outside = self.bare - inside
        self.bare = inside
        yield
        self.bare += outside

    def colour(self, colours: Mapping[str, Tensor]) -> Tensor:
        """The pictures [N, 3, R, R], given the colours [N, 3] of all pigments."""
        table = torch.stack([colours[role] for role in self.roles], 2)
        n, _, rows, columns = self.shares.shape
        return (table @ self.shares.flatten(2)).reshape(n, 3, rows, columns)
