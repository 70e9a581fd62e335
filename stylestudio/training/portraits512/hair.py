"""The hair: its outline, the opening that shows the face, its strands and its gloss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.training.drawing import smoothstep
from stylestudio.training.portraits512.canvas import bell
from stylestudio.training.portraits512.head import CROWN, WIDTH

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.training.portraits512.canvas import Canvas
from stylestudio.training.portraits512.head import Head

SOFTNESS = 0.007
ROUND = 2.35  # exponent of the outline: 2 would be an ellipse
SOURCE = -0.30  # height from which strands fall: a little above the crown
BEND = 0.34  # below the source, strands hang straight


class Hair:
    """Masks [N, R, R] in 0..1 of one batch of hair."""

    def __init__(self, canvas: Canvas, head: Head) -> None:
        a = canvas.a
        self.a = a
        self.canvas = canvas
        self.head = head
        self.curl = torch.sigmoid(1.7 * a["curl"] - 0.3)
        self.length = 0.185 * F.softplus(1.4 * a["hair_length"] + 0.75)
        self.bangs = torch.sigmoid(3.0 * a["fringe"] - 1.2)
        self.part = 0.058 * (a["parting"] + 0.5)  # where strands part, in `u`
        self.long = smoothstep(0.06, 0.28, self.length)
        big = canvas.noise("b16.conv1") + canvas.noise("b32.conv0")
        small = canvas.noise("b32.conv1") + canvas.noise("b64.conv0")
        self.wild = 0.5 * big + 0.6 * small
        self.flow = self._flow()
        self.comb = self._comb()
        self.strands = self._strands()
        self.locks = self.curl * (0.0070 * self._wave() + 0.0006 * big + 0.0005 * small)
        self.inside = self._outline() + self.locks + 0.0007 * self.strands
        self.behind = canvas.over(self.inside, SOFTNESS)
        self.front = self.behind * (1 - self._opening())

    def _flow(self) -> Tensor:
        """The same along each strand [N, R, R]: the angle at which it leaves the parting."""
        p, q = self.head.p, self.head.q
        down = BEND * torch.tanh((q - SOURCE).clamp(min=0) / BEND) + 0.03
        wave = torch.sin(36 * q + 7 * p) * smoothstep(-0.16, 0.04, q)
        return torch.atan2(p - self.part, down) + 0.055 * self.curl * wave

    def _comb(self) -> Tensor:
        """Locks, about -1..1, that every head has at the same places."""
        t = self.flow
        return 0.55 * torch.sin(21 * t) + 0.40 * torch.sin(37 * t + 1.3) + 0.30 * torch.sin(61 * t)

    def _strands(self) -> Tensor:
        """Hairs, drawn by noise that is smoothed along them, about N(0, 1)."""
        head = self.head
        down = (head.q - SOURCE).clamp(min=0.02) / BEND
        slope = (head.p - self.part) / (BEND * down.sinh() * down.cosh())
        right, left = smoothstep(0.25, 0.85, slope), smoothstep(0.25, 0.85, -slope)
        total = torch.zeros_like(head.p)
        for name, taps, strength in (
            ("b128.conv0", 5, 0.45),
            ("b128.conv1", 5, 0.45),
            ("b256.conv0", 7, 0.50),
            ("b256.conv1", 5, 0.45),
            ("b512.conv0", 3, 0.38),
        ):
            total = total + strength * self.canvas.combed(name, taps, right, left)
        return total

    def _wave(self) -> Tensor:
        """Curls that every head has at the same places, -1..1: round the crown, down the sides."""
        p, q = self.head.p, self.head.q
        round_crown = torch.atan2(p, 0.02 - q)
        crown = -torch.cos(19 * round_crown + 0.7 * torch.sin(5.1 * round_crown))
        sides = torch.sin(43 * q + 1.1 * torch.sin(13 * q + 7 * p))
        return torch.lerp(crown, sides, smoothstep(-0.06, 0.08, q))

    def _outline(self) -> Tensor:
        """About the distance to the edge of all hair: a cap that falls to a length."""
        a, head = self.a, self.head
        volume = a["hair_volume"] + 0.9 * self.curl
        full = 1.075 + 0.090 * self.long + 0.055 * volume
        below = head.q.clamp(min=0)
        flare = (0.10 + 0.06 * volume) * self.long * smoothstep(0.0, 0.30, below)
        tuck = 0.10 * self.long * smoothstep(-0.10, 0.02, below - self.length)
        across = head.p / (head.half_width * (full + flare - tuck))
        up = (head.q + 0.012).clamp(max=0) / (CROWN * (1.165 + 0.060 * volume))
        round_ = (across.abs() + 1e-4) ** ROUND + (up.abs() + 1e-4) ** ROUND
        cap = 0.21 * (1 - round_ ** (1 / ROUND))
        tips = 0.012 * self.long * self.comb
        end = self.length - head.q - 0.5 * head.p.square() / (0.3 + self.length) + tips
        return -torch.logaddexp(-55 * cap, -55 * 0.8 * end) / 55

    def _line(self) -> Tensor:
        """The height in `v` at which the hair above the forehead ends."""
        u, bangs = self.head.u, self.bangs
        away = u - self.part
        swept = (away.square() + 0.020**2).sqrt() - 0.020
        line = -0.180 + 0.076 * bangs + 0.011 * self.a["fringe"]
        line = line + (1 - bangs) * (0.66 * swept - 0.9 * self.part * away)
        return line + bangs * (0.5 * u.square() - 1.2 * self.part * u)

    def _opening(self) -> Tensor:
        """Where the hair leaves the face free, 0..1."""
        a, head = self.a, self.head
        tips = 0.0060 * (0.30 + self.bangs) * self.comb + 0.0012 * self.strands
        under = head.v - self._line() - tips
        beside = 0.955 * WIDTH - head.u.abs() - 0.05 * a["parting"] * head.u
        beside = beside - 0.010 * self.long + 0.13 * (head.v - 0.08).clamp(min=0)
        opening = -torch.logaddexp(-90 * under, -90 * beside) / 90
        return self.canvas.over(opening - 0.6 * self.locks, SOFTNESS)

    def shadow_on_face(self) -> Tensor:
        """The soft shadow that the fringe throws on the forehead, 0..1."""
        side = 0.955 * WIDTH - self.head.u.abs() + 0.13 * (self.head.v - 0.08).clamp(min=0)
        above = 1 - smoothstep(-0.02, 0.050, self.head.v - self._line())
        return torch.maximum(above, 0.8 * self.long * smoothstep(0.034, 0.0, side))

    def shades(self) -> tuple[Tensor, Tensor]:
        """How dark and how glossy each pixel is, 0..1."""
        head, comb = self.head, self.comb
        side = head.side
        arc = torch.hypot(head.p + 0.05 * side, 1.05 * head.q + 0.02)
        rise = head.q + 0.08 - 0.30 * side * head.p
        band = arc - 0.205 + 0.010 * comb
        gloss = bell((band / 0.026).square()) * smoothstep(0.14, -0.12, rise)
        fall = bell(((head.q - 0.16 + 0.02 * comb) / 0.055).square()) * self.long
        texture = 0.20 * comb + 0.145 * self.strands + 0.28 * self.curl * self.wild
        rim = bell(((self.inside - 0.011) / 0.010).square())
        lit = (4.2 * side * head.p).clamp(-1, 1)
        root = bell(((head.v - self._line()) / 0.030).square())
        dark = 0.26 + 0.8 * head.q - 0.26 * lit - 0.75 * texture + 0.22 * root
        light = 0.78 * gloss + 0.16 * fall + 0.55 * texture + 0.20 * lit + 0.30 * rim * lit - 0.10
        return dark.clamp(0, 1), light.clamp(0, 0.92)
