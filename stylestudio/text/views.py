"""A picture as a text model is to see it: several times, a little moved, so that no flaw counts."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

MOVED = 0.04  # of the side, at most; left stays left
ENLARGED = 0.06  # at most
BRIGHTER = 0.03  # or darker, of the way from black to white


def views_of(pictures: Tensor, count: int, chance: torch.Generator) -> Tensor:
    """Pictures [N, C, R, R] in -1..1 -> [N * count, C, R, R]; the first of each is the picture.

    Gradients reach the pictures.
    """
    if count == 1:
        return pictures
    n = len(pictures)
    shown = pictures.repeat_interleave(count, 0)
    drawn = torch.rand(n * count, 4, generator=chance) * 2 - 1
    drawn[::count] = 0
    drawn = drawn.to(pictures.device)
    zoom = 1 - ENLARGED * drawn[:, 0].abs()
    turn = torch.zeros(n * count, 2, 3, device=pictures.device)
    turn[:, 0, 0] = turn[:, 1, 1] = zoom
    turn[:, :, 2] = 2 * MOVED * drawn[:, 1:3]
    at = F.affine_grid(turn, list(shown.shape), align_corners=False)
    moved = F.grid_sample(shown, at, padding_mode="reflection", align_corners=False)
    return moved + 2 * BRIGHTER * drawn[:, 3, None, None, None]
