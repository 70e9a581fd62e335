"""A sibling of a model, for the tour to crossfade with."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from stylestudio.checkpoints import write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.render import Model


def write_sibling(path: Path, model: Model) -> None:
    """Write the same network, but with green where it has red, blue for green and red for blue."""
    network = copy.deepcopy(model.network)
    for name, value in network.synthesis.state_dict().items():
        if name.split(".")[-2:-1] == ["torgb"]:  # weights [C, I, 1, 1] and biases [C]
            value.copy_(value.roll(1, 0))
    write_safetensors(path, network, name=path.stem)
