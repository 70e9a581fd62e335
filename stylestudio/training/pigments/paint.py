"""Paints marbled paper: colours between the contours of a flow, folds, gold, flecks and grain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import (
    Drawing,
    border_weights,
    coverage,
    noise_field,
    smoothstep,
)
from stylestudio.training.pigments.attributes import SPACE
from stylestudio.training.pigments.flow import TURN, Flow
from stylestudio.training.pigments.glaze import Glaze
from stylestudio.training.pigments.palette import mix_pigments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

REACH = {"coarse": 0.5, "middle": 0.75}  # of attributes by group; wider takes longer to learn
BODY, ACCENT = -0.02, 0.55  # heights of the contours where these pigments begin
# Flakes of gold leaf: whose noise, and how high it is where one begins; the coarser, the larger.
FLAKES = (("b64.conv1", 2.1), ("b128.conv1", 2.0), ("b256.conv0", 2.6))
HEART = 0.95  # height of the light ring of an accent; the others lie at equal distances


class Painter(Drawing):
    """One batch of sheets in the making."""

    def __init__(
        self, a: Mapping[str, Tensor], noises: Mapping[str, Tensor], resolution: int
    ) -> None:
        super().__init__(a, noises, resolution)
        self.flow = Flow(a, noises, resolution)
        self.colours = mix_pigments(a)
        self.glaze = Glaze(tuple(self.colours), self.flow.height)

    def paint(self) -> Tensor:
        """The finished pictures [N, 3, R, R] in 0..1."""
        body, accent = self.flow.above(BODY), self.flow.above(ACCENT)
        self._flecks(body)
        self._folds()
        width = 0.0095 * torch.exp(0.7 * self.a["veins"])
        self.glaze.lay("gold_light", 0.8 * self._line(body, 0.45 * width))
        self.glaze.lay("gold", self._line(body, width))
        self.glaze.lay("deep", 0.55 * self._line(accent, 0.008))
        self._pigments(body, accent)
        return self._paper(self.glaze.colour(self.colours))

    def _line(self, distance: Tensor, width: float | Tensor) -> Tensor:
        """A line along a contour, thinned where it is narrower than a pixel."""
        finest = 0.7 / self.resolution
        drawn = width.clamp(min=finest) if isinstance(width, torch.Tensor) else max(width, finest)
        return (width / drawn) * torch.exp(-(distance / drawn).square())

    def _edge(self, distance: Tensor) -> Tensor:
        """How far a pigment has come, bled into its neighbour by the paper's feathering."""
        return coverage(distance / torch.exp(0.8 * self.a["feather"]), self.resolution, 0.024)

    def _flecks(self, body: Tensor) -> None:
        """Leaf and pigment that came off: the more, the higher the attribute, most by the veins."""
        more = 0.5 * self.a["specks"]
        near = 0.9 * torch.exp(-body.abs() / 0.07)
        for step, least in FLAKES:
            flakes = noise_field(self.noises, step, self.resolution)
            if isinstance(flakes, torch.Tensor):
                self.glaze.lay("gold_light", smoothstep(least, least + 0.7, flakes + more + near))
        dots = noise_field(self.noises, "b128.conv1", self.resolution)
        if isinstance(dots, torch.Tensor):
            self.glaze.lay("deep", smoothstep(2.1, 2.9, more + 0.5 * near - dots))

    def _folds(self) -> None:
        """Veils across all colours: light all over, most at an edge with a shadow beneath."""
        distance = self.flow.fold
        over = self._edge(distance)
        amount = torch.sigmoid(1.5 * self.a["veil"] - 0.2)
        self.glaze.lay("gold", 0.9 * amount * self._line(distance, 0.0075))
        self.glaze.lay("deep", amount * 0.6 * (1 - over) * torch.exp(distance.clamp(max=0) / 0.06))
        thick = 0.28 + 0.42 * torch.exp(-distance.clamp(min=0) / 0.10)
        self.glaze.lay("light", amount * over * thick)

    def _pigments(self, body: Tensor, accent: Tensor) -> None:
        """Three zones of height, each washed from deep to light and ringed like agate."""
        h, lay = self.flow.height, self.glaze.lay
        wash = torch.sigmoid(1.6 * self.a["wash"] + 0.3)
        mottle = noise_field(self.noises, "b32.conv1", self.resolution, blur=(3, 3))
        mottle = 0.5 * mottle + 0.6 * noise_field(self.noises, "b64.conv1", self.resolution)
        g = h + 0.07 * mottle
        rings = torch.cos(TURN * 1.7 * (h - HEART)) * torch.sigmoid(1.8 * self.a["rings"] + 0.3)
        up, down = rings.clamp(min=0), (-rings).clamp(min=0)
        with self.glaze.within(self._edge(accent)):
            lay("accent_light", 0.6 * up + wash * smoothstep(0.85, 1.4, g) * (1 - 0.6 * up))
            lay("accent_deep", 0.4 * down + 0.6 * wash * smoothstep(0.9, 0.55, g))
            lay("accent", 1.0)
        with self.glaze.within(self._edge(body)):
            lay("body_light", 0.5 * up + 0.5 * wash * smoothstep(0.15, 0.6, g))
            lay("body_deep", 0.4 * down + 0.6 * wash * smoothstep(0.35, -0.02, g))
            lay("body", 1.0)
        lay("ground_light", 0.8 * up)
        lay("ground_deep", 0.6 * wash * smoothstep(-0.30, -0.02, g))
        lay("body", 0.45 * down)
        lay("accent_light", 0.8 * smoothstep(-0.75, -1.4, g))
        lay("ground_light", wash * smoothstep(-1.0, -0.1, g))
        lay("ground", 1.0)

    def _paper(self, picture: Tensor) -> Tensor:
        """Pigment settles in the hollows of the paper, and its fibres show through."""
        hollows = noise_field(self.noises, "b128.conv0", self.resolution, blur=(3, 3))
        hollows = hollows + 0.8 * noise_field(self.noises, "b64.conv0", self.resolution)
        if isinstance(hollows, torch.Tensor):
            picture = picture * (1 - (0.017 * (1.5 + hollows).clamp(min=0)).unsqueeze(1))
        fibre = noise_field(self.noises, "b256.conv1", self.resolution)
        grain = 0.018 * torch.exp(0.75 * self.a["grain"])
        if isinstance(fibre, torch.Tensor):
            picture = picture * (1 - (grain * (1.5 + fibre).clamp(0, 4)).unsqueeze(1))
        return picture


class Pigments:
    """The scene of the built-in model: marbled colour, poured and combed."""

    name = "Pigments"
    noise_layers = frozenset(
        f"b{r}.{layer}" for r in (32, 64, 128, 256) for layer in ("conv0", "conv1")
    )
    seen_at = 256  # specks and grain show in nothing coarser
    space = SPACE

    def render(self, attributes: Tensor, noises: Mapping[str, Tensor], resolution: int) -> Tensor:
        """Paint attributes [N, 37] -> pictures [N, 3, R, R] in -1..1 (see `Scene`)."""
        a = self.space.named(attributes)
        for group, reach in REACH.items():
            for name in getattr(self.space, group):
                a[name] = reach * a[name]
        return Painter(a, noises, resolution).paint() * 2 - 1

    def loss_weights(self, resolution: int) -> Tensor:
        """All places count alike but the border, which shows in any picture (see `Scene`)."""
        return border_weights(resolution)
