"""What a painter of strokes learns from: random strokes on canvases of random strokes.

Liu et al. 2021, "Paint Transformer", section 3.3, needs no pictures either; here canvases and
pictures also differ by what no stroke explains, as they do once a real picture is painted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

from stylestudio.networks.stroke_painter import NUMBERS, PATCH

if TYPE_CHECKING:
    from torch import Tensor

BEHIND = 12  # strokes of a canvas at most
SMALLEST, LARGEST = 0.08, 1.0  # width and height of strokes, as shares of the patch
CONTRAST = 0.04  # to the canvas; what differs less needs no stroke
VISIBLE = 0.25  # share of a stroke that others leave to be seen; below, it is not there
SHADING, GRAIN = 0.1, 0.03  # at most, of what no stroke explains


class Lesson(NamedTuple):
    """A batch: which strokes lead from the canvas to the picture."""

    picture: Tensor  # [N, 3, 32, 32] in 0..1
    canvas: Tensor  # the same form
    numbers: Tensor  # [N, S, 5], as `StrokePainter` gives them
    is_there: Tensor  # bool [N, S]; the other strokes are no part of the picture


def alphas(numbers: Tensor, edge: float = 1.0) -> Tensor:
    """How far strokes [N, S, 5] cover the pixels of their patch, [N, S, 32, 32] in 0..1.

    As `stylestudio.render.strokes.draw` paints them, with an `edge` of that many pixels, within
    which gradients flow.
    """
    x, y, width, height, angle = (number[..., None, None] for number in numbers.unbind(-1))
    half_w, half_h = (side.clamp(min=0.01) * (PATCH / 2) for side in (width, height))
    cos, sin = torch.cos(angle * math.pi), torch.sin(angle * math.pi)
    at = torch.arange(PATCH, device=numbers.device) + 0.5
    dx, dy = at - x * PATCH, at[:, None] - y * PATCH
    radius = torch.minimum(half_w, half_h)
    along = ((cos * dx + sin * dy).abs() - (half_w - radius)).clamp(min=0)
    across = ((cos * dy - sin * dx).abs() - (half_h - radius)).clamp(min=0)
    outside = torch.sqrt(along.square() + across.square() + 1e-6)
    return ((radius - outside) / edge + 0.5).clamp(0, 1)


def seen(covers: Tensor) -> Tensor:
    """What later strokes leave of each: `alphas` [N, S, H, W] -> the same form."""
    through = torch.cumprod((1 - covers).flip(1), 1).flip(1)
    return covers * torch.cat([through[:, 1:], torch.ones_like(covers[:, :1])], 1)


def painted(canvas: Tensor, covers: Tensor, colours: Tensor) -> Tensor:
    """Paint strokes, one over the other, on [N, 3, H, W]; `colours` are [N, S, 3]."""
    left = seen(covers)
    uncovered = 1 - left.sum(1, keepdim=True)
    return canvas * uncovered + torch.einsum("nshw,nsc->nchw", left, colours)


def colours_under(picture: Tensor, covers: Tensor) -> Tensor:
    """The mean colour of a picture [N, 3, H, W] where each stroke lies, [N, S, 3]."""
    total = torch.einsum("nshw,nchw->nsc", covers, picture)
    return total / covers.sum((2, 3))[..., None].clamp(min=1e-3)


@torch.no_grad()
def draw_lesson(batch: int, strokes: int, generator: torch.Generator) -> Lesson:
    """A random batch, on the device of `generator`."""
    device = generator.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, device=device)

    base = uniform(batch, 1, 3)
    spread = 0.1 + 0.9 * uniform(batch, 1, 1)  # how unlike the colours of a patch are

    def colours(count: int) -> Tensor:
        return torch.lerp(base, uniform(batch, count, 3), spread)

    ground = colours(1)[:, 0, :, None, None].expand(-1, -1, PATCH, PATCH)
    behind = alphas(_some(uniform(batch, BEHIND, NUMBERS), beyond=0.2))
    behind = behind * (uniform(batch, BEHIND) < uniform(batch, 1))[..., None, None]
    canvas = painted(ground, behind, colours(BEHIND))

    numbers = _some(uniform(batch, strokes, NUMBERS))
    covers = alphas(numbers)
    paint = colours(strokes)
    is_there = uniform(batch, strokes) < 0.2 + 0.8 * uniform(batch, 1)
    covers = covers * is_there[..., None, None]
    left = seen(covers)
    area = left.sum((2, 3))
    differs = (paint[..., None, None] - canvas[:, None]).abs().mean(2)
    is_there &= area > VISIBLE * covers.sum((2, 3))
    is_there &= (differs * left).sum((2, 3)) > CONTRAST * area
    covers = covers * is_there[..., None, None]
    picture = painted(canvas, covers, paint)

    soft = F.avg_pool2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
    picture = torch.lerp(picture, soft, uniform(batch, 1, 1, 1))
    shades = F.interpolate(uniform(batch, 3, 4, 4) - 0.5, size=PATCH, mode="bilinear")
    grain = uniform(batch, 3, PATCH, PATCH) - 0.5
    picture = picture + 2 * SHADING * uniform(batch, 1, 1, 1) * shades
    picture = picture + 2 * GRAIN * uniform(batch, 1, 1, 1) * grain
    return Lesson(picture.clamp(0, 1), canvas, numbers, is_there)


def _some(shares: Tensor, beyond: float = 0.0) -> Tensor:
    """Numbers of strokes from five shares in 0..1 each; centres lie `beyond` the patch at most."""
    centres = shares[..., :2] * (1 + 2 * beyond) - beyond
    sides = SMALLEST * (LARGEST / SMALLEST) ** shares[..., 2:4]
    return torch.cat([centres, sides, shares[..., 4:]], -1)
