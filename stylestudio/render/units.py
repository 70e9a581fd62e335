"""How many feature maps a model has after each step of synthesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stylestudio.render.model import Model


def unit_counts(model: Model) -> tuple[int, ...]:
    """How many units there are after each step of a model's synthesis but the last."""
    counts: list[int] = []
    network = model.network.synthesis
    for step in network.steps[:-1]:
        if step.makes_rgb:  # an RGB picture is made beside the maps, which stay
            counts.append(counts[-1])
            continue
        layer: Any = network.get_submodule(step.name)  # the input of a StyleGAN3 has no bias
        counts.append(len(layer.bias if hasattr(layer, "bias") else layer.weight))
    return tuple(counts)
