"""Bare weights under the names of NVIDIA's PyTorch networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.checkpoints import stylegan2, stylegan3
from stylestudio.checkpoints.checkpoint import Contents

if TYPE_CHECKING:
    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.checkpoints.torch_tensors import Array

_GUESSED = (
    "The file holds weights only, so what they do not show (activation, clamping) was taken to "
    "be as in the published networks."
)


def read(arrays: dict[str, Array]) -> Contents:
    """The generator with these weights. Raises Unreadable where they do not fit together."""
    if "synthesis.input.freqs" in arrays:
        network: Generator
        network, notes = stylegan3.build(arrays, stylegan3.Hints())
        kind = f"StyleGAN3-{network.config.architecture}"
    else:
        network, notes = stylegan2.build(arrays, stylegan2.Hints())
        kind = "StyleGAN2"
    return Contents(network, f"{kind}, bare weights", notes=(_GUESSED, *notes))
