"""Draws strokes along Bezier curves so that gradients reach their points, widths and colours.

Each curve is a chain of short chords. Which chord lies nearest to a pixel is decided without
gradients; the distance to that chord has them, and almost everywhere they are the true ones, as
the choice changes only where two chords are equally far. Only pairs of stroke and pixel near each
other are kept, and all of them are laid over each other at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

CHORDS = 12  # for each cubic curve
MOST_OPAQUE = 0.999  # so that what lies below keeps a gradient


def draw_curves(
    points: Tensor, widths: Tensor, colours: Tensor, canvas: Tensor, softness: float = 0.0
) -> Tensor:
    """Draw strokes over a canvas [3, H, W] in 0..1; returns the new one.

    points [S, 3 K + 1, 2] (x, y) and widths [S] in pixels, colours [S, 4] in 0..1 with the opacity
    last; later strokes lie above earlier ones. With `softness` (pixels) borders are blurred, so
    that strokes feel what is near them, not only what they cover; 0 gives the share of each pixel
    that a straight border leaves covered.
    """
    height, width = canvas.shape[1:]
    vertices = _vertices(points)
    stroke, pixel, chord = _near(vertices.detach(), widths.detach(), height, width, softness)
    if not len(stroke):
        return canvas
    at = torch.stack([pixel % width, pixel // width], 1) + 0.5
    distance = _distance(at, vertices[stroke, chord], vertices[stroke, chord + 1])
    half = widths[stroke] / 2
    if softness:
        covered = torch.sigmoid((half - distance) / softness)
    else:
        covered = (half + 0.5 - distance).clamp(0, 1) * (2 * half).clamp(max=1)
    alpha = (colours[stroke, 3].clamp(0, 1) * covered).clamp(max=MOST_OPAQUE)
    return _composite(canvas, stroke, pixel, alpha, colours[:, :3].clamp(0, 1))


def _vertices(points: Tensor) -> Tensor:
    """The ends of the chords, [S, V, 2]."""
    t = torch.linspace(0, 1, CHORDS + 1, dtype=points.dtype).to(points.device)[:, None]
    weights = torch.cat([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3], 1)
    curves = points.unfold(1, 4, 3).transpose(2, 3)  # [S, K, 4, 2]
    found = weights @ curves  # [S, K, CHORDS + 1, 2]
    return torch.cat([found[:, :1, 0], found[:, :, 1:].flatten(1, 2)], 1)


@torch.no_grad()
def _near(
    vertices: Tensor, widths: Tensor, height: int, width: int, softness: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs of a stroke and a pixel that it may touch: both, and the chord that is nearest."""
    reach = widths / 2 + 1 + 6 * softness
    low = (vertices.amin(1) - reach[:, None]).floor()
    high = (vertices.amax(1) + reach[:, None]).ceil()
    limit = torch.tensor([width, height], device=vertices.device)
    low = low.clamp(min=0).minimum(limit).long()
    sides = (high.clamp(min=0).minimum(limit).long() - low).clamp(min=0)
    counts = sides.prod(1)
    stroke = torch.repeat_interleave(torch.arange(len(widths)).to(counts.device), counts)
    first = counts.cumsum(0) - counts
    inside = torch.arange(len(stroke)).to(counts.device) - first[stroke]
    x = low[stroke, 0] + inside % sides[stroke, 0]
    y = low[stroke, 1] + inside // sides[stroke, 0]
    at = torch.stack([x, y], 1) + 0.5
    nearest = torch.full((len(stroke),), torch.inf, device=at.device)
    chord = torch.zeros_like(stroke)
    for number in range(vertices.shape[1] - 1):
        distance = _distance(at, vertices[stroke, number], vertices[stroke, number + 1])
        closer = distance < nearest
        nearest = torch.where(closer, distance, nearest)
        chord[closer] = number
    kept = nearest < reach[stroke]
    return stroke[kept], (y * width + x)[kept], chord[kept]


def _distance(at: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """From points [N, 2] to the chords from a to b."""
    along = b - a
    share = ((at - a) * along).sum(1) / along.square().sum(1).clamp(min=1e-8)
    way = at - a - share.clamp(0, 1)[:, None] * along
    return (way.square().sum(1) + 1e-6).sqrt()


def _composite(
    canvas: Tensor, stroke: Tensor, pixel: Tensor, alpha: Tensor, colours: Tensor
) -> Tensor:
    """Lay every pair's colour over the canvas, the higher strokes above.

    What is seen of a pair is what all pairs above it at the same pixel let through: the product of
    their transmittances, as a difference of running sums of logarithms.
    """
    order = torch.argsort(pixel, stable=True)  # pairs come by stroke, so each pixel's stay sorted
    stroke, pixel, alpha = stroke[order], pixel[order], alpha[order]
    through = torch.log1p(-alpha.double())
    so_far = through.cumsum(0)
    places, counts = torch.unique_consecutive(pixel, return_counts=True)
    last = counts.cumsum(0) - 1
    total = so_far[last]
    above = torch.repeat_interleave(total, counts) - so_far
    seen = (alpha * above.exp().float())[:, None] * colours[stroke]
    under = total - torch.cat([total.new_zeros(1), total[:-1]])
    flat = canvas.flatten(1).T  # [H W, 3]
    shown = flat.index_put((places,), flat[places] * under.exp().float()[:, None])
    return shown.index_add(0, pixel, seen).T.reshape(canvas.shape)
