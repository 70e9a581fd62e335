"""The projector that was published with StyleGAN2 (appendix D), as a baseline to be measured by."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

import torch

from stylestudio.inversion.projection import (
    NOISE_WEIGHT,
    noise_name,
    noise_regularization,
    normalise,
)
from stylestudio.inversion.space import sample_w
from stylestudio.render.colours import as_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.inversion.crop_target import CropTarget
    from stylestudio.render import Model

SAMPLES = 10_000
RATE = 0.1
JITTER = 0.05  # of w, in its standard deviations
JITTER_ENDS, WARM_UP, COOL_DOWN = 0.75, 0.05, 0.25  # shares of the steps


class Timed(NamedTuple):
    """A loss and when it was reached."""

    seconds: float
    loss: float


def project_as_published(
    model: Model, crop_target: CropTarget, steps: int, seed: int = 0
) -> Iterator[Timed]:
    """Optimise one w and fresh noise maps from w_avg, with jitter that fades; yields each step."""
    started = time.perf_counter()
    target, synthesis = crop_target.current(), model.network.synthesis
    samples = sample_w(model, SAMPLES, seed=123)
    spread = float((samples - samples.mean(0)).square().sum(1).mean().sqrt())
    generator = torch.Generator().manual_seed(seed)
    w = samples.mean(0, keepdim=True).clone().requires_grad_(True)
    maps = {
        noise_name(step): torch.randn(synthesis.noise_const(step).shape, generator=generator)
        .to(model.device)
        .requires_grad_(True)
        for step in synthesis.steps
        if step.has_noise
    }
    optimizer = torch.optim.Adam([w, *maps.values()], lr=RATE)
    for step in range(steps):
        along = step / steps
        jitter = torch.randn(w.shape, generator=generator).to(model.device)
        fade = max(0.0, 1.0 - along / JITTER_ENDS) ** 2
        latent = w + jitter * spread * JITTER * fade
        noises = [maps.get(noise_name(s)) if s.has_noise else None for s in synthesis.steps]
        ws = latent.expand(1, model.num_ws, -1)
        picture = synthesis(ws, noises) if maps else model.network.synthesize(ws, "const")
        loss = target(as_rgb(picture))
        yield Timed(time.perf_counter() - started, loss.item())
        total = loss
        for map_ in maps.values():
            total = total + NOISE_WEIGHT * noise_regularization(map_)
        for group in optimizer.param_groups:
            group["lr"] = RATE * _ramp(along)
        optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        normalise(maps)


def _ramp(along: float) -> float:
    fall = min(1.0, (1.0 - along) / COOL_DOWN)
    return (0.5 - 0.5 * math.cos(math.pi * fall)) * min(1.0, along / WARM_UP)
