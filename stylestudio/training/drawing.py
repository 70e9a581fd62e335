"""Small drawing tools: coordinates, smooth edges, triangle waves and noise fields.

Lengths are fractions of the picture's side; x grows to the right, y down.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

BORDER = 4 / 256  # of the side


class Drawing:
    """One batch of pictures in the making: attributes, noise maps and their side in pixels."""

    def __init__(
        self, a: Mapping[str, Tensor], noises: Mapping[str, Tensor], resolution: int
    ) -> None:
        self.a = a
        self.noises = noises
        self.resolution = resolution


@functools.cache
def constant(values: tuple[float, ...], device: torch.device) -> Tensor:
    """Numbers as a tensor on a device, made once: a recorded step copies nothing there."""
    return torch.tensor(values, device=device)


def pixel_centres(resolution: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """x [1, 1, R] and y [1, R, 1] of the pixel centres."""
    at = (torch.arange(resolution, device=like.device, dtype=like.dtype) + 0.5) / resolution
    return at[None, None, :], at[None, :, None]


def coverage(distance: Tensor, resolution: int, softness: float = 0.0) -> Tensor:
    """How much of a pixel lies inside, from its signed distance to the edge (inside > 0).

    The edge fades over `softness`, a fraction of the picture's side, and at least over a pixel.
    """
    width = max(softness, 1 / resolution)
    return smoothstep(-0.75 * width, 0.75 * width, distance)


def smoothstep(low: Tensor | float, high: Tensor | float, x: Tensor) -> Tensor:
    """0 below `low`, 1 above `high`, with level tangents between."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def blend(below: Tensor, above: Tensor, amount: Tensor) -> Tensor:
    """Paint colour `above` over `below` [N, 3, H, W] with amount [N, H, W]."""
    return torch.lerp(below, above.expand_as(below), amount.unsqueeze(1).expand_as(below))


def triangle(x: Tensor) -> Tensor:
    """Triangle wave of period 1 between -1 and 1."""
    return 4 * (x - x.floor() - 0.5).abs() - 1


def crags(x: Tensor, octaves: Sequence[float], phase: float) -> Tensor:
    """Sum of triangle waves with falling height: a jagged skyline about 0."""
    total = torch.zeros_like(x)
    for i, frequency in enumerate(octaves):
        shift = math.fmod(phase * (i + 1.7) * 0.618, 1.0)
        total = total + triangle(x * frequency + shift) * 0.55**i
    return total


def border_weights(resolution: int) -> Tensor:
    """About 2 at the border and 1 inside [R, R]: how much an error there counts.

    A network that pads with zeros learns late what to add where the padding is missing; a rim of
    another colour is seen at once, though it fills few pixels.
    """
    x, y = pixel_centres(resolution, torch.zeros(()))
    away = torch.minimum(torch.minimum(x, 1 - x), torch.minimum(y, 1 - y))
    return 1 + torch.exp(-away[0] / BORDER)


def noise_field(
    noises: Mapping[str, Tensor], name: str, resolution: int, blur: tuple[int, int] = (1, 1)
) -> Tensor | float:
    """A noise map, averaged over `blur` (rows, columns) to unit variance and enlarged.

    Returns [N, R, R], or 0 where the map is absent or finer than the picture.
    """
    noise = noises.get(name)
    if noise is None or noise.shape[-1] > resolution:
        return 0.0
    if blur != (1, 1):
        padding = (blur[0] // 2, blur[1] // 2)
        noise = F.avg_pool2d(noise, blur, 1, padding) * math.sqrt(blur[0] * blur[1])
    if noise.shape[-1] < resolution:
        noise = F.interpolate(noise, size=resolution, mode="bilinear", align_corners=False)
    return noise[:, 0]
