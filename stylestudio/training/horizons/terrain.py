"""Where the five ranges of hills stand: their skylines, slopes and coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import coverage, crags, noise_field, triangle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


ROCKY = (0.6, 1.0, 0.6, 0.0, 0.0)  # how much each range crumbles, far to near
SOFTNESS = (0.020, 0.010, 0.014, 0.010, 0.008)  # of each edge: the farther, the more air
WOODED = (0.0, 0.0, 0.4, 0.7, 1.0)  # and how tall its trees stand


@dataclass(frozen=True)
class Range:
    """One range of hills or mountains."""

    depth: Tensor  # how far a pixel lies below the ridge [N, R, R]
    cover: Tensor  # 0..1 [N, R, R]


def horizon_line(a: Mapping[str, Tensor]) -> Tensor:
    """y of the far horizon [N, 1, 1]."""
    return 0.53 - 0.06 * a["horizon"]


def water_amount(a: Mapping[str, Tensor]) -> Tensor:
    """0 where hills fill the foreground, 1 where they make way for a lake [N, 1, 1]."""
    return torch.sigmoid(3.0 * a["lake"] + 0.4)


def water_line(a: Mapping[str, Tensor]) -> Tensor:
    """y of the far shore [N, 1, 1]."""
    return horizon_line(a) + 0.115 + 0.015 * a["spacing"]


def _summits(a: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """Height of the two great mountains without their crags, at any x [N, ...]."""
    width = 0.21 * torch.exp(-0.5 * a["steepness"])
    heights = (
        0.235 * torch.exp(0.35 * a["left_height"]),
        0.17 * torch.exp(0.4 * a["right_height"]),
    )
    places = (0.28 + 0.11 * a["left_place"], 0.74 + 0.11 * a["right_place"])
    left, right = (
        34 * height * torch.exp(-(x - place).abs() / (width * share))
        for height, place, share in zip(heights, places, (1.0, 0.8), strict=True)
    )
    return torch.logaddexp(left, right) / 34 - 0.05


def _carried_along(a: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """x as it is on rock that moves with the left mountain."""
    return x - 0.11 * a["left_place"]


def wooded(a: Mapping[str, Tensor]) -> Tensor:
    """How much of the woods stands, 0 to 1 [N, 1, 1]."""
    return 0.5 + 0.27 * a["forest"]


def skylines(a: Mapping[str, Tensor], x: Tensor) -> list[Tensor]:
    """y of the ridges [N, 1, R], far to near, before trees and crumbling."""
    horizon = horizon_line(a)
    spacing = 1 + 0.22 * a["spacing"]
    rough = torch.exp(0.85 * a["ruggedness"])
    water = water_amount(a)

    far = 0.07 + 0.025 * a["far_range"] + 0.035 * torch.sin(7.0 * x + 1.2 * a["far_range"])
    far = far + 0.012 * rough * crags(x, (5, 12), 0.3)

    mountains = _summits(a, x)
    mountains = mountains + (0.0025 + 0.075 * mountains.clamp(min=0)) * rough * crags(
        _carried_along(a, x), (6, 14), 0.7
    )

    hills = 0.026 * torch.sin(6.3 * x + 1.5 * a["rolling"]) + 0.016 * torch.sin(
        13.0 * x - 2.0 * a["rolling"] + 1.0
    )
    hills = hills - 0.045 * spacing + 0.003 * rough * crags(x, (9, 21), 0.5)

    bank = a["framing"] * (x - 0.5)
    near = 0.035 * torch.sin(5.0 * x + 2.6 + 1.3 * a["valley"]) - 0.13 * spacing
    near = near + 0.10 * bank - water * (0.15 + 0.11 * torch.sin(4.6 * x + 0.5 + a["valley"]))

    front = 0.03 * torch.sin(4.2 * x + 0.6 - 1.2 * a["valley"]) - 0.255 * spacing
    front = front - 0.22 * bank * (1 + 0.6 * water) - 0.10 * water
    return [horizon - h for h in (far, mountains, hills, near, front)]


def flanks(a: Mapping[str, Tensor], x: Tensor, depth: Tensor, boulders: Boulders) -> Tensor:
    """Which way the rock of the mountains faces [N, R, R]: above 0 where it rises to the right."""
    bent = x + 0.016 * triangle(6 * depth)
    rise = _summits(a, bent + 0.004) - _summits(a, bent - 0.004)
    spurs = crags(_carried_along(a, x) + 0.55 * depth, (5, 13), 0.4)
    return (
        rise / 0.008
        + (0.8 + 0.3 * a["ruggedness"]) * spurs
        + 0.04 * boulders.small
        + 0.05 * boulders.gravel
    )


@dataclass(frozen=True)
class Boulders:
    """Noise fields [N, R, R] of unit variance that crumble rock, or 0 where there is no noise."""

    small: Tensor | float
    gravel: Tensor | float
    sand: Tensor | float

    @classmethod
    def from_noises(cls, noises: Mapping[str, Tensor], resolution: int) -> Boulders:
        """Read one map each at 64, 128 and 256 pixels, drawn out downwards."""
        names = ("b64.conv0", "b128.conv0", "b256.conv0")
        return cls(*(noise_field(noises, name, resolution, blur=(3, 1)) for name in names))


def raise_ranges(a: Mapping[str, Tensor], boulders: Boulders, x: Tensor, y: Tensor) -> list[Range]:
    """The ranges, far to near, their edges crumbled and wooded by the noise."""
    resolution = x.shape[-1]
    rubble = 0.0005 * boulders.small + 0.00075 * boulders.gravel + 0.00075 * boulders.sand
    crowns = 0.0005 * boulders.small + 0.002 * boulders.gravel + 0.0015 * boulders.sand
    crowns = 0.018 + 0.008 * triangle(31 * x) + crowns
    ranges = []
    for skyline, rocky, trees, softness in zip(
        skylines(a, x), ROCKY, WOODED, SOFTNESS, strict=True
    ):
        slope = torch.gradient(skyline, dim=-1)[0] * resolution
        depth = y - skyline
        edge = depth + rocky * rubble + trees * wooded(a) * crowns
        steep = torch.rsqrt(1 + slope.square())
        ranges.append(Range(depth, coverage(edge * steep, resolution, softness)))
    return ranges
