"""The face: skin, cheeks, freckles, beard, the lines of age, nose and mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import smoothstep
from stylestudio.training.portraits512.canvas import EDGE, bell, blob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from stylestudio.training.portraits512.canvas import Canvas
    from stylestudio.training.portraits512.head import Head

EYE_Y = 0.010


class Face:
    """One batch of faces, drawn on their own coordinates into a window of the picture."""

    def __init__(self, canvas: Canvas, head: Head) -> None:
        self.a = canvas.a
        self.canvas = canvas
        self.u, self.v = canvas.crop(head.u), canvas.crop(head.v)
        self.inside = canvas.crop(head.inside)
        self.skin = canvas.over(self.inside)
        self.yaw, self.side = head.yaw, head.side
        self.eye_x = eye_x(self.a)
        self.nose_y = 0.092 + 0.0130 * self.a["nose_length"]
        self.mouth_y = 0.160 + 0.0065 * self.a["nose_length"]

    def draw(self) -> None:
        """Everything on the skin but eyes and brows, back to front."""
        self._planes()
        self._blush()
        self._freckles()
        self._age()
        self._nose()
        self._beard()
        self._mouth()

    def _paint(self, role: str, mask: Tensor) -> None:
        self.canvas.paint(role, mask * self.skin)

    def _planes(self) -> None:
        """Hollows and hills of the face under soft light."""
        x, y = self.u.abs(), self.v
        turned = self.side * torch.sign(self.u)  # 1 on the lit half
        socket = blob(x - self.eye_x + 0.008, y - EYE_Y + 0.014, 0.050, 0.032)
        self._paint("skin_warm", 0.55 * socket)
        self._paint("skin_shade", 0.26 * socket)
        cheek = blob(x - 0.105, y - 0.150, 0.038, 0.075) * smoothstep(0.03, 0.10, y)
        self._paint("skin_shade", (0.20 - 0.10 * turned) * cheek)
        apple = blob(x - 0.090, y - 0.082, 0.040, 0.026)
        self._paint("skin_light", (0.30 + 0.16 * turned) * apple)
        self._paint("skin_light", 0.26 * blob(self.u - 0.03 * self.side, y + 0.100, 0.072, 0.040))
        chin = blob(self.u, y - 0.226, 0.032, 0.020)
        self._paint("skin_light", 0.26 * chin)
        rim = bell(((self.inside - 0.004) / 0.012).square()) * smoothstep(-0.10, 0.05, y)
        self._paint("skin_warm", 0.50 * rim)

    def _blush(self) -> None:
        young = 1 - self._years()
        where = blob(self.u.abs() - 0.103, self.v - 0.088, 0.052, 0.036)
        self._paint("blush", (0.10 + 0.42 * young) * where)
        self._paint("blush", (0.10 + 0.20 * young) * blob(self.u, self.v - 0.098, 0.030, 0.022))

    def _freckles(self) -> None:
        where = blob(self.u.abs() - 0.066, self.v - 0.076, 0.088, 0.042)
        amount = torch.sigmoid(1.9 * self.a["freckles"] - 0.7)
        spots = torch.zeros_like(self.u)
        for name, strength in (("b128.conv0", 0.75), ("b128.conv1", 0.65), ("b256.conv0", 0.45)):
            spots = spots + strength * smoothstep(0.7, 1.9, self.canvas.noise(name))
        self._paint("skin_warm", 0.60 * amount * where)
        self._paint("skin_line", (0.90 * spots * amount * where).clamp(0, 1))

    def _years(self) -> Tensor:
        """How old the skin looks, 0..1."""
        return torch.sigmoid(1.7 * self.a["age"] - 0.9)

    def _age(self) -> None:
        m, y, line = self.u.abs(), self.v, self.canvas.line
        below = y - self.nose_y
        fold_x = 0.046 + 0.33 * below - 0.9 * below.clamp(min=0).square()
        along = smoothstep(-0.006, 0.018, below) * (1 - smoothstep(0.050, 0.088, below))
        lines = along * line(m - fold_x, 0.0050)
        soft = along * line(m - fold_x - 0.006, 0.018)
        bag = y - EYE_Y - 0.040 + 3.0 * (m - self.eye_x).square()
        lines = lines + 0.75 * line(bag, 0.0045) * blob(m - self.eye_x, 0 * y, 0.032, 1)
        soft = soft + 0.7 * blob(m - self.eye_x, y - EYE_Y - 0.030, 0.034, 0.014)
        for height in (0.112, 0.134, 0.156):
            wave = y + height - 0.5 * m.square() - 0.0012 * torch.sin(95 * m + 40 * height)
            lines = lines + 0.60 * line(wave, 0.0036) * blob(m, 0 * y, 0.070, 1)
            soft = soft + 0.35 * line(wave - 0.006, 0.010) * blob(m, 0 * y, 0.080, 1)
        beside = m - self.eye_x - 0.060
        for slope in (-0.55, 0.0, 0.55):  # crow's feet
            foot = y - EYE_Y - 0.004 - slope * (beside + 0.022)
            lines = lines + 0.6 * line(foot, 0.0030) * blob(beside, 0 * y, 0.014, 1)
        hollow = blob(m - 0.118, y - 0.130, 0.026, 0.050)
        years = self._years()
        self._paint("skin_shade", (years * (0.50 * hollow + 0.45 * soft)).clamp(0, 1))
        self._paint("skin_line", (0.72 * years * lines).clamp(0, 1))

    def _nose(self) -> None:
        a, paint, line = self.a, self._paint, self.canvas.line
        x = self.u - 0.10 * self.yaw
        y = self.v - self.nose_y
        width = 0.0355 * torch.exp(0.29 * a["nose_width"])
        bridge = smoothstep(-0.100, -0.03, y) * (1 - smoothstep(-0.012, 0.012, y))
        slant = x + self.side * (0.42 * width + 0.10 * (y + 0.05).clamp(min=0))
        paint("skin_shade", 0.50 * bridge * self.side.abs() * blob(slant, 0 * y, 0.0115, 1))
        paint("skin_shade", 0.34 * blob(x.abs() - width, y - 0.002, 0.012, 0.018))
        paint("skin_shade", 0.70 * blob(x, y - 0.027, width * 0.95, 0.0090))
        tip = blob(x, y, width * 0.75, 0.020)
        paint("skin_warm", 0.45 * tip)
        wide = 0.30 * width  # the light along the bridge is as wide as the nose
        paint("skin_light", 0.46 * bridge * blob(x - 0.006 * self.side, 0 * y, wide, 1))
        paint("skin_light", 0.70 * blob(x - 0.006 * self.side, y + 0.001, wide, 0.0095))
        wing = torch.hypot((x.abs() - 0.74 * width) / (0.42 * width), (y - 0.006) / 0.0165) - 1
        outer = smoothstep(0.72, 1.02, x.abs() / width) * smoothstep(-0.010, 0.004, y)
        paint("skin_line", 0.62 * outer * line(0.015 * wing, 0.0028))
        base = y - 0.0215 + 1.6 * (x.abs() - 0.45 * width).square() - 0.002
        under = 1 - smoothstep(0.75, 1.15, x.abs() / width)
        paint("skin_line", 0.42 * under * line(base, 0.0030))
        nostril = 1 - torch.hypot((x.abs() - 0.50 * width) / (0.27 * width), (y - 0.0190) / 0.0048)
        paint("skin_line", 0.95 * self.canvas.over(0.006 * nostril))
        paint("skin_shade", 0.30 * blob(x, y - 0.044, 0.0085, 0.013))

    def _beard(self) -> None:
        """A wide jaw wears one."""
        amount = smoothstep(0.55, 1.45, self.a["jaw"])
        m, y = self.u.abs(), self.v
        low = smoothstep(-0.010, 0.060, y - 0.105 - 0.5 * (0.115 - m).clamp(min=0))
        low = low * (1 - blob(m, y - self.mouth_y, 0.040, 0.016))
        jaw = low * smoothstep(0.016, 0.075, m + 0.9 * (y - self.mouth_y - 0.022).clamp(min=0))
        lip_y = y - self.mouth_y + 0.026 - 0.35 * (m - 0.005).clamp(min=0)
        lip = blob(m - 0.022, lip_y, 0.026, 0.0115)
        grown = torch.maximum(jaw, 0.85 * lip)
        hairs = 0.12 * self.canvas.noise("b256.conv1", (5, 1))
        hairs = hairs + 0.10 * self.canvas.noise("b512.conv0", (3, 1))
        self._paint("hair_shade", amount * grown * (0.72 + hairs).clamp(0, 1))
        self._paint("hair", amount * grown * (0.20 + 1.2 * hairs).clamp(0, 1))

    def _mouth(self) -> None:
        a, paint = self.a, self._paint
        half = 0.0600 * torch.exp(0.19 * a["mouth_width"] + 0.05 * a["smile"])
        x = (self.u - 0.045 * self.yaw) / half
        bow = x.square().clamp(max=1.6)
        y = self.v - self.mouth_y + 0.0125 * (a["smile"] + 0.45) * (bow - 0.30)
        taper = (1 - bow).clamp(min=-0.3)
        gap = 0.0170 * torch.sigmoid(1.7 * a["mouth_open"] - 1.2) * taper
        full = torch.exp(0.45 * a["lips"])
        dip = 1 - 0.30 * bell((x / 0.17).square()) + 0.16 * blob(x.abs() - 0.30, 0 * y, 0.22, 1)
        upper = 0.0135 * full * taper * dip
        lower = 0.0190 * full * taper * (0.75 + 0.25 * taper)
        paint("skin_shade", 0.52 * blob(x, y - gap - lower - 0.0110, 0.58, 0.0085))
        paint("skin_shade", 0.36 * blob(x.abs() - 1.08, y, 0.16, 0.014))
        paint("skin_light", 0.20 * blob(x, y + gap + upper + 0.008, 0.30, 0.006))
        above, below = y + gap + upper, gap + lower - y
        lips = self.canvas.over(torch.minimum(above, below), EDGE)
        paint("lips", 0.96 * lips)
        paint("lips_shade", 0.70 * lips * smoothstep(0.003, -0.006, y))
        paint("lips_shade", 0.45 * lips * smoothstep(0.45, 1.05, x.abs()))
        paint("lips_shade", 0.40 * lips * smoothstep(0.007, 0.0, below))
        shine = blob(x - 0.14 * self.side, y - gap - 0.45 * lower, 0.32, 0.0036 * full)
        paint("lips_light", 0.62 * lips * shine)
        paint("lips_light", 0.30 * lips * blob(x.abs() - 0.22, above - 0.003, 0.20, 0.0028))
        hole = self.canvas.over(gap - y.abs() + 0.0003) * (x.abs() < 1)
        paint("mouth", hole)
        open_ = torch.sigmoid(6 * a["mouth_open"] - 3)
        teeth = hole * smoothstep(0.0035, -0.0010, y + 0.10 * gap - 0.0015)
        paint("white", 0.90 * open_ * teeth * smoothstep(1.05, 0.55, x.abs()))
        tongue = hole * smoothstep(0.0, 0.006, y - 0.2 * gap)
        paint("lips_shade", 0.55 * open_ * tongue)
        edge = smoothstep(1.16, 0.90, x.abs())
        paint("mouth", 0.80 * edge * self.canvas.line((y.abs() - gap).clamp(min=0), 0.0024))


def eye_x(a: Mapping[str, Tensor]) -> Tensor:
    """How far the eyes stand from the middle of the face."""
    return 0.0785 * (1 + 0.082 * a["eye_spacing"])
