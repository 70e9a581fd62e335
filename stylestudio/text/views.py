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
TILTED = 0.5  # of half the side that a corner may move inwards, in perspectives
CROPPED = (0.7, 0.9)  # share of the area that perspectives are cropped to


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


def perspectives_of(pictures: Tensor, count: int, chance: torch.Generator) -> Tensor:
    """Pictures [N, C, R, R] in 0..1 on white -> [N * count, C, R, R], seen at an angle and cropped.

    As in CLIPDraw (Frans et al. 2021, section 3.1): the corners move inwards at random, what lies
    beyond them is white, and a random square of the result is looked at. Gradients reach the
    pictures.
    """
    n, _, side, _ = pictures.shape
    many = n * count
    low, high = CROPPED
    moved = torch.rand(many, 4, 2, generator=chance) * TILTED
    part = (low + (high - low) * torch.rand(many, generator=chance)).sqrt()
    shift = (torch.rand(many, 2, generator=chance) * 2 - 1) * (1 - part)[:, None]
    corners = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    # From where a corner is seen back to the corner of the picture that belongs there.
    back = _homographies(corners * (1 - moved), corners.expand(many, 4, 2))
    middle = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(middle, middle, indexing="ij")
    place = torch.stack([x, y], -1).reshape(1, -1, 2) * part[:, None, None] + shift[:, None]
    found = torch.cat([place, torch.ones(many, side * side, 1)], 2) @ back.transpose(1, 2)
    at = (found[..., :2] / found[..., 2:]).reshape(many, side, side, 2).to(pictures.device)
    dark = 1 - pictures.repeat_interleave(count, 0)  # so that what lies beyond is white
    return 1 - F.grid_sample(dark, at, padding_mode="zeros", align_corners=False)


def _homographies(seen: Tensor, there: Tensor) -> Tensor:
    """The projections [N, 3, 3] that lead four points `seen` [N, 4, 2] to those `there`."""
    (x, y), (u, v) = seen.unbind(-1), there.unbind(-1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    across = torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], -1)
    down = torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], -1)
    found = torch.linalg.solve(torch.cat([across, down], 1), torch.cat([u, v], 1))
    return torch.cat([found, one[:, :1]], 1).reshape(-1, 3, 3)
