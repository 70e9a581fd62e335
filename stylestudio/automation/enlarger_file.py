"""A network small enough to be written down by hand, for the tour to lead the picture through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from pathlib import Path

SCALE = 2
AMOUNT = 0.8  # of the difference from its surroundings that a pixel gets


def write_enlarger(path: Path) -> None:
    """Write an enlarger in the layout of SRVGGNetCompact: twice as large, and sharper."""
    surroundings = torch.full((3, 3), -1 / 9)
    surroundings[1, 1] += 1
    sharper = torch.zeros(3 * SCALE**2, 3, 3, 3)
    for output in range(len(sharper)):
        sharper[output, output // SCALE**2] = AMOUNT * surroundings
    same = torch.zeros(3, 3, 3, 3)
    for channel in range(3):
        same[channel, channel, 1, 1] = 1
    weights = {
        "body.0.weight": same,
        "body.0.bias": torch.zeros(3),
        "body.1.weight": torch.ones(3),  # of a rectifier that leaves everything as it is
        "body.2.weight": sharper,
        "body.2.bias": torch.zeros(len(sharper)),
    }
    torch.save({"params": weights}, path)
