"""Finds the latent whose picture comes close to a photo, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.space import keep_usual
from stylestudio.render.colours import as_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.inversion.crop_target import CropTarget
    from stylestudio.inversion.photo import Crop
    from stylestudio.inversion.space import Space
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.render import Delta

RATE = 0.1  # standard deviations that a coordinate moves in a step, at first
WARM_UP, COOL_DOWN = 0.05, 0.5  # shares of the steps
NOISE_WEIGHT = 1e5  # of the noise regulariser (Karras et al. 2020, appendix D)
SMALLEST_NOISE = 8
FAR_WEIGHT = 0.25  # of a latent that lies farther from the average than samples do
APART_WEIGHT = 1.0  # of rows that differ
EDITABILITY = 1.0  # from here on, photos of any kind turn into pictures like the model's own


@dataclass
class Steering:
    """What may be changed between any two steps of a running inversion."""

    editability: float = EDITABILITY  # 0 is the photo as near as may be, 1 a latent that edits well


@dataclass(frozen=True)
class LatentIterate:
    """Where the latent stands after a step."""

    loss: float  # before the step's movement, of `ws`
    ws: Tensor  # [1 or num_ws, w_dim], on the model's device
    crop: Crop
    noises: dict[str, Tensor]  # changed noise maps, by state-dict name


def project(
    space: Space,
    crop_target: CropTarget,
    ws: Tensor,
    steps: int,
    steering: Steering,
    *,
    plus: bool,
    noise: bool,
    delta: Delta | None = None,
) -> Iterator[LatentIterate]:
    """Descend from ws [1 or num_ws, w_dim]; yield where it stands before each step and at the end.

    `plus` lets every row go its own way (W+). `noise` lets the noise maps take up what the latent
    cannot, kept from becoming a picture themselves by the regulariser of the StyleGAN2 paper
    (appendix D); `delta` says how far they have been changed. Two priors keep the latent typical:
    the P-norm (II2S, Zhu et al. 2020), as far as it is larger than a sample's, and the variance
    between rows; `steering` says how strong they are, and how far a row may stray from the average.
    A crop target that moves is moved, too.
    """
    start = space.to_coordinates(ws)
    start = start.expand(space.model.num_ws, -1) if plus else start.mean(0, keepdim=True)
    coordinates = start.clone().requires_grad_(True)
    maps = _noise_maps(space, delta) if noise else {}
    optimizer = torch.optim.Adam(
        [{"params": [coordinates, *maps.values()], "base": RATE}]
        + [
            {"params": [parameter], "base": crop_target.rate}
            for parameter in crop_target.parameters
        ],
        betas=(0.9, 0.99),
    )
    for step in range(steps + 1):
        latent = space.to_ws(coordinates)
        loss = crop_target.current()(_synthesize(space, latent, maps))
        kept = {name: map_.detach().clone() for name, map_ in maps.items()}
        yield LatentIterate(loss.item(), latent.detach(), crop_target.crop, kept)
        if step == steps:
            return
        total = loss + latent_prior(coordinates, steering.editability)
        if maps:
            total = total + NOISE_WEIGHT * sum(
                map(noise_regularization, maps.values()), loss.new_zeros(())
            )
        for group in optimizer.param_groups:
            group["lr"] = group["base"] * ramp(step / steps)
        optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        keep_usual(coordinates, space.reach_at(steering.editability))
        normalise(maps)


def ramp(along: float, warm_up: float = WARM_UP, cool_down: float = COOL_DOWN) -> float:
    """The share of the learning rate at 0..1 of the way: a linear rise, rest, a cosine down.

    `warm_up` and `cool_down` are shares of the way.
    """
    fall = min(1.0, (1.0 - along) / cool_down)
    rise = min(1.0, (along + 1e-2) / warm_up)
    return rise * (0.5 - 0.5 * math.cos(math.pi * fall))


def latent_prior(coordinates: Tensor, editability: float) -> Tensor:
    """What a latent [rows, K] costs that no sample has.

    As far from the average as samples lie, their coordinates' mean square being 1, costs nothing:
    nearer, everybody looks alike (PULSE, Menon et al. 2020, section 3.2).
    """
    middle = coordinates.mean(0)
    apart = (coordinates - middle).square().mean()
    farther = (middle.square().mean() - 1).clamp_min(0)
    return FAR_WEIGHT * editability**4 * farther.square() + APART_WEIGHT * editability**5 * apart


def _noise_maps(space: Space, delta: Delta | None) -> dict[str, Tensor]:
    """The model's noise maps to be changed, as far as they have been, by state-dict name."""
    synthesis = space.model.network.synthesis
    maps = {
        noise_name(step): synthesis.noise_const(step).clone()
        for step in synthesis.steps
        if step.has_noise
    }
    for name, change in delta.tensors.items() if delta else ():
        if name in maps:
            maps[name] += change.to(maps[name].device)
    return {name: map_.requires_grad_(True) for name, map_ in maps.items()}


def noise_name(step: Step) -> str:
    """The state-dict name of a step's noise map."""
    return f"{step.name}.noise_const"


def _synthesize(space: Space, latent: Tensor, maps: dict[str, Tensor]) -> Tensor:
    network, num_ws = space.model.network, space.model.num_ws
    ws = latent.expand(num_ws, -1)[None]
    if not maps:
        return as_rgb(network.synthesize(ws, "const"))
    steps = network.synthesis.steps
    noises = [maps.get(noise_name(step)) if step.has_noise else None for step in steps]
    return as_rgb(network.synthesis(ws, noises))


def noise_regularization(noise: Tensor) -> Tensor:
    """How much a noise map resembles itself a pixel further, at every size (appendix D)."""
    noise = noise[None, None]
    total = noise.new_zeros(())
    while True:
        for axis in (2, 3):
            total = total + (noise * noise.roll(1, axis)).mean().square()
        if noise.shape[-1] <= SMALLEST_NOISE:
            return total
        noise = F.avg_pool2d(noise, 2)


@torch.no_grad()
def normalise(maps: dict[str, Tensor]) -> None:
    """Bring noise maps back to mean 0 and mean square 1, in place."""
    for noise in maps.values():
        noise.sub_(noise.mean()).mul_(noise.square().mean().rsqrt())
