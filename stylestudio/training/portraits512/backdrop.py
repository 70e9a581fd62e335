"""What stands behind the person: a sky with a disc, clouds, hills, and sprigs of leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.training.drawing import smoothstep
from stylestudio.training.portraits512.canvas import bell, blob

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.training.portraits512.canvas import Canvas

LEAF = 0.078  # from one pair of leaves to the next, of the side


def paint_backdrop(canvas: Canvas, side: Tensor, x: Tensor, y: Tensor) -> None:
    """Back to front; `side` is where the light comes from [N, 1, 1], -1 to 1."""
    a, paint, over = canvas.a, canvas.paint, canvas.over
    full = torch.zeros_like(canvas.picture[:, 0])
    cloud = canvas.noise("b32.conv0")
    brush = canvas.noise("b64.conv0", (1, 3)) + 0.8 * canvas.noise("b128.conv1", (1, 5))
    texture = full + 0.05 * cloud + 0.045 * brush
    paint("sky_light", (0.62 - 0.9 * y + 0.5 * side * (x - 0.5) + texture).clamp(0, 1))
    paint("sky_shade", (0.9 * (y - 0.45) + full).clamp(0, 1))
    disc_x, disc_y = 0.5 + 0.15 * a["disc_x"], 0.36 + 0.085 * a["disc_y"]
    radius = 0.33 * torch.exp(0.25 * a["disc_size"])
    away = torch.hypot(x - disc_x, y - disc_y)
    paint("disc", 0.42 * bell((away - radius).clamp(min=0) / 0.075))
    disc = over(radius - away, 0.010)
    inner = (0.92 + 0.22 * (y - disc_y) / radius + texture).clamp(0, 1)
    paint("disc", disc * inner)
    paint("sky_light", 0.50 * canvas.line(away - radius - 0.020, 0.0030))
    _clouds(canvas, x, y, full)
    _hills(canvas, x, y, texture)
    _sprigs(canvas, x, y, texture)


def _clouds(canvas: Canvas, x: Tensor, y: Tensor, full: Tensor) -> None:
    """Long and thin, one below the other; they drift as the disc does."""
    drift = 0.06 * canvas.a["disc_x"]
    clouds = full
    for at_x, at_y, length in ((0.10, 0.20, 0.20), (0.86, 0.29, 0.22), (0.06, 0.41, 0.16)):
        along = x - at_x - drift
        puffs = 0.010 * torch.cos(31 * along) + 0.006 * torch.sin(53 * along)
        thick = 0.024 * (1 - (along / length).square()) + puffs
        up = canvas.over(thick - (at_y - y), 0.008) * smoothstep(-0.014, 0.003, at_y - y)
        clouds = torch.maximum(clouds, up * smoothstep(length, 0.5 * length, along.abs()))
    canvas.paint("sky_light", 0.62 * clouds)


def _hills(canvas: Canvas, x: Tensor, y: Tensor, texture: Tensor) -> None:
    """Three ranges, darker the nearer, each with light on its edge."""
    slope = 0.17 * canvas.a["slope"] * (x - 0.5) * 2
    far = 0.62 - 0.4 * slope - 0.030 * torch.sin(9 * x + 0.4) - 0.014 * torch.sin(23 * x)
    middle = 0.675 + 0.5 * slope + 0.030 * torch.sin(6 * x + 2.2) + 0.006 * torch.sin(31 * x)
    near = 0.725 + slope - 0.025 * torch.sin(5 * x + 1)
    trees = 0.010 * torch.sin(58 * x).abs() + 0.006 * torch.sin(97 * x + 1).abs()
    for top, role, depth in ((far, "hill_far", 0.75), (middle, "sky_shade", 0.9)):
        ground = y - top
        mist = (depth - 2.2 * ground.clamp(0, 0.3) + texture).clamp(0, 1)
        canvas.paint(role, canvas.over(ground) * mist)
    ground = y - near + trees
    canvas.paint("hill_near", canvas.over(ground) * (0.90 + texture - 0.5 * ground).clamp(0, 1))


def _sprigs(canvas: Canvas, x_: Tensor, y_: Tensor, texture_: Tensor) -> None:
    """A sprig in each lower corner, bent by the slope of the ground."""
    for sign, window in ((-1, (0.0, 0.44, 0.24, 1.0)), (1, (0.76, 0.44, 1.0, 1.0))):
        part = canvas.window(*window)
        x, y, texture = x_[:, :, part.place[1]], y_[:, part.place[0]], part.crop(texture_)
        sway = 0.05 * canvas.a["slope"]
        up = 1.02 - y
        stem = 0.5 + sign * (0.455 - 0.16 * up.square()) + sway * up
        across = x - stem
        tall = 0.50 + 0.04 * sign
        shrink = (1 - up / tall).clamp(0, 1).sqrt()
        at = up / LEAF
        step = at - at.floor() - 0.5  # along the stem, within one pair of leaves
        out = across.abs()
        rise = step * LEAF - 0.75 * out + 0.026  # leaves point up and away
        reach = 0.072 * shrink + 1e-4
        leaf = 0.0200 * shrink * torch.sin(3.1416 * (out / reach).clamp(0, 1)) - rise.abs()
        mask = part.over(leaf, 0.004) * (out < reach)
        mask = torch.maximum(mask, part.over(0.0022 - out, 0.003)) * part.over(tall - up)
        part.paint("leaf", mask * (0.86 + texture).clamp(0, 1))
        part.paint("sky_shade", 0.45 * mask * part.line(rise, 0.0022))
        part.paint("sky_light", 0.22 * mask * blob(rise - 0.005, 0 * y, 0.004, 1))
