"""Paints a portrait back to front: backdrop, hair, shoulders, neck, ears, face, hair, paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import border_weights, pixel_centres
from stylestudio.training.portraits.attributes import SPACE
from stylestudio.training.portraits.palette import mix_colours
from stylestudio.training.portraits512.backdrop import paint_backdrop
from stylestudio.training.portraits512.body import Body, Ears
from stylestudio.training.portraits512.canvas import Canvas, blob
from stylestudio.training.portraits512.eyes import Eyes
from stylestudio.training.portraits512.face import Face
from stylestudio.training.portraits512.hair import Hair
from stylestudio.training.portraits512.head import Head
from stylestudio.training.portraits512.palette import SHADES, TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

# Where features may be (left, top, right, bottom): small windows of the picture hold most work.
FACE_WINDOW = (0.17, 0.16, 0.83, 0.84)
EARS_WINDOW = (0.14, 0.30, 0.86, 0.76)
BODY_WINDOW = (0.0, 0.44, 1.0, 1.0)
EYES_WINDOW = (0.19, 0.24, 0.81, 0.62)


def _paint(a: Mapping[str, Tensor], noises: Mapping[str, Tensor], resolution: int) -> Tensor:
    """The finished pictures [N, 3, R, R] in 0..1."""
    x, y = pixel_centres(resolution, a["yaw"])
    colours = mix_colours(a, TABLE, SHADES)
    picture = colours["sky"].repeat(1, 1, resolution, resolution)
    canvas = Canvas(a, noises, resolution, colours, picture)
    head = Head(a, x, y)
    hair = Hair(canvas, head)
    ears = Ears(canvas.window(*EARS_WINDOW), head)
    paint_backdrop(canvas, head.side, x, y)
    dark, light = hair.shades()
    canvas.paint("hair_shade", hair.behind)
    canvas.paint("hair", hair.behind * (0.4 * light + 0.35).clamp(0, 1))
    body = Body(canvas.window(*BODY_WINDOW), head, x, y)
    body.neck()
    body.clothes()
    ears.draw()
    _paint_skin(canvas, head, hair)
    Face(canvas.window(*FACE_WINDOW), head).draw()
    Eyes(canvas.window(*EYES_WINDOW), head).draw()
    ears.wear_rings()
    canvas.paint("hair", hair.front)
    canvas.paint("hair_shade", 0.85 * hair.front * dark)
    canvas.paint("hair_light", hair.front * light)
    return _on_paper(canvas, x, y)


def _paint_skin(canvas: Canvas, head: Head, hair: Hair) -> None:
    face = canvas.over(head.inside)
    shadow, light = head.lit()
    canvas.paint("skin", face)
    # A little wider than the face, or its soft edge would shine in front of a dark neck.
    face = canvas.over(head.inside + 0.002)
    canvas.paint("skin_warm", face * (0.80 * shadow).clamp(0, 1))
    canvas.paint("skin_shade", face * (0.72 * shadow.square()).clamp(0, 1))
    canvas.paint("skin_light", face * (0.48 * light).clamp(0, 1))
    fall = face * hair.shadow_on_face()
    canvas.paint("skin_warm", 0.50 * fall)
    canvas.paint("skin_shade", 0.38 * fall)


def _on_paper(canvas: Canvas, x: Tensor, y: Tensor) -> Tensor:
    grain = canvas.noise("b512.conv1")
    fibre = canvas.noise("b256.conv1")
    broad = canvas.noise("b128.conv1")
    corner = (x - 0.5).square() + (y - 0.5).square()
    shade = 1.02 - 0.20 * corner + 0.018 * grain + 0.008 * fibre + 0.007 * broad
    return (canvas.picture * shade.unsqueeze(1)).clamp(0, 1)


class Portraits512:
    """People under soft light, before a painted backdrop, with detail for 512 pixels.

    The attributes are those of Portraits, in the same groups.
    """

    name = "Portraits 512"
    noise_layers = frozenset(
        {f"b{r}.{layer}" for r in (32, 64, 128, 256, 512) for layer in ("conv0", "conv1")}
        | {"b16.conv1"}
    )
    seen_at = 128
    space = SPACE

    def render(self, attributes: Tensor, noises: Mapping[str, Tensor], resolution: int) -> Tensor:
        """Paint attributes [N, 52] -> pictures [N, 3, R, R] in -1..1 (see `Scene`).

        A processor paints one picture at a time: its maps then stay in the cache.
        """
        at_once = 1 if attributes.device.type == "cpu" else len(attributes)
        pictures = []
        for i in range(0, len(attributes), at_once):
            part = slice(i, i + at_once)
            a = self.space.named(attributes[part])
            maps = {name: noise[part] for name, noise in noises.items()}
            pictures.append(_paint(a, maps, resolution))
        return torch.cat(pictures) * 2 - 1

    def loss_weights(self, resolution: int) -> Tensor:
        """The features fill few pixels and say the most (see `Scene`)."""
        x, y = pixel_centres(resolution, torch.zeros(()))
        features = 0.65 + 1.6 * blob(x - 0.5, y - 0.51, 0.23, 0.22)[0]
        return features * border_weights(resolution)
