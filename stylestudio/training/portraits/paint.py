"""Paints a portrait back to front: backdrop, hair, shoulders, neck, ears, face, hair, paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import Drawing, coverage, noise_field, pixel_centres, smoothstep
from stylestudio.training.portraits.attributes import SPACE
from stylestudio.training.portraits.features import Face, blob
from stylestudio.training.portraits.hair import Hair
from stylestudio.training.portraits.head import Head
from stylestudio.training.portraits.palette import mix_colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


FACE_ROWS, FACE_COLUMNS = (0.1875, 0.8125), (0.15625, 0.84375)


class Painter(Drawing):
    """One batch of portraits in the making."""

    def __init__(
        self, a: Mapping[str, Tensor], noises: Mapping[str, Tensor], resolution: int
    ) -> None:
        super().__init__(a, noises, resolution)
        self.x, self.y = pixel_centres(resolution, a["yaw"])
        self.colours = mix_colours(a)
        self.head = Head(a, self.x, self.y)
        self.hair = Hair(a, noises, self.head, resolution)
        self.side = self.head.side
        self.body_x = self.head.centre_x - 0.02 * a["roll"]
        self.picture = self.colours["sky"].repeat(1, 1, resolution, resolution)

    def paint(self) -> Tensor:
        """The finished pictures [N, 3, R, R] in 0..1."""
        self._backdrop()
        dark, light = self.hair.shades()
        self._paint("hair_shade", self.hair.behind)
        self._paint("hair", self.hair.behind * (0.4 * light + 0.45).clamp(0, 1))
        self._neck()
        self._shoulders()
        self._ears()
        self._skin()
        self._features()
        front = self.hair.front
        self._paint("hair", front)
        self._paint("hair_shade", 0.85 * front * dark)
        self._paint("hair_light", front * light)
        return self._paper()

    def _paint(self, role: str, mask: Tensor) -> None:
        colour = self.colours[role].expand_as(self.picture)
        self.picture.lerp_(colour, mask.unsqueeze(1).expand_as(self.picture))

    def _features(self) -> None:
        """Only where a face may be: a third of the picture holds most of the work."""
        rows, columns = (
            slice(round(low * self.resolution), round(high * self.resolution))
            for low, high in (FACE_ROWS, FACE_COLUMNS)
        )
        window = self.picture[:, :, rows, columns]

        def paint(role: str, mask: Tensor) -> None:
            window.lerp_(self.colours[role].expand_as(window), mask.unsqueeze(1).expand_as(window))

        Face(self.a, self.noises, self.head, (rows, columns), paint).draw()

    def _backdrop(self) -> None:
        a, x, y = self.a, self.x, self.y
        cloud = noise_field(self.noises, "b32.conv0", self.resolution)
        self._paint("sky_light", (0.55 - 0.9 * y + 0.5 * self.side * (x - 0.5)).clamp(0, 1))
        self._paint("sky_shade", (0.9 * (y - 0.45)).clamp(0, 1).expand(-1, -1, self.resolution))
        brush = noise_field(self.noises, "b64.conv0", self.resolution, blur=(1, 3))
        texture = torch.zeros_like(self.head.p) + 0.06 * cloud + 0.05 * brush
        self._paint("sky_light", (0.10 + texture).clamp(0, 1))
        disc_x, disc_y = 0.5 + 0.15 * a["disc_x"], 0.36 + 0.085 * a["disc_y"]
        radius = 0.34 * torch.exp(0.25 * a["disc_size"])
        away = torch.hypot(x - disc_x, y - disc_y)
        self._paint("disc", 0.30 * torch.exp(-(away - radius).clamp(min=0) / 0.06))
        disc = coverage(radius - away, self.resolution, 0.022)
        self._paint("disc", disc * (0.93 + texture).clamp(0, 1))
        ground = y - 0.66 - 0.17 * a["slope"] * (x - 0.5) * 2 - 0.03 * torch.sin(5 * x + 1)
        cover = coverage(ground, self.resolution, 0.012)
        self._paint("sky_shade", cover * (0.80 + texture - 0.6 * ground.clamp(0, 0.5)).clamp(0, 1))

    def _neck(self) -> None:
        head = self.head
        lean = (self.y - 0.5).clamp(0, 0.30) / 0.30
        # Above it follows the jaw, below it stands on the shoulders.
        middle = torch.lerp(self.body_x + 0.35 * (head.centre_x - self.body_x), self.body_x, lean)
        across = (self.x - middle).abs() / head.size
        flare = 0.5 * (self.y - 0.79).clamp(min=0)
        half = 0.092 * (1 + 0.05 * self.a["jaw"]) + flare
        neck = coverage(half - across, self.resolution, 0.008)
        neck = neck * smoothstep(0.45, 0.50, self.y)
        self._paint("skin", neck)
        under_chin = smoothstep(head.chin + 0.115, head.chin - 0.005, head.q)
        self._paint("skin_shade", neck * (0.15 + 0.80 * under_chin))
        turned = self.side * (self.x - middle) / 0.10
        self._paint("skin_shade", neck * (0.45 * (0.1 - turned)).clamp(0, 0.6))
        bone = blob(across - 0.055, self.y - 0.875 + 0.25 * across, 0.045, 0.007)
        self._paint("skin_shade", 0.45 * neck * bone)

    def _shoulders(self) -> None:
        a = self.a
        x = self.x - self.body_x
        out = (x.abs() - 0.085).clamp(min=0)
        width = 0.34 * torch.exp(0.10 * a["shoulders"])
        top = 0.805 - 0.028 * a["shoulders"] + 0.42 * out + 1.6 * (x.abs() - width).clamp(min=0)
        body = coverage(self.y - top, self.resolution, 0.009)
        dip = 0.912 + 0.042 * a["neckline"] - 0.85 * x.square() / 0.10 - 0.55 * x.abs()
        cut = dip - self.y
        open_neck = coverage(cut, self.resolution, 0.008) * (x.abs() < 0.2)
        cloth = body * (1 - open_neck)
        self._paint("cloth", cloth)
        fold = torch.sin(17 * x.abs() + 7 * self.y + 1.2 * a["shoulders"])
        weave = noise_field(self.noises, "b256.conv1", self.resolution)
        grain = noise_field(self.noises, "b128.conv0", self.resolution)
        texture = torch.zeros_like(cloth) + 0.06 * weave + 0.06 * grain
        shade = 0.22 + 1.5 * (self.y - 0.88) - 0.9 * self.side * x - 0.13 * fold + texture
        self._paint("cloth_shade", cloth * shade.clamp(0, 1))
        light = 0.9 * self.side * x - (self.y - top - 0.06) + 0.10 * fold - texture
        self._paint("cloth_light", cloth * light.clamp(0, 0.8))
        rim = torch.exp(-((cut + 0.012) / 0.010).square())
        self._paint("cloth_light", 0.65 * cloth * rim)
        self._paint("cloth_shade", 0.55 * cloth * torch.exp(-((cut + 0.033) / 0.009).square()))

    def _ears(self) -> None:
        head = self.head
        for sign in (-1, 1):
            away = sign * head.yaw  # the ear on the side that the face turns to hides behind it
            hidden = 0.10 * (away + (away.square() + 0.01).sqrt())
            x = sign * head.p - 0.985 * head.half_width + hidden
            y = head.q - 0.028 - 0.10 * x
            inside = 1 - torch.hypot(x / 0.034, y / 0.062)
            ear = coverage(0.035 * inside, self.resolution, 0.007)
            self._paint("skin", ear)
            self._paint("skin_shade", ear * 0.75 * blob(x + 0.004, y, 0.020, 0.036))

    def _skin(self) -> None:
        head = self.head
        face = coverage(head.inside, self.resolution, 0.008)
        shadow, light = head.lit()
        self._paint("skin", face)
        # A little wider than the face, or its soft edge would shine in front of a dark neck.
        face = coverage(head.inside + 0.003, self.resolution, 0.008)
        self._paint("skin_shade", face * (0.95 * shadow).clamp(0, 1))
        self._paint("skin_light", face * (0.42 * light).clamp(0, 1))
        self._paint("skin_shade", 0.55 * face * self.hair.shadow_on_face())

    def _paper(self) -> Tensor:
        grain = noise_field(self.noises, "b256.conv1", self.resolution)
        fibre = noise_field(self.noises, "b128.conv1", self.resolution)
        corner = (self.x - 0.5).square() + (self.y - 0.5).square()
        shade = 1.02 - 0.20 * corner + 0.012 * grain + 0.008 * fibre
        return (self.picture * shade.unsqueeze(1)).clamp(0, 1)


class Portraits:
    """The scene of the built-in model: people under soft light, before a painted backdrop."""

    name = "Portraits"
    noise_layers = frozenset(
        {f"b{r}.{layer}" for r in (32, 64, 128, 256) for layer in ("conv0", "conv1")}
        | {"b16.conv1"}
    )
    seen_at = 128
    space = SPACE

    def render(self, attributes: Tensor, noises: Mapping[str, Tensor], resolution: int) -> Tensor:
        """Paint attributes [N, 52] -> pictures [N, 3, R, R] in -1..1 (see `Scene`)."""
        return Painter(self.space.named(attributes), noises, resolution).paint() * 2 - 1

    def loss_weights(self, resolution: int) -> Tensor:
        """The features fill few pixels and say the most (see `Scene`)."""
        x, y = pixel_centres(resolution, torch.zeros(()))
        return 0.65 + 1.6 * blob(x - 0.5, y - 0.51, 0.23, 0.22)[0]
