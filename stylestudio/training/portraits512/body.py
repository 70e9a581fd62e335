"""Neck, ears, shoulders and what they wear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import smoothstep
from stylestudio.training.portraits512.canvas import bell, blob

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.training.portraits512.canvas import Canvas
    from stylestudio.training.portraits512.head import Head


class Body:
    """One batch of people below the chin, and their ears.

    `x` is measured from the middle of the shoulders, `across` from that of the neck; `top` is
    the height of the shoulders, `cut` how far above the edge of the neckline a place lies.
    """

    def __init__(self, canvas: Canvas, head: Head, x: Tensor, y: Tensor) -> None:
        a = canvas.a
        self.a = a
        self.canvas = canvas
        self.head = head
        x, y = x[:, :, canvas.place[1]], y[:, canvas.place[0]]
        self.y = y
        middle = head.centre_x - 0.02 * a["roll"]
        lean = (y - 0.5).clamp(0, 0.30) / 0.30
        # Above it follows the jaw, below it stands on the shoulders.
        neck = torch.lerp(middle + 0.35 * (head.centre_x - middle), middle, lean)
        self.turned = x - neck
        self.across = self.turned.abs() / head.size
        self.flare = 1.7 * (y - 0.715).clamp(min=0).square()
        self.half = 0.083 * (1 + 0.07 * a["jaw"]) + self.flare
        self.x = x - middle
        out = (self.x.abs() - 0.075).clamp(min=0)
        width = 0.335 * torch.exp(0.10 * a["shoulders"])
        self.top = 0.822 - 0.022 * a["shoulders"] + 0.235 * out + 0.115 * (out / width) ** 5
        self.crew = torch.sigmoid(2.6 * a["neckline"] - 0.4)
        m = self.x.abs()
        pointed = 0.952 - 0.030 * a["neckline"] - 1.05 * m - 0.6 * m.square()
        self.high = smoothstep(0.5, 1.5, a["neckline"])
        rounded = 0.872 - 0.07 * self.high - 2.6 * m.square() - 55 * m.square().square()
        self.cut = torch.lerp(pointed, rounded, self.crew) - y

    def neck(self) -> None:
        """The neck and what shows of the chest."""
        canvas, paint, head = self.canvas, self.canvas.paint, self.head
        neck = canvas.over(self.half - self.across) * smoothstep(0.45, 0.50, self.y)
        paint("skin", neck)
        under_chin = smoothstep(head.chin + 0.110, head.chin - 0.010, canvas.crop(head.q))
        paint("skin_warm", neck * (0.20 + 0.70 * under_chin))
        paint("skin_shade", neck * (0.08 + 0.66 * under_chin))
        turned = head.side * self.turned / 0.10
        paint("skin_shade", neck * (0.42 * (0.15 - turned)).clamp(0, 0.55))
        tendon = self.across - 0.050 + 0.40 * (self.y - 0.76)
        low = smoothstep(0.70, 0.80, self.y)
        paint("skin_light", 0.10 * neck * low * blob(tendon - 0.012, 0 * self.y, 0.009, 1))
        paint("skin_shade", 0.13 * neck * low * blob(tendon, 0 * self.y, 0.008, 1))
        bone = self.y - 0.872 + 0.22 * self.across
        paint("skin_shade", 0.40 * neck * blob(self.across - 0.060, bone, 0.045, 0.006))
        paint("skin_light", 0.34 * neck * blob(self.across - 0.060, bone + 0.010, 0.045, 0.006))

    def clothes(self) -> None:
        """Clothes, from a pointed neckline over a round and striped one to a high collar."""
        over, across = self.canvas.over, self.across
        collar_top = 0.862 - 0.085 * self.high - 0.9 * across.square()
        tube = over(self.half + 0.012 - across) * over(self.y - collar_top)
        tube = tube * smoothstep(0.0, 0.10, self.high)
        open_neck = over(self.cut) * (self.x.abs() < 0.2) * (1 - tube)
        cloth = torch.maximum(over(self.y - self.top), tube) * (1 - open_neck)
        collar = tube * over(0.838 - self.y, 0.010)
        self.canvas.paint("cloth", cloth)
        self._stripes(cloth * (1 - collar))
        self._folds(cloth)
        self._hems(cloth)
        self._collar(collar, collar_top)
        under = self.canvas.line((self.cut - 0.004).clamp(min=0), 0.012)
        self.canvas.paint("skin_shade", 0.45 * under * open_neck * over(self.half - across))

    def _stripes(self, cloth: Tensor) -> None:
        neckline = self.a["neckline"]
        wave = torch.sin(150 * (self.y - 0.35 * (self.top - 0.82)) + 8 * self.x.square())
        band = smoothstep(0.25, 0.70, wave) * smoothstep(0.015, 0.020, -self.cut)
        worn = smoothstep(0.15, 0.55, neckline) * (1 - smoothstep(0.9, 1.3, neckline))
        self.canvas.paint("cloth_light", 0.85 * worn * cloth * band)

    def _folds(self, cloth: Tensor) -> None:
        canvas, side, m = self.canvas, self.head.side, self.x.abs()
        fold = torch.sin(17 * m + 7 * self.y + 1.2 * self.a["shoulders"])
        crease = torch.sin(31 * m - 13 * self.y + 0.8)
        weave = 0.5 * canvas.noise("b512.conv0", (1, 3)) + 0.5 * canvas.noise("b256.conv1", (3, 1))
        weave = weave + 0.45 * canvas.noise("b256.conv0", (1, 3))
        texture = 0.085 * weave + 0.04 * canvas.noise("b128.conv0")
        folds = 0.13 * fold + 0.07 * crease * fold
        shade = 0.16 + 1.6 * (self.y - 0.88) - 0.9 * side * self.x - folds + texture
        canvas.paint("cloth_shade", cloth * shade.clamp(0, 1))
        light = 0.9 * side * self.x - 1.4 * (self.y - self.top - 0.05) + folds - texture
        canvas.paint("cloth_light", cloth * (0.8 * light).clamp(0, 0.75))
        under = bell(((self.y - self.top + 0.02).clamp(min=0) / 0.05).square())
        near = bell(((m - 0.06) / 0.07).square())
        canvas.paint("cloth_shade", 0.35 * cloth * under * near)  # the shadow of the head

    def _hems(self, cloth: Tensor) -> None:
        paint, line, edge = self.canvas.paint, self.canvas.line, -self.cut
        pointed, low = 1 - self.crew, 1 - self.high
        paint("cloth_light", 0.42 * pointed * cloth * self.canvas.over(0.034 - edge))
        paint("cloth_shade", 0.75 * pointed * cloth * line(edge - 0.035, 0.0035))
        paint("cloth_light", 0.50 * low * cloth * line(edge - 0.005, 0.0042))
        paint("cloth_shade", 0.60 * low * self.crew * cloth * line(edge - 0.0165, 0.0030))

    def _collar(self, collar: Tensor, top: Tensor) -> None:
        paint, line = self.canvas.paint, self.canvas.line
        ribs = torch.sin(330 * self.turned)
        shade = 0.22 + 0.10 * ribs - 2 * self.head.side * self.turned
        paint("cloth_shade", collar * shade.clamp(0, 0.8))
        roll = 0.832 - self.y - 0.4 * self.across.square()
        paint("cloth_shade", 0.50 * collar * line(roll, 0.0045))
        paint("cloth_light", 0.45 * collar * line(self.y - top - 0.007, 0.0065))


class Ears:
    """Both ears of one batch of heads, drawn into a window of the picture."""

    def __init__(self, canvas: Canvas, head: Head) -> None:
        self.a = canvas.a
        self.canvas = canvas
        self.head = head

    def draw(self) -> None:
        """The ears alone."""
        for x, y, _ in self._ear_places():
            inside = 1 - torch.hypot(x / 0.030, y / 0.056)
            ear = self.canvas.over(0.032 * inside)
            self.canvas.paint("skin", ear)
            self.canvas.paint("skin_warm", 0.55 * ear)
            self.canvas.paint("skin_shade", 0.75 * ear * blob(x + 0.004, y, 0.016, 0.032))
            self.canvas.paint("skin_light", 0.40 * ear * blob(x - 0.020, y + 0.012, 0.006, 0.030))

    def wear_rings(self) -> None:
        """Hoops with a pearl, on those who wear no glasses at all."""
        bare = -self.a["glasses"]
        worn = smoothstep(0.45, 0.75, bare)
        size = 0.010 + 0.014 * (bare - 0.5).clamp(min=0)
        for x, y, seen in self._ear_places():
            away = torch.hypot(x + 0.002, y - 0.055 - size) - size
            ring = self.canvas.over(0.0030 - away.abs())
            self.canvas.paint("gold_shade", worn * seen * ring)
            shine = blob(x + 0.006, y - 0.055 - 1.2 * size, 0.016, 0.010)
            self.canvas.paint("gold", worn * seen * ring * (0.35 + shine).clamp(0, 1))
            pearl = torch.hypot(x + 0.002, y - 0.055 - 2.2 * size)
            self.canvas.paint("gold_shade", worn * seen * self.canvas.over(0.0085 - pearl))
            self.canvas.paint("gold", worn * seen * self.canvas.over(0.0068 - pearl))
            glint = blob(x + 0.0045, y - 0.0525 - 2.2 * size, 0.003, 0.003)
            self.canvas.paint("white", 0.9 * worn * seen * glint)

    def _ear_places(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Coordinates on each ear, outwards and down, and how much of it shows."""
        head = self.head
        p, q = self.canvas.crop(head.p), self.canvas.crop(head.q)
        places = []
        for sign in (-1, 1):
            away = sign * head.yaw  # the ear on the side that the face turns to hides behind it
            hidden = 0.10 * (away + (away.square() + 0.01).sqrt())
            x = sign * p - 0.995 * head.half_width + hidden
            places.append((x, q - 0.030 - 0.10 * x, smoothstep(0.032, 0.018, hidden)))
        return places
