"""Paints a landscape back to front: sky, sun, clouds, ranges, mist, lake, foreground, paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import (
    Drawing,
    blend,
    border_weights,
    coverage,
    crags,
    noise_field,
    pixel_centres,
    smoothstep,
    triangle,
)
from stylestudio.training.horizons.palette import mix_palette
from stylestudio.training.horizons.terrain import (
    Boulders,
    Range,
    flanks,
    horizon_line,
    raise_ranges,
    water_line,
    wooded,
)
from stylestudio.training.scene import AttributeSpace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

CLOUDS = (  # x, height above the horizon, half length, half thickness
    (0.20, 0.31, 0.32, 0.026),
    (0.80, 0.38, 0.28, 0.028),
    (0.62, 0.22, 0.34, 0.020),
    (0.10, 0.45, 0.24, 0.022),
)
FLOCK = (  # x and y from the sun, half span
    (0.080, -0.030, 0.046),
    (0.150, 0.005, 0.036),
    (0.135, -0.060, 0.030),
)
REACH = 0.6  # of the range of attributes that move shapes; the whole takes longer to learn


def wings(x: Tensor, y: Tensor, pixel: float) -> Tensor:
    """How much a bird covers of a pixel, by its place in half spans from the body [N, R, R].

    Two wings rise from the body and bend down again towards their tips; `pixel` is the side of one
    in half spans.
    """
    out = x.abs().clamp(max=1.2)
    above = y + 0.37 * torch.sin(2.3 * out) - 0.15
    thick = torch.clamp(0.2 - 0.09 * out, min=0.5 * pixel)
    return _bell(above / thick) * smoothstep(1.1, 0.9, out)


def _bell(x: Tensor) -> Tensor:
    return torch.exp(-x.square())


class Painter(Drawing):
    """One batch of landscapes in the making: attributes, noise, palette and coordinates."""

    def __init__(
        self, a: Mapping[str, Tensor], noises: Mapping[str, Tensor], resolution: int
    ) -> None:
        super().__init__(a, noises, resolution)
        self.x, self.y = pixel_centres(resolution, a["horizon"])
        self.colours = mix_palette(a)
        self.horizon = horizon_line(a)
        self.sun_x = 0.5 + 0.21 * a["sun_x"]
        self.sun_y = self.horizon - 0.20 - 0.095 * a["sun_y"]
        self.sun_radius = 0.062 * torch.exp(0.6 * a["sun_size"])
        self.from_sun = torch.hypot(self.x - self.sun_x, self.y - self.sun_y)
        self.boulders = Boulders.from_noises(noises, resolution)
        self.mist = 0.52 + 0.26 * a["mist"]

    def paint(self) -> Tensor:
        """The finished pictures [N, 3, R, R] in 0..1."""
        ranges = raise_ranges(self.a, self.boulders, self.x, self.y)
        picture = self._birds(self._clouds(self._sun(self._stars(self._sky()))))
        for i, hills in enumerate(ranges[:3]):
            picture = self._range(picture, hills, i)
        picture = self._lake(picture)
        for i, hills in enumerate(ranges[3:], 3):
            picture = self._range(picture, hills, i)
        return self._paper(picture)

    def _sky(self) -> Tensor:
        t = (self.y / self.horizon).clamp(0, 1).expand(-1, -1, self.resolution)
        c = self.colours
        picture = c["sky_top"].expand(-1, -1, self.resolution, self.resolution)
        picture = blend(picture, c["sky_middle"], smoothstep(0.0, 0.68, t))
        return blend(picture, c["sky_low"], smoothstep(0.45, 1.0, t))

    def _stars(self, picture: Tensor) -> Tensor:
        dark = (1 - self.colours["sky_top"].mean(1) * 1.7).clamp(0, 1)
        bright = 0.35 + 0.65 * dark  # the first are out by day
        many = 0.5 * self.a["stars"]
        height = (1 - self.y / self.horizon).clamp(0, 1)
        large = noise_field(self.noises, "b128.conv1", self.resolution)
        small = noise_field(self.noises, "b256.conv0", self.resolution)
        light = torch.zeros_like(picture[:, 0])
        if isinstance(large, torch.Tensor):
            light = light + (3.0 * (large - 1.9 + many)).clamp(0, 1)
        if isinstance(small, torch.Tensor):
            light = light + 0.8 * (small - 2.4 + many).clamp(0, 1)
        light = light * height + self._milky_way()
        return blend(picture, self.colours["sun"], (light * bright).clamp(0, 1))

    def _milky_way(self) -> Tensor:
        """How bright the sky is from stars too small to tell apart [N, R, R]."""
        across = self.horizon - 0.30 + 0.30 * (self.x - 0.5) - self.y
        along = 0.75 + 0.25 * torch.sin(9 * self.x + 4 * self.y)
        return (0.19 + 0.1 * self.a["stars"]) * along * _bell(across / 0.11)

    def _sun(self, picture: Tensor) -> Tensor:
        radius, away = self.sun_radius, self.from_sun
        halo = torch.exp(0.5 * self.a["halo"])
        glow = 0.66 * torch.exp(-(away - radius).clamp(min=0) / (0.13 * halo))
        picture = blend(picture, 0.5 * (self.colours["sun"] + self.colours["sky_low"]), glow)
        for factor, amount in ((2.9, 0.10), (1.9, 0.16)):
            ring = coverage(radius * (1 + (factor - 1) * halo) - away, self.resolution, 0.05)
            picture = blend(picture, self.colours["sun"], amount * ring)
        return blend(picture, self.colours["sun"], coverage(radius - away, self.resolution, 0.014))

    def _clouds(self, picture: Tensor) -> Tensor:
        opacity = 0.45 + 0.17 * self.a["clouds"]
        colour = 0.55 * self.colours["sky_low"] + 0.45 * self.colours["snow"]
        for body in self._cloud_bodies():
            picture = blend(picture, colour, opacity * smoothstep(-0.3, 1.0, body))
        return picture

    def _cloud_bodies(self) -> Iterator[Tensor]:
        """How deep a pixel lies within each cloud [N, R, R]: above 0 inside, 1 at its heart."""
        wisps = noise_field(self.noises, "b32.conv1", self.resolution, blur=(1, 3))
        amount = torch.exp(0.5 * self.a["clouds"])
        for i, (x, height, length, thickness) in enumerate(CLOUDS):
            centre = x + 0.16 * self.a["cloud_drift"] * (-1) ** i
            dy = self.y - (self.horizon - height - 0.035 * self.a["cloud_height"])
            dx = (self.x - centre) / (length * (0.75 + 0.25 * amount))
            wave = 1 + 0.4 * torch.sin(6 * dx + 1.7 * i)
            flat = torch.where(dy > 0, 2.4 * dy, dy / wave) / (1.7 * thickness * amount)
            yield 1 - dx.square() - flat.square() + 0.07 * wisps

    def _birds(self, picture: Tensor) -> Tensor:
        """A flock beside the sun, against the light: as dark as the sky behind allows."""
        for x, y, span in FLOCK:
            pixel = 1 / (span * self.resolution)
            bird = wings((self.x - self.sun_x - x) / span, (self.y - self.sun_y - y) / span, pixel)
            picture = picture * (1 - 0.75 * bird).unsqueeze(1)
        return picture

    def _range(self, picture: Tensor, hills: Range, index: int) -> Tensor:
        c = self.colours
        start, end = ("far", "between") if index < 3 else ("between", "near")
        share = (0.0, 0.42, 0.85, 0.5, 0.97)[index]
        colour = torch.lerp(c[start], c[end], share)
        haze = (0.42, 0.32, 0.27, 0.17, 0.05)[index]
        colour = torch.lerp(colour, c["sky_low"], haze * self.mist[:, None] * 0.8)
        body = colour.expand_as(picture)
        near_sun = torch.exp(-((self.x - self.sun_x) / 0.28).square()).expand_as(body[:, 0])
        body = blend(body, c["sun"], (0.14, 0.12, 0.14, 0.09, 0.03)[index] * near_sun)
        if index == 1:
            body = self._rock(body, hills)
        canopy = smoothstep(0.045, 0.0, hills.depth) * (0.8 + 0.2 * triangle(31 * self.x))
        body = blend(body, c["near"], (0, 0, 0.4, 0.45, 0.3)[index] * wooded(self.a) * canopy)
        reach = (0.10, 0.17, 0.10, 0.16, 0.25)[index]
        fog = smoothstep(0.0, 1.0, hills.depth / reach - 0.25 + 0.35 * self.a["mist_height"])
        body = blend(body, c["sky_low"], (1.9 * haze + 0.13) * fog * self.mist)
        return torch.lerp(picture, body, hills.cover.unsqueeze(1))

    def _rock(self, body: Tensor, hills: Range) -> Tensor:
        """Light and shadow on the flanks, and snow on the heights."""
        c = self.colours
        fade = torch.exp(-hills.depth.clamp(min=0) / 0.2)
        flank = flanks(self.a, self.x, hills.depth, self.boulders)
        facing = torch.tanh(1.2 * flank) * torch.tanh(3 * (self.x - self.sun_x))
        strength = 0.5 + 0.27 * self.a["facets"]
        body = blend(body, c["sun"], 0.7 * strength * fade * facing.clamp(min=0))
        body = blend(body, c["between"], 0.9 * strength * fade * (-facing).clamp(min=0))
        above = self._above_snowline()
        white = torch.lerp(c["snow"], c["far"], 0.15)
        white = white.expand_as(body)
        white = blend(white, c["far"], 0.75 * strength * (-facing).clamp(min=0))
        return torch.lerp(body, white, coverage(above, self.resolution, 0.03).unsqueeze(1))

    def _above_snowline(self) -> Tensor:
        """How far a pixel lies above the snow line [N, R, R]."""
        b = self.boulders
        frost = 0.016 * crags(self.x, (8, 17), 0.2) + 0.001 * b.small + 0.0015 * b.gravel
        return self.horizon - 0.125 + 0.055 * self.a["snow"] + frost - self.y

    def _lake(self, picture: Tensor) -> Tensor:
        c, shore = self.colours, water_line(self.a)
        depth = self.y - shore
        below = (depth / (1 - self.horizon)).clamp(0, 1).expand(-1, -1, self.resolution)
        mirrored = blend(
            torch.lerp(c["sky_low"], c["between"], 0.25).expand_as(picture), c["sky_middle"], below
        )
        tint = 0.6 * c["sky_middle"] + 0.4 * c["between"]
        water = blend(mirrored, tint, 0.25 + 0.9 * depth.clamp(0, 0.5).expand_as(mirrored[:, 0]))
        away = (self.x - self.sun_x).abs() / (0.035 + 0.22 * depth.clamp(min=0))
        path = torch.exp(-away.square())
        water = blend(water, c["sun"], 0.22 * path)
        for name, strength in (("b128.conv1", 0.5), ("b256.conv0", 0.5)):
            ripples = noise_field(self.noises, name, self.resolution, blur=(1, 3))
            if isinstance(ripples, torch.Tensor):
                water = blend(water, c["sun"], strength * path * (ripples - 0.3).clamp(0, 1))
                water = blend(water, c["sky_low"], 0.5 * strength * (ripples - 1.3).clamp(0, 1))
        cover = coverage(depth, self.resolution, 0.012).unsqueeze(1)
        return torch.lerp(picture, water, cover.expand_as(picture))

    def _paper(self, picture: Tensor) -> Tensor:
        grain = noise_field(self.noises, "b256.conv1", self.resolution)
        amount = 0.0105 * torch.exp(0.7 * self.a["grain"])
        corner = (self.x - 0.5).square() + (self.y - 0.5).square()
        shade = 1 - 0.22 * corner + amount * grain
        return (picture * shade.unsqueeze(1)).clamp(0, 1)


class Horizons:
    """The scene of the built-in model: layered landscapes under a sun or a moon."""

    name = "Horizons"
    noise_layers = frozenset(
        ("b32.conv1", "b64.conv0", *(f"b{r}.conv{i}" for r in (128, 256) for i in (0, 1)))
    )
    seen_at = 256  # stars and grain show in nothing coarser
    space = AttributeSpace(
        coarse=(
            "horizon",
            "lake",
            "sun_x",
            "sun_y",
            "sun_size",
            "left_place",
            "left_height",
            "right_place",
            "right_height",
            "steepness",
            "far_range",
            "rolling",
            "spacing",
            "valley",
            "framing",
        ),
        middle=(
            "ruggedness",
            "mist",
            "mist_height",
            "clouds",
            "cloud_height",
            "cloud_drift",
            "forest",
            "snow",
            "facets",
            "halo",
        ),
        fine=(
            "night",
            "warmth",
            "drama",
            "season",
            "land_hue",
            "sky_hue",
            "saturation",
            "light",
            "contrast",
            "stars",
            "grain",
        ),
    )

    def render(self, attributes: Tensor, noises: Mapping[str, Tensor], resolution: int) -> Tensor:
        """Paint attributes [N, 36] -> pictures [N, 3, R, R] in -1..1 (see `Scene`)."""
        a = self.space.named(attributes)
        for name in (*self.space.coarse, "cloud_height", "cloud_drift"):
            a[name] = REACH * a[name]
        return Painter(a, noises, resolution).paint() * 2 - 1

    def loss_weights(self, resolution: int) -> Tensor:
        """All places count alike but the border, which shows in any picture (see `Scene`)."""
        return border_weights(resolution)
