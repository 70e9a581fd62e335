"""What a trainer has to know about a procedural world: its attributes and how to paint it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

GROUPS = ("coarse", "middle", "fine")
LIMIT = 1.8  # attributes of samples stay within +-LIMIT


@dataclass(frozen=True)
class AttributeSpace:
    """Named attributes, each about N(0, 1), in the three groups of layers that decide them."""

    coarse: tuple[str, ...]
    middle: tuple[str, ...]
    fine: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, coarse first."""
        return self.coarse + self.middle + self.fine

    def indices(self, group: str) -> list[int]:
        """Columns of an attribute tensor [N, K] that belong to a group."""
        members: tuple[str, ...] = getattr(self, group)
        return [self.names.index(name) for name in members]

    def named(self, attributes: Tensor) -> dict[str, Tensor]:
        """Columns of [N, K] as name -> [N, 1, 1], ready to broadcast over rows and columns."""
        return {name: attributes[:, i, None, None] for i, name in enumerate(self.names)}


class Scene(Protocol):
    """A procedural world that a generator can be taught."""

    name: str
    space: AttributeSpace
    noise_layers: frozenset[str]  # names of the steps whose noise draws detail
    seen_at: int  # pixels of a picture's side at which every attribute shows

    def render(self, attributes: Tensor, noises: Mapping[str, Tensor], resolution: int) -> Tensor:
        """Paint attributes [N, K] -> pictures [N, 3, resolution, resolution] in -1..1.

        `noises` holds the noise [N, 1, r, r] of convolutions by step name ("b64.conv0"); a step
        that is absent draws no detail. The same input gives the same picture.
        """

    def loss_weights(self, resolution: int) -> Tensor:
        """How much an error counts at each pixel [resolution, resolution], smooth, about 1."""


def shape_gaussian(g: Tensor) -> Tensor:
    """N(0, 1) -> attributes: the same near 0, bent smoothly so that none leaves +-LIMIT."""
    return LIMIT * torch.tanh(g / LIMIT)
