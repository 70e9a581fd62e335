"""What trainings by words keep of themselves, for files that need no device to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.optim import Optimizer


def optimizer_state(optimizer: Optimizer) -> dict[str, Any]:
    """An optimizer's `state_dict`, on the processor; call it in the device's turn."""
    state = optimizer.state_dict()
    moments = {
        place: {name: tensor.cpu() for name, tensor in each.items()}
        for place, each in state["state"].items()
    }
    return state | {"state": moments}
