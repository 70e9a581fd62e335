"""The hair: its outline, the opening that shows the face, its strands and its gloss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.training.drawing import coverage, noise_field, smoothstep
from stylestudio.training.portraits.head import CROWN, WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from stylestudio.training.portraits.head import Head

SOFTNESS = 0.010


class Hair:
    """Masks [N, R, R] in 0..1 of one batch of hair."""

    def __init__(
        self, a: Mapping[str, Tensor], noises: Mapping[str, Tensor], head: Head, resolution: int
    ) -> None:
        self.a = a
        self.head = head
        self.resolution = resolution
        self.noises = noises
        curl = torch.sigmoid(1.2 * a["curl"])
        big = self._noise("b16.conv1") + self._noise("b32.conv0")
        small = self._noise("b32.conv1") + self._noise("b64.conv0")
        self.locks = curl * (0.0130 * self._wave() + 0.0006 * big + 0.0005 * small)
        self.gloss_noise = 0.5 * big + 0.6 * small
        self.curl = curl
        self.inside = self._outline() + self.locks
        self.behind = coverage(self.inside, resolution, SOFTNESS)
        self.front = self.behind * (1 - self._opening())

    def _noise(self, name: str, blur: tuple[int, int] = (1, 1)) -> Tensor | float:
        return noise_field(self.noises, name, self.resolution, blur)

    def _wave(self) -> Tensor:
        """Curls that every head has at the same places, -1..1: round the crown, down the sides."""
        p, q = self.head.p, self.head.q
        round_crown = torch.atan2(p, 0.02 - q)
        crown = torch.sin(12 * round_crown + 1.3 * torch.sin(4.1 * round_crown + 0.7))
        sides = torch.sin(41 * q + 1.1 * torch.sin(13 * q + 7 * p))
        return torch.lerp(crown, sides, smoothstep(-0.02, 0.06, q))

    def _outline(self) -> Tensor:
        """About the distance to the edge of all hair: a cap that falls to a length."""
        a, head = self.a, self.head
        full = 1.14 + 0.065 * a["hair_volume"]
        length = 0.22 * F.softplus(0.85 * a["hair_length"] + 0.45)
        below = head.q.clamp(min=0)
        flare = (0.10 + 0.05 * a["hair_volume"]) * smoothstep(0.0, 0.35, below)
        across = head.p / (head.half_width * (full + flare))
        up = (head.q.clamp(max=0) + 0.012) / (CROWN * (1.13 + 0.075 * a["hair_volume"]))
        cap = 0.22 * (1 - torch.hypot(across, up.clamp(max=0)))
        end = length - head.q - 0.5 * head.p.square() / (0.3 + length)
        return -torch.logaddexp(-45 * cap, -45 * 0.8 * end) / 45

    def _opening(self) -> Tensor:
        """Where the hair leaves the face free, 0..1."""
        a, head = self.a, self.head
        line = -0.150 + 0.030 * a["fringe"]
        line = line + (0.50 * a["parting"]) * head.u * (0.3 + 0.25 * a["fringe"].sigmoid())
        line = line + 1.5 * head.u.square() * torch.sigmoid(0.5 - a["fringe"])
        under = head.v - line
        beside = 0.93 * WIDTH - head.u.abs() + 0.12 * (head.v - 0.08).clamp(min=0)
        opening = -torch.logaddexp(-70 * under, -70 * beside) / 70
        return coverage(opening - 0.7 * self.locks, self.resolution, SOFTNESS)

    def shadow_on_face(self) -> Tensor:
        """The soft shadow that the fringe throws on the forehead, 0..1."""
        line = -0.150 + 0.030 * self.a["fringe"] + 0.30 * self.a["parting"] * self.head.u
        return 1 - smoothstep(-0.03, 0.075, self.head.v - line)

    def shades(self) -> tuple[Tensor, Tensor]:
        """How dark and how glossy each pixel is, 0..1."""
        a, head = self.a, self.head
        side = head.side
        rise = head.q + 0.10 - 0.25 * side * head.p
        arc = torch.hypot(head.p + 0.06 * side, head.q + 0.02)
        gloss = torch.exp(-((arc - 0.185) / 0.035).square()) * smoothstep(0.10, -0.12, rise)
        turned = torch.atan2(head.p - 0.05 * a["parting"], 0.42 + head.q)
        comb = torch.sin(26 * turned + 9 * self.curl * torch.sin(14 * head.q))
        strands = (
            0.12 * self._noise("b64.conv1", (3, 1))
            + 0.16 * self._noise("b128.conv0", (3, 1))
            + 0.15 * self._noise("b128.conv1", (3, 1))
            + 0.11 * self._noise("b256.conv0", (3, 1))
        )
        texture = 0.16 * comb + strands + 0.30 * self.curl * self.gloss_noise
        dark = 0.42 + 0.9 * head.q - 1.4 * side * head.p - 0.5 * texture
        light = 0.72 * gloss + 0.38 * texture + 0.9 * side * head.p - 0.10
        return dark.clamp(0, 1), light.clamp(0, 0.9)
