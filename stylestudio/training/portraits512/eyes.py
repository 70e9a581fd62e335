"""Eyes, lids, lashes and brows, and the glasses before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.training.drawing import smoothstep
from stylestudio.training.portraits512.canvas import blob
from stylestudio.training.portraits512.face import EYE_Y, eye_x

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.training.portraits512.canvas import Canvas
    from stylestudio.training.portraits512.head import Head


class Eyes:
    """Both eyes of one batch of faces, drawn into a window of the picture.

    `m` grows from the middle of each eye to the temple, `x` likewise with the corners at -1, 1.
    """

    def __init__(self, canvas: Canvas, head: Head) -> None:
        a = canvas.a
        self.a = a
        self.canvas = canvas
        self.u, self.v = canvas.crop(head.u), canvas.crop(head.v)
        self.skin = canvas.over(canvas.crop(head.inside))
        self.side = head.side
        self.eye_x = eye_x(a)
        self.m = self.u.abs() - self.eye_x
        self.grow = torch.exp(0.150 * a["eye_size"])
        self.x = self.m / (0.0445 * self.grow)
        tilt = 0.20 * self.m * (0.30 + 0.95 * a["eye_tilt"])
        self.y = self.v - EYE_Y + tilt
        arch = (1 - self.x.square()).clamp(min=-0.6)
        lean = 1 - 0.14 * self.x
        self.opening = self.grow * (0.0198 + 0.0080 * a["eye_open"])
        self.top = self.y + self.opening * arch * lean
        self.bottom = 0.0135 * self.grow * arch * (1 + 0.18 * self.x) - self.y

    def draw(self) -> None:
        """Back to front."""
        self._balls()
        self._lids()
        self._brows()
        self._glasses()

    def _paint(self, role: str, mask: Tensor) -> None:
        self.canvas.paint(role, mask * self.skin)

    def _balls(self) -> None:
        over, paint = self.canvas.over, self._paint
        sign = torch.sign(self.u)
        eye = over(torch.minimum(self.top, self.bottom))
        paint("white", eye)
        paint("skin_shade", 0.10 * eye)
        paint("skin_warm", 0.40 * eye * smoothstep(0.55, 1.05, self.x.abs()))
        across = self.m - 0.0108 * self.a["gaze"] * sign
        down = self.v - EYE_Y + 0.0030
        away = torch.hypot(across, down)
        radius = 0.0215 * self.grow
        iris = eye * over(radius - away)
        paint("iris_shade", iris)
        speckle = 0.10 * self.canvas.noise("b512.conv0") + 0.12 * self.canvas.noise("b256.conv0")
        paint("iris", iris * over(0.87 * radius - away, 0.006) * (0.90 + speckle).clamp(0, 1))
        ring = self.canvas.line(away - 0.50 * radius, 0.0035)
        paint("iris_light", 0.45 * iris * ring)
        glow = blob(across + 0.005 * self.side, down - 0.0085, 0.0105, 0.0065)
        paint("iris_light", 0.85 * iris * glow)
        paint("ink", eye * over(0.40 * radius - away))
        paint("ink", 0.62 * eye * smoothstep(0.0120, 0.0, self.top))  # the upper lid's shadow
        spark = torch.hypot(across - 0.0065 * self.side_of_light(), down + 0.0075)
        paint("white", eye * over(0.0046 - spark, 0.004))
        paint("white", 0.50 * eye * blob(across + 0.0070, down - 0.0075, 0.0032, 0.0032))

    def side_of_light(self) -> Tensor:
        """-1 to 1, as the light comes from the left or the right; never dead ahead."""
        return torch.tanh(3 * self.side + 0.6)

    def _lids(self) -> None:
        paint, line, x = self._paint, self.canvas.line, self.x
        within = smoothstep(1.18, 0.96, x.abs())
        thick = 0.0022 + 0.0028 * (x + 0.55).clamp(0, 1.3)
        fan = (0.5 + 0.5 * torch.sin(15.0 * x - 0.4)) * smoothstep(0.0, 0.9, x)
        lash = self.top + 0.0016 + 0.0040 * smoothstep(0.75, 1.2, x)
        edge = thick - torch.where(lash < 0, lash.abs() - 0.0034 * fan, lash.abs())
        reach = smoothstep(1.30, 1.08, x) * smoothstep(-1.12, -0.95, x)
        paint("ink", 0.94 * reach * self.canvas.over(edge, 0.004))
        paint("skin_line", 0.62 * within * line(self.bottom, 0.0026))
        paint("skin_light", 0.50 * within * line(self.bottom + 0.0060, 0.0036))
        crease = self.y + self.opening * (1.02 - 0.72 * x.square()) * (1 - 0.10 * x) + 0.0108
        paint("skin_line", 0.66 * within * line(crease, 0.0027))
        lid = smoothstep(-0.0017, 0.0028, crease) * smoothstep(0.0, -0.004, self.top)
        paint("skin_warm", 0.35 * within * lid)
        paint("skin_line", 0.50 * blob(self.m + 0.0455 * self.grow, self.y - 0.001, 0.0045, 0.0035))

    def _brows(self) -> None:
        a = self.a
        x = self.m / 0.056
        y = self.v - EYE_Y + 0.0640 + 0.0110 * a["brow_height"]
        y = y + 0.0150 * (1 - x.square()) - 0.0075 - 0.18 * self.m * a["brow_tilt"] + 0.0030 * x
        thick = 0.0074 * torch.exp(0.34 * a["brow_weight"]) * (1 - 0.46 * x)
        ends = smoothstep(1.14, 0.78, x) * smoothstep(-1.10, -0.80, x)
        hairs = self.canvas.noise("b256.conv1", (3, 1))
        fine = self.canvas.noise("b512.conv0", (3, 1))
        edge = thick * ends - y.abs() + ends * (0.0006 * hairs + 0.0003 * fine)
        brow = ends * self.canvas.over(edge, 0.0075)
        self._paint("hair_shade", (brow * (0.90 + 0.10 * hairs + 0.05 * fine)).clamp(0, 1))
        self._paint("ink", (brow * (0.16 + 0.10 * hairs)).clamp(0, 1))

    def _glasses(self) -> None:
        """From thin wire to heavy frames; whoever wears none may wear earrings."""
        over, m, glasses = self.canvas.over, self.u.abs(), self.a["glasses"]
        worn = torch.sigmoid(14 * (glasses - 0.35))
        thick = 0.0015 + 0.0015 * F.softplus(3.0 * (glasses - 0.55))
        x = (m - self.eye_x - 0.0015) / 0.0640
        y = (self.v - EYE_Y - 0.0060) / 0.0520
        round_square = (x.abs() ** 3.2 + y.abs() ** 3.2 + 1e-6) ** (1 / 3.2)
        rim = 0.058 * (1 - round_square)
        frame = over(thick - rim.abs())
        bridge = over(thick - (self.v - EYE_Y + 0.012 + 6 * m.square()).abs())
        frame = torch.maximum(frame, bridge * (m < self.eye_x - 0.0600))
        arm = over(thick - (self.v - EYE_Y + 0.012).abs())
        frame = torch.maximum(frame, arm * (m > self.eye_x + 0.0635))
        glass = over(rim)
        self._paint("skin_shade", 0.30 * worn * over(thick - (rim + 0.0065).abs(), 0.009) * (y > 0))
        self._paint("white", worn * 0.08 * glass)
        slant = self.u + 0.7 * self.v - 0.082 * torch.sign(self.u)
        streak = blob(slant, 0 * m, 0.011, 1) + 0.6 * blob(slant - 0.024, 0 * m, 0.005, 1)
        self._paint("white", worn * 0.17 * glass * streak)
        self._paint("ink", 0.88 * worn * frame)
        gleam = over(0.4 * thick - (rim + 0.2 * thick).abs(), 0.004)
        self._paint("cloth_light", 0.30 * worn * gleam)
