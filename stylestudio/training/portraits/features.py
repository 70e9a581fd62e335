"""The features of a face, drawn on its own coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import coverage, noise_field, smoothstep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from stylestudio.training.portraits.head import Head

    Paint = Callable[[str, Tensor], None]  # role of a colour, mask [N, R, R]


def blob(x: Tensor, y: Tensor, width: float | Tensor, height: float | Tensor) -> Tensor:
    """A soft round spot: 1 at the centre, near 0 at twice the given half axes."""
    return torch.exp(-(x / width).square() - (y / height).square())


class Face:
    """Paints the features of one batch of faces through `paint(role, mask)`."""

    def __init__(
        self,
        a: Mapping[str, Tensor],
        noises: Mapping[str, Tensor],
        head: Head,
        window: tuple[slice, slice],  # the rows and columns to paint
        paint: Paint,
    ) -> None:
        self.a = a
        self.noises = noises
        self.window = (slice(None), *window)
        self.resolution = head.u.shape[-1]
        self.paint = paint
        self.u, self.v = head.u[self.window], head.v[self.window]
        self.skin = coverage(head.inside[self.window], self.resolution, 0.008)
        self.yaw, self.side = head.yaw, head.side
        self.eye_x = 0.0855 * (1 + 0.080 * a["eye_spacing"])
        self.eye_y = 0.012
        self.nose_y = 0.086 + 0.0140 * a["nose_length"]
        self.mouth_y = 0.154 + 0.0070 * a["nose_length"]

    def draw(self) -> None:
        """Everything on the skin, back to front."""
        self._sockets()
        self._blush()
        self._freckles()
        self._age()
        self._nose()
        self._mouth()
        self._eyes()
        self._brows()
        self._glasses()

    def _paint(self, role: str, mask: Tensor) -> None:
        self.paint(role, mask * self.skin)

    def _noise(self, name: str, blur: tuple[int, int] = (1, 1)) -> Tensor | float:
        noise = noise_field(self.noises, name, self.resolution, blur)
        return noise[self.window] if isinstance(noise, torch.Tensor) else noise

    def _over(self, distance: Tensor, softness: float = 0.006) -> Tensor:
        return coverage(distance, self.resolution, softness)

    def _sockets(self) -> None:
        x = self.u.abs() - self.eye_x
        y = self.v - self.eye_y
        self._paint("skin_shade", 0.42 * blob(x, y + 0.016, 0.062, 0.036))
        self._paint("skin_light", 0.30 * blob(x - 0.012, y - 0.062, 0.050, 0.024))
        self._paint("skin_light", 0.25 * blob(self.u, self.v + 0.105, 0.075, 0.035))
        self._paint("skin_light", 0.22 * blob(self.u, self.v - 0.218, 0.030, 0.018))

    def _blush(self) -> None:
        young = 1 - self._years()
        where = blob(self.u.abs() - 0.115, self.v - 0.080, 0.058, 0.038)
        self._paint("lips", (0.06 + 0.34 * young) * where)

    def _freckles(self) -> None:
        where = blob(self.u.abs() - 0.070, self.v - 0.072, 0.095, 0.044)
        amount = torch.sigmoid(1.6 * self.a["freckles"] - 0.5)
        spots = torch.zeros_like(self.u)
        for name, strength in (("b64.conv1", 0.70), ("b128.conv0", 0.70), ("b128.conv1", 0.40)):
            noise = self._noise(name)
            if isinstance(noise, torch.Tensor):
                spots = spots + strength * smoothstep(0.5, 1.8, noise)
        self._paint("skin_shade", 0.55 * amount * where)
        self._paint("skin_line", (0.95 * spots * amount * where).clamp(0, 1))

    def _years(self) -> Tensor:
        """How old the skin looks, 0..1."""
        return torch.sigmoid(1.5 * self.a["age"] - 0.7)

    def _age(self) -> None:
        m, y = self.u.abs(), self.v
        fold_x = 0.048 + 0.30 * (y - self.nose_y) + 0.004 * self.a["smile"]
        along = smoothstep(-0.012, 0.012, y - self.nose_y) * (
            1 - smoothstep(0.060, 0.095, y - self.nose_y)
        )
        lines = along * torch.exp(-((m - fold_x) / 0.0105).square())
        bag = y - self.eye_y - 0.056 + 2.6 * (m - self.eye_x).square()
        lines = lines + torch.exp(-(bag / 0.0090).square()) * blob(m - self.eye_x, 0 * y, 0.040, 1)
        for height in (0.128, 0.156):
            wave = y + height - 0.35 * m.square()
            lines = lines + 0.75 * torch.exp(-(wave / 0.0085).square()) * blob(m, 0 * y, 0.085, 1)
        beside = m - self.eye_x - 0.073
        for slope in (-0.45, 0.45):  # crow's feet
            foot = y - self.eye_y - slope * (beside + 0.030)
            lines = lines + 0.8 * torch.exp(-(foot / 0.0062).square()) * blob(
                beside, 0 * y, 0.018, 1
            )
        hollow = blob(m - 0.125, y - 0.125, 0.030, 0.050)
        self._paint("skin_shade", (0.50 * self._years() * hollow).clamp(0, 1))
        self._paint("skin_line", (0.82 * self._years() * lines).clamp(0, 1))

    def _nose(self) -> None:
        a = self.a
        x = self.u - 0.10 * self.yaw
        y = self.v - self.nose_y
        width = 0.041 * torch.exp(0.31 * a["nose_width"])
        bridge = smoothstep(-0.105, -0.03, y) * (1 - smoothstep(-0.01, 0.01, y))
        slant = x + self.side * (0.45 * width + 0.10 * (y + 0.05).clamp(min=0))
        self._paint("skin_shade", 0.62 * bridge * self.side.abs() * blob(slant, 0 * y, 0.013, 1))
        self._paint("skin_shade", 0.70 * blob(x.abs() - width, y - 0.002, 0.014, 0.020))
        self._paint("skin_shade", 0.90 * blob(x, y - 0.026, width * 1.05, 0.0125))
        wide = 0.36 * width  # the light along the bridge is as wide as the nose
        self._paint("skin_light", 0.55 * bridge * blob(x - 0.006 * self.side, 0 * y, wide, 1))
        self._paint("skin_light", 0.75 * blob(x - 0.007 * self.side, y + 0.002, wide, 0.013))
        wing = torch.hypot((x.abs() - 0.72 * width) / (0.42 * width), (y - 0.004) / 0.0185) - 1
        outer = smoothstep(0.70, 0.95, x.abs() / width) * smoothstep(-0.014, 0.002, y)
        self._paint("skin_line", 0.75 * outer * torch.exp(-(0.017 * wing / 0.0042).square()))
        nostril = 1 - torch.hypot((x.abs() - 0.52 * width) / (0.28 * width), (y - 0.0180) / 0.0062)
        self._paint("skin_line", 0.85 * self._over(0.008 * nostril))

    def _mouth(self) -> None:
        a = self.a
        half = 0.073 * torch.exp(0.20 * a["mouth_width"])
        x = (self.u - 0.045 * self.yaw) / half
        bow = x.square().clamp(max=1.4)
        y = self.v - self.mouth_y + 0.0200 * (a["smile"] + 0.6) * (bow - 0.35)
        taper = (1 - bow).clamp(min=-0.3)
        gap = 0.0260 * torch.sigmoid(1.4 * a["mouth_open"] - 0.8) * taper
        full = torch.exp(0.46 * a["lips"])
        dip = 1 - 0.34 * torch.exp(-((x / 0.20).square()))
        upper = 0.0170 * full * taper * dip
        lower = 0.0230 * full * taper * (0.8 + 0.2 * taper)
        self._paint("skin_shade", 0.50 * blob(x, y - gap - lower - 0.016, 0.62, 0.011))
        self._paint("skin_light", 0.16 * blob(x, y + gap + upper + 0.012, 0.25, 0.010))
        above, below = y + gap + upper, gap + lower - y
        lips = self._over(torch.minimum(above, below), 0.007)
        self._paint("lips", lips)
        self._paint("lips_shade", 0.75 * lips * smoothstep(0.004, -0.010, y))
        self._paint("lips_light", 0.55 * lips * blob(x, y - gap - 0.55 * lower, 0.34, 0.0055))
        hole = self._over(gap - y.abs() + 0.0005, 0.006) * (x.abs() < 1)
        self._paint("mouth", hole)
        teeth = hole * smoothstep(0.0045, -0.0015, y + 0.15 * gap - 0.002)
        self._paint("white", 0.85 * teeth * torch.sigmoid(6 * a["mouth_open"] - 2).expand_as(teeth))
        line = torch.exp(-((y.abs() - gap).clamp(min=0) / 0.0032).square())
        self._paint("mouth", 0.75 * line * smoothstep(1.10, 0.90, x.abs()))

    def _eyes(self) -> None:
        a = self.a
        grow = torch.exp(0.165 * a["eye_size"])
        sign = torch.sign(self.u)
        m = self.u.abs() - self.eye_x
        y = self.v - self.eye_y + 0.20 * m * (0.25 + 0.95 * a["eye_tilt"])
        x = m / (0.0525 * grow)
        arch = (1 - x.square()).clamp(min=-0.6)
        opening = grow * (0.0275 + 0.0098 * a["eye_open"])
        top = y + opening * arch * (1 - 0.12 * x)
        bottom = 0.0185 * grow * arch - y
        inside = torch.minimum(top, bottom)
        eye = self._over(inside, 0.006)
        self._paint("white", eye)
        self._paint("skin_shade", 0.55 * eye * smoothstep(0.016, 0.0, top))
        iris_x = m - 0.0120 * a["gaze"] * sign
        away = torch.hypot(iris_x, self.v - self.eye_y + 0.003)
        radius = 0.0285 * grow
        iris = eye * self._over(radius - away, 0.006)
        self._paint("iris_shade", iris)
        self._paint("iris", iris * self._over(0.86 * radius - away, 0.007))
        glow = blob(iris_x, self.v - self.eye_y - 0.008, 0.013, 0.009)
        self._paint("iris_light", 0.8 * iris * glow)
        self._paint("ink", eye * self._over(0.42 * radius - away, 0.006))
        self._paint("ink", 0.35 * iris * smoothstep(0.010, 0.002, top))
        spark = torch.hypot(iris_x - sign * 0.0075, self.v - self.eye_y + 0.011)
        self._paint("white", eye * self._over(0.0058 - spark, 0.005))
        self._lids(x, y, top, bottom, opening)

    def _lids(self, x: Tensor, y: Tensor, top: Tensor, bottom: Tensor, opening: Tensor) -> None:
        within = smoothstep(1.22, 0.98, x.abs())
        thick = 0.0042 + 0.0030 * (x + 0.4).clamp(0, 1.2)
        lash = self._over(thick - (top + 0.0022).abs(), 0.006) * within
        self._paint("ink", 0.92 * lash)
        self._paint("skin_line", 0.50 * within * torch.exp(-(bottom / 0.0042).square()))
        crease = y + opening * (1.05 - 0.75 * x.square()) + 0.0145
        self._paint("skin_line", 0.60 * within * torch.exp(-(crease / 0.0045).square()))

    def _brows(self) -> None:
        a = self.a
        m = self.u.abs() - self.eye_x
        x = m / 0.062
        y = self.v - self.eye_y + 0.077 + 0.0110 * a["brow_height"]
        y = y + 0.016 * (1 - x.square()) - 0.008 - 0.18 * m * a["brow_tilt"] + 0.004 * x
        thick = 0.0092 * torch.exp(0.32 * a["brow_weight"]) * (1 - 0.42 * x)
        ends = smoothstep(1.12, 0.82, x.abs())
        hairs = self._noise("b128.conv1")
        brow = self._over(thick * ends - y.abs() + 0.0009 * hairs * ends, 0.007)
        self._paint("hair_shade", 0.90 * brow * ends)

    def _glasses(self) -> None:
        amount = torch.sigmoid(2.6 * self.a["glasses"] - 1.1)
        m = self.u.abs()
        x = (m - self.eye_x - 0.002) / 0.073
        y = (self.v - self.eye_y - 0.008) / 0.060
        round_square = (x.square().square() + y.square().square() + 1e-6).pow(0.25)
        rim = 0.066 * (1 - round_square)
        thick = 0.0048
        frame = self._over(thick - rim.abs(), 0.006)
        bridge = self._over(thick - (self.v - self.eye_y + 0.010 + 3 * m.square()).abs(), 0.006)
        frame = torch.maximum(frame, bridge * (m < 0.03))
        arm = self._over(thick - (self.v - self.eye_y + 0.012).abs(), 0.006)
        frame = torch.maximum(frame, arm * (m > self.eye_x + 0.073))
        glass = self._over(rim, 0.006)
        self._paint("white", amount * 0.10 * glass)
        streak = torch.exp(-((self.u + 0.7 * self.v - 0.085 * torch.sign(self.u)) / 0.012).square())
        self._paint("white", amount * 0.16 * glass * streak)
        self._paint("cloth_shade", 0.30 * amount * frame)
        self._paint("ink", 0.85 * amount * frame)
