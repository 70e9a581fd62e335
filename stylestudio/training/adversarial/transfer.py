"""Transfer learning: what of a trained generator fits another one, and what does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

# Of these, the part that comes first is of use by itself: z comes before the class in what the
# mapping network reads, and red, green and blue before alpha in what RGB layers write.
_LEADING = ("mapping.fc0.weight", "torgb.weight", "torgb.bias")


@dataclass(frozen=True)
class Transfer:
    """Names of weights and buffers, as in state dicts."""

    taken: tuple[str, ...]
    left: tuple[str, ...]  # of the new network: they begin anew

    def __str__(self) -> str:
        count = len(self.taken) + len(self.left)
        if not self.left:
            return f"all {count} weights were taken over"
        more = f" and {len(self.left) - 3} more" if len(self.left) > 3 else ""
        named = ", ".join(self.left[:3]) + more
        return f"{len(self.taken)} of {count} weights were taken over; {named} begin anew"


@torch.no_grad()
def take_over(trained: nn.Module, new: nn.Module) -> Transfer:
    """Copy into `new` what `trained` has under the same name in the same shape."""
    source, taken, left = trained.state_dict(), [], []
    for name, weight in new.state_dict().items():
        found = _fitting(name, source.get(name), weight.shape)
        if found is None:
            left.append(name)
        else:
            weight.copy_(found)
            taken.append(name)
    return Transfer(tuple(taken), tuple(left))


def _fitting(name: str, weight: Tensor | None, shape: torch.Size) -> Tensor | None:
    if weight is None or weight.ndim != len(shape):
        return None
    if weight.shape != shape:
        wide_enough = all(have >= want for have, want in zip(weight.shape, shape, strict=True))
        differing = sum(have != want for have, want in zip(weight.shape, shape, strict=True))
        if not (name.endswith(_LEADING) and wide_enough and differing == 1):
            return None
        weight = weight[tuple(slice(want) for want in shape)]
    return weight
