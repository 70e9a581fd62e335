"""Bare weights under the names of NVIDIA's PyTorch networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.checkpoints import stylegan2
from stylestudio.checkpoints.checkpoint import Contents
from stylestudio.checkpoints.errors import Unreadable

if TYPE_CHECKING:
    from stylestudio.checkpoints.torch_tensors import Array

_GUESSED = (
    "The file holds weights only, so what they do not show (activation, clamping) was taken to "
    "be as in the published networks."
)


def read(arrays: dict[str, Array]) -> Contents:
    """The generator with these weights. Raises Unreadable where they do not fit together."""
    if "synthesis.input.freqs" in arrays:
        raise Unreadable("holds a StyleGAN3, which StyleStudio does not know")
    network, notes = stylegan2.build(arrays, stylegan2.Hints())
    return Contents(network, "StyleGAN2, bare weights", notes=(_GUESSED, *notes))
