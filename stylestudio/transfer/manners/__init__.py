"""Styles of our own: pictures painted from random numbers, in the manner of crafts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.transfer.manners import colour, ink

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.transfer.manners.ground import Field, Random

MANNERS: dict[str, Callable[[Random, int], Field]] = {
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


def paint_manner(name: str, size: int = 320, seed: int = 0) -> Tensor:
    """A picture [3, size, size] in 0..1 in one of MANNERS; the same for the same seed."""
    painted = MANNERS[name](np.random.default_rng(seed), size)
    pixels = np.ascontiguousarray(painted.clip(0, 1).transpose(2, 0, 1), dtype=np.float32)
    return torch.from_numpy(pixels)
