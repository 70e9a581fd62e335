"""A picture as a text model is to see it: several times, a little moved, so that no flaw counts."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

MOVED = 0.04  # of the side, at most; left stays left
ENLARGED = 0.06  # at most
BRIGHTER = 0.03  # or darker, of the way from black to white
TURNED = 15.0  # degrees, either way; right stays right
CLOSEST = 1.5  # times that a cut-out is enlarged, at most
RECOLOURED = 0.15  # brightness, contrast and saturation, each up to this share, either way


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


def cut_outs(pictures: Tensor, count: int, side: int, chance: torch.Generator) -> Tensor:
    """Cut, turn and recolour pictures [N, 3, R, R] in 0..1 -> [N * count, 3, side, side].

    Each cut-out is drawn anew. Gradients reach the pictures.
    """
    n = len(pictures) * count
    drawn = torch.rand(n, 7, generator=chance).to(pictures.device) * 2 - 1
    shown = pictures.repeat_interleave(count, 0)
    angle = drawn[:, 0] * math.radians(TURNED)
    scale = 1 / (1 + (CLOSEST - 1) * drawn[:, 1].abs())
    room = 1 - scale
    at = torch.zeros(n, 2, 3, device=pictures.device)
    at[:, 0, 0] = at[:, 1, 1] = scale * angle.cos()
    at[:, 0, 1], at[:, 1, 0] = -scale * angle.sin(), scale * angle.sin()
    at[:, :, 2] = room[:, None] * drawn[:, 2:4]
    grid = F.affine_grid(at, [n, 3, side, side], align_corners=False)
    cut = F.grid_sample(shown, grid, padding_mode="reflection", align_corners=False)
    brightness, contrast, saturation = (1 + RECOLOURED * drawn[:, 4:, None, None, None]).unbind(1)
    grey = cut.mean(1, keepdim=True)
    cut = grey + saturation * (cut - grey)
    mean = cut.mean((1, 2, 3), keepdim=True)
    return (brightness * (mean + contrast * (cut - mean))).clamp(0, 1)
