"""The height field whose contours are the edges of the colours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import Drawing, noise_field, pixel_centres

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

TURN = 2 * math.pi


class Flow(Drawing):
    """One batch of flows: the pool and the eye, and the warped waves around them."""

    def __init__(
        self, a: Mapping[str, Tensor], noises: Mapping[str, Tensor], resolution: int
    ) -> None:
        super().__init__(a, noises, resolution)
        x, y = pixel_centres(resolution, a["direction"])
        self.x, self.y = x - 0.5, y - 0.5
        self.pool = self._drop("pool", (-0.10, -0.07), 0.20 * torch.exp(0.3 * a["pool_size"]))
        self.eye = self._drop("eye", (0.20, 0.18), torch.full_like(a["eye"], 0.12))
        self.along, self.across = self._stream()
        smooth = self._height()
        self.slope = slope(smooth)
        self.creep = self._bleed()
        self.height = smooth + self.slope * self.creep
        self.fold = self._fold()

    def _drop(self, name: str, place: tuple[float, float], radius: Tensor) -> Drop:
        a = self.a
        x = self.x - place[0] - 0.13 * a[f"{name}_x"]
        y = self.y - place[1] - 0.13 * a[f"{name}_y"]
        return Drop(x, y, radius)

    def _bleed(self) -> Tensor | float:
        """How far the noise moves the flow aside: pigment creeps along the fibres."""
        return 0.0013 * noise_field(self.noises, "b32.conv0", self.resolution)

    def _stream(self) -> tuple[Tensor, Tensor]:
        """Coordinates along and across the flow [N, R, R], bent by all that lies in its way."""
        a = self.a
        x, y = self.x, self.y
        for drop, push in ((self.pool, 0.6), (self.eye, 0.75)):
            aside = drop.pushed(push)
            x, y = x - aside * drop.x, y - aside * drop.y
        # a slow whirl about the middle of the sheet
        angle = 0.7 * a["curl"] * torch.exp(-(x.square() + y.square()) / 0.16)
        x, y = x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos()
        across = 0.5 * x + 0.8 * y
        along = 0.8 * x - 0.5 * y
        across = across + 0.55 * a["direction"] * along + 0.5 * a["bend"] * along.square()
        wave = TURN * 0.85 * along
        across = across + (0.05 + 0.08 * a["sway"]) * torch.sin(wave)
        across = across + (0.03 + 0.08 * a["drift"]) * torch.cos(wave)
        along = along + 0.07 * torch.sin(TURN * 0.9 * across + 1.0)
        return along, across

    def _height(self) -> Tensor:
        a = self.a
        comb = 0.05 * torch.sigmoid(1.6 * a["comb"] - 0.9)
        across = self.across + comb * torch.sin(TURN * 2.9 * self.along)
        bands = torch.sin(TURN * (1.5 + 0.33 * a["bands"]) * across - 0.4)
        islands = torch.sin(TURN * 1.15 * self.along + 0.9 + 0.5 * bands)
        share = torch.sigmoid(1.1 * a["islands"] - 0.4)
        height = (1 - share) * bands + share * islands * (0.7 + 0.3 * bands)
        tilt = 0.6 * a["balance"] * (self.x - 0.7 * self.y) + 0.2 * a["level"]
        petals = 0.9 * torch.sigmoid(2.0 * a["petals"] - 0.7) * self.pool.petals()
        pool = (0.7 + 0.8 * a["pool"]) * self.pool.hill()
        eye = (-0.6 + 0.8 * a["eye"]) * self.eye.hill()
        return height + tilt + pool + petals + eye

    def above(self, level: float) -> Tensor:
        """Distance [N, R, R] to the contour at a height, a share of the side; above 0 uphill."""
        return (self.height - level) / self.slope

    def _fold(self) -> Tensor:
        """Distance [N, R, R] to the edge of the veil, above 0 on it; it lies over the flow."""
        a = self.a
        along, across = 0.8 * self.x - 0.5 * self.y, 0.5 * self.x + 0.8 * self.y
        slant = along + (0.2 + 0.45 * a["fold_slant"]) * across
        wave = torch.sin(TURN * slant + 1.8 * a["fold"])
        wave = wave + 0.25 * torch.sin(TURN * 1.2 * across + 1.0)
        return (wave - 0.1) / slope(wave) + 0.5 * self.creep


def slope(height: Tensor) -> Tensor:
    """How steep a field [N, R, R] is, per side of the picture, and at least 1."""
    right = height[:, :, 2:] - height[:, :, :-2]
    down = height[:, 2:] - height[:, :-2]
    steep = right[:, 1:-1].square() + down[:, :, 1:-1].square()
    steep = torch.nn.functional.pad(steep, (1, 1, 1, 1), mode="replicate").sqrt_()
    return steep.mul_(height.shape[-1] / 2).clamp_(min=1.0)


class Drop:
    """A drop of pigment on the flow; x and y from its centre, its radius [N, 1, 1]."""

    def __init__(self, x: Tensor, y: Tensor, radius: Tensor) -> None:
        self.x = x
        self.y = y
        self.radius = radius
        self.square = (x.square() + y.square()) / radius.square()

    def pushed(self, strength: float) -> Tensor:
        """Which share of the way back to the centre the flow came from before the drop fell.

        Exact drops take sqrt(1 - r2/d2) of the way (Lu et al., Mathematical Marbling, 2012);
        this falls off alike but stays smooth within.
        """
        return strength / (1 + 1.6 * self.square)

    def hill(self) -> Tensor:
        """1 at the heart, 0 far outside, about 1/2 at the radius."""
        return torch.exp(-0.7 * self.square)

    def petals(self) -> Tensor:
        """Five ridges -1..1 around the drop: highest past its radius, gone at heart and far out."""
        around = torch.cos(5 * torch.atan2(self.y, self.x) + 0.9)
        out = self.square / 1.6
        return around * out * torch.exp(1 - out)
