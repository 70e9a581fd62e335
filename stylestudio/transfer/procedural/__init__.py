"""Styles of our own: pictures painted from random numbers, in the style of crafts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.transfer.procedural import colour, ink

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.transfer.procedural.primitives import Field, Random

PROCEDURAL_STYLES: dict[str, Callable[[Random, int], Field]] = {
    "Blueprint": ink.blueprint,
    "Chalk": ink.chalk,
    "Cross Stitch": colour.cross_stitch,
    "Engraving": ink.engraving,
    "Halftone": ink.halftone,
    "Ink Wash": ink.ink_wash,
    "Marbling": colour.marbling,
    "Mosaic": colour.mosaic,
    "Neon": ink.neon,
    "Paper Cut": colour.paper_cut,
    "Pointillism": colour.pointillism,
    "Stained Glass": colour.stained_glass,
    "Watercolour": colour.watercolour,
    "Woodcut": ink.woodcut,
}


def paint_procedural(name: str, size: int = 320, seed: int = 0) -> Tensor:
    """A picture [3, size, size] in 0..1 in one of PROCEDURAL_STYLES; the same for the same seed."""
    painted = PROCEDURAL_STYLES[name](np.random.default_rng(seed), size)
    pixels = np.ascontiguousarray(painted.clip(0, 1).transpose(2, 0, 1), dtype=np.float32)
    return torch.from_numpy(pixels)
