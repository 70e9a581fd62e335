"""Small networks that say for each w which way an edit moves it.

After StyleCLIP's latent mapper (Patashnik et al. 2021, section 5): one network each for coarse,
middle and fine layers. They begin by moving nothing, and see a w as its distance from the average
in standard deviations, so that one size fits all models.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HIDDEN, DEPTH = 128, 3
SLOPE = 0.2


class LatentMapper(nn.Module):
    """ws [N, num_ws, w_dim] -> what is added to them, of the same shape."""

    middle: Tensor  # [w_dim]: w_avg of the model
    scale: Tensor  # []: the usual length of a number of w around it

    def __init__(self, w_dim: int, groups: Sequence[str], hidden: int = HIDDEN) -> None:
        """`groups` names the group of each of the num_ws rows."""
        super().__init__()
        self._groups = tuple(groups)
        self.register_buffer("middle", torch.zeros(w_dim))
        self.register_buffer("scale", torch.ones(()))
        self.nets = nn.ModuleDict(
            {name: _net(w_dim, hidden) for name in dict.fromkeys(self._groups)}
        )
        for name in self.nets:  # on the device, as each copy there makes the processor wait
            members = [i for i, group in enumerate(self._groups) if group == name]
            self.register_buffer(f"rows_{name}", torch.tensor(members), persistent=False)

    def forward(self, ws: Tensor) -> Tensor:
        """ws [N, num_ws, w_dim] -> offsets of the same shape."""
        seen = (ws - self.middle) / self.scale
        moved = {
            name: iter((net(seen[:, self.get_buffer(f"rows_{name}")]) * self.scale).unbind(1))
            for name, net in self.nets.items()
        }
        return torch.stack([next(moved[name]) for name in self._groups], 1)

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor], groups: Sequence[str]) -> LatentMapper:
        """The mapper of a state dict. Raises ValueError where that is none for these rows."""
        try:
            w_dim = len(state["middle"])
            hidden = len(state[f"nets.{groups[0]}.0.weight"])
            mapper = cls(w_dim, groups, hidden)
            mapper.load_state_dict({name: value.float() for name, value in state.items()})
        except (KeyError, TypeError, RuntimeError) as error:
            raise ValueError("not the weights of a mapper") from error
        return mapper.eval().requires_grad_(False)


def _net(w_dim: int, hidden: int) -> nn.Sequential:
    widths = [w_dim] + [hidden] * DEPTH
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.LeakyReLU(SLOPE)]
    last = nn.Linear(hidden, w_dim)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)
