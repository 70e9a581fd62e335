"""What a cropper learns from: a model's samples, moved and turned, in clutter made of others.

A photo goes on where a sample ends, and shows much else. If samples lay on a plain ground, or
ended in straight edges, a cropper would learn to find these, and nothing in a photo. So samples
fade into parts of other samples by soft shapes of all kinds, with other textures and under other
light (domain randomisation, Tobin et al. 2017).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.cropper import LARGEST, SIDE, SMALLEST, back
from stylestudio.inversion.retexture import retextured
from stylestudio.inversion.wear import photographed
from stylestudio.render.colours import luminance

TURNED = 35.0  # degrees at most
ASIDE = 0.42  # of a crop's side that the sample's centre lies from its own, at most
LEFT_OUT = 0.25  # share of crops that show clutter alone
WHOLE = 0.3  # share of the others in which the sample goes on beyond its edges, mirrored
MIRRORED = 0.75  # sides of such crops that the sample has at least: farther off, the mirror shows
IN_FRONT = 0.3  # share in which something covers a part of it
GREY = 0.3  # share that lose their colours
SHADE = 0.5  # how far light changes from one side to the other, of the range -1..1


class Lesson(NamedTuple):
    """Crops, and what a cropper should say of them."""

    crops: Tensor  # [N, 3, SIDE, SIDE] in about -1..1
    moves: Tensor  # [N, 4], to the square of the sample in each
    there: Tensor  # [N], 1 or 0 where the sample was left out


def lesson(samples: Tensor, strangers: Tensor, generator: torch.Generator) -> Lesson:
    """One crop with each of the samples [N, 3, R, R] in -1..1, in clutter of them and of strangers.

    Strangers are as many pictures, as large, in which nothing is to be found. All that is
    random is drawn on the CPU; pictures stay where they are.
    """
    count, device = len(samples), samples.device

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    moves = _moves(draw(4))
    crops, places = _cut(samples, back(moves))
    crops = retextured(crops, generator)
    kind = draw(1, 1, 1).to(device)
    others = torch.where(kind < 0.75, samples, _as_large(crops, samples))
    others = torch.where(kind < 0.5, strangers, others)
    clutter = _part(others.roll(1, 0), draw(5))
    border = _shapes(_everywhere(draw(2) - 0.5), 0.15, 0.6, draw(6)).to(device)
    clutter = clutter.lerp(_part(others.roll(2, 0), draw(5)), border)
    whole = (draw() < WHOLE) & (moves[:, 2].exp() > MIRRORED)
    shape = _shapes(places, 0.27, 0.52, draw(6))
    shown = torch.where(whole[:, None, None, None], 1.0, shape)
    there = (draw() >= LEFT_OUT).float()
    crops = clutter.lerp(crops, (shown * there[:, None, None, None]).to(device))
    cover = _in_front(moves, draw(3), draw(6)).to(device)
    crops = crops.lerp(_part(others.roll(3, 0), draw(5)), cover)
    mirrored = draw() < 0.5
    crops = torch.where(mirrored[:, None, None, None].to(device), crops.flip(-1), crops)
    moves = torch.where(mirrored[:, None], moves * moves.new_tensor([-1, 1, 1, -1]), moves)
    crops = photographed(_relit(crops, draw(5)), generator)
    return Lesson(crops, moves.to(device), there.to(device))


def _moves(draws: Tensor) -> Tensor:
    """To squares of all sizes that are understood, turned, and not far from the middle."""
    size = math.log(SMALLEST) + draws[:, 2] * math.log(LARGEST / SMALLEST)  # of the crop
    aside = ASIDE * size.exp().clamp(max=1)
    turn = math.radians(TURNED) * (2 * draws[:, 3] - 1)
    return torch.cat([(2 * draws[:, :2] - 1) * aside[:, None], torch.stack([-size, turn], 1)], 1)


def _cut(pictures: Tensor, moves: Tensor) -> tuple[Tensor, Tensor]:
    """What lies where moves [N, 4] lead from whole pictures; mirrored beyond their edges.

    Also the places that it was taken from, [N, SIDE, SIDE, 2] in sides from their middles, on
    the CPU.
    """
    size = moves[:, 2].exp()
    cos, sin = moves[:, 3].cos() * size, moves[:, 3].sin() * size
    rows = [cos, -sin, 2 * moves[:, 0], sin, cos, 2 * moves[:, 1]]
    places = F.affine_grid(
        torch.stack(rows, 1).view(-1, 2, 3), [len(pictures), 3, SIDE, SIDE], align_corners=False
    )
    cut = F.grid_sample(
        pictures, places.to(pictures.device), padding_mode="reflection", align_corners=False
    )
    return cut, places / 2


def _part(pictures: Tensor, draws: Tensor) -> Tensor:
    """A part of each picture, enlarged, turned any way and mirrored half of the time."""
    flipped = draws[:, 4, None, None, None].to(pictures.device) < 0.5
    pictures = torch.where(flipped, pictures.flip(-1), pictures)
    size = (0.08 + 0.5 * draws[:, 2].square()).log()
    turn = math.pi * (2 * draws[:, 3] - 1)
    at = 0.4 * (2 * draws[:, :2] - 1)
    return _cut(pictures, torch.cat([at, torch.stack([size, turn], 1)], 1))[0]


def _as_large(crops: Tensor, samples: Tensor) -> Tensor:
    return F.interpolate(crops, size=samples.shape[-1], mode="bilinear")


def _everywhere(middle: Tensor) -> Tensor:
    """Places in a crop, [N, SIDE, SIDE, 2] in its sides, from middles [N, 2]."""
    at = (torch.arange(SIDE) + 0.5) / SIDE - 0.5
    grid = torch.stack([at.expand(SIDE, -1), at[:, None].expand(-1, SIDE)], -1)
    return grid - middle[:, None, None]


def _shapes(places: Tensor, least: float, most: float, draws: Tensor) -> Tensor:
    """Soft shapes between an ellipse and a square about places 0, [N, 1, SIDE, SIDE] in 0..1.

    `least` and `most` bound half of their widths and heights.
    """
    half = least + (most - least) * draws[:, :2]
    aside, soft = draws[:, 2:4], draws[:, 4:5]
    power = (2 + 14 * (draws[:, 5:6] - 0.3).clamp(min=0))[:, :, None]
    away = ((places - 0.12 * (aside - 0.5)[:, None, None]) / half[:, None, None]).abs() + 1e-6
    radius = away.pow(power[..., None]).sum(-1).pow(1 / power)
    shape = ((1 - radius) / (0.02 + 0.25 * soft.square())[:, :, None] + 0.5).clamp(0, 1)
    return shape[:, None]


def _in_front(moves: Tensor, draws: Tensor, shape: Tensor) -> Tensor:
    """What covers a part of a sample, beside its middle, in some of the crops."""
    way = 2 * math.pi * draws[:, 0]
    far = (0.45 + 0.2 * draws[:, 1]) * moves[:, 2].exp()
    middle = moves[:, :2] + torch.stack([way.cos() * far, way.sin() * far], 1)
    cover = _shapes(_everywhere(middle), 0.1, 0.25, shape)
    return cover * (draws[:, 2] < IN_FRONT).float()[:, None, None, None]


def _relit(crops: Tensor, draws: Tensor) -> Tensor:
    """Fewer colours or more, light from a side, and another tone curve."""
    grey = luminance(crops)
    colours = torch.where(draws[:, 0] < GREY, 0.0, 0.3 + 1.2 * draws[:, 1])
    slopes = SHADE * (2 * draws[:, 2:4] - 1)
    at = torch.linspace(-1, 1, SIDE)
    light = slopes[:, 0, None, None] * at + slopes[:, 1, None, None] * at[:, None]
    curve = (0.5 + draws[:, 4])[:, None, None, None].to(crops.device)
    crops = grey + (crops - grey) * colours[:, None, None, None].to(crops.device)
    crops = crops + light[:, None].to(crops.device)
    return 2 * ((crops + 1) / 2).clamp(1e-3, 1).pow(curve) - 1
