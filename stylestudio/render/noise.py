"""The noise picture that a recipe puts into each convolution."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from stylestudio.networks.chain import Chain, StepInput
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import NoiseMode, Recipe
    from stylestudio.render.model import Model

FIELDS = 3  # of flowing noise: the circle's centre, and the two axes it turns through
STREAMS = 64  # more than a model has layers, so that no two layers of two seeds share a stream
CACHED_FIELDS = 32  # a model of 1024 pixels has 17 layers and takes 34 MiB


class Flow(NamedTuple):
    """Where flowing noise stands."""

    turn: float  # 0..1
    reach: float  # 0..1
    grain: float  # pixels


class NoiseOf(NamedTuple):
    """What a step's noise depends on."""

    mode: NoiseMode
    seed: int
    strength: float
    flow: Flow | None = None


NoiseKey = NoiseOf | None  # None = no noise at all


def noise_key(recipe: Recipe, step: Step) -> NoiseKey:
    """Say what this step's noise depends on; equal keys give equal noise."""
    if not step.has_noise or recipe.noise_mode == "none":
        return None
    strength = recipe.noise_strength
    if recipe.noise_layers:
        # StyleGAN (1) convolves in the last row of ws, too; that goes with the row before.
        strength *= recipe.noise_layers[min(step.ws_index, len(recipe.noise_layers) - 1)]
    if strength == 0.0:
        return None
    if recipe.noise_mode == "const":
        return NoiseOf("const", 0, strength)
    if recipe.noise_mode == "seeded":
        return NoiseOf("seeded", recipe.noise_seed, strength)
    turn = recipe.noise_turn % 1.0 if recipe.noise_reach else 0.0
    flow = Flow(turn, recipe.noise_reach, recipe.noise_grain)
    return NoiseOf("flowing", recipe.noise_seed, strength, flow)


class Noise:
    """The stage of synthesis that gives each convolution its noise."""

    def __init__(self, model: Model) -> None:
        self._device = model.device
        # By step, for the next frame: the key, the learned noise that it was made of, if any, and
        # the noise, in the type in which the chain adds it.
        self._made: dict[str, tuple[NoiseKey, Tensor | None, Tensor | None]] = {}

    def prepare(self, recipe: Recipe) -> None:
        """Nothing has to be found."""

    def key(self, recipe: Recipe, step: Step) -> NoiseKey:
        """What the step's noise depends on; equal keys give equal noise."""
        return noise_key(recipe, step)

    def apply(self, given: StepInput, recipe: Recipe) -> StepInput:
        """Make the step's noise, or take what the last frame used."""
        step, key = given.step, noise_key(recipe, given.step)
        learned = given.chain.noise_const(step) if key is not None and key.mode == "const" else None
        known = self._made.get(step.name)
        if known is None or known[0] != key or known[1] is not learned:
            noise = make_noise(given.chain, step, key, self._device)
            if noise is not None:
                noise = noise.to(given.chain.dtype)
            known = key, learned, noise
            self._made[step.name] = known
        return given._replace(noise=known[2])


def make_noise(chain: Chain, step: Step, key: NoiseKey, device: torch.device) -> Tensor | None:
    """Make the noise [r, r] for a key; seeded noise is the same on every device."""
    if key is None:
        return None
    if key.mode == "const":
        noise = chain.noise_const(step)
    elif key.flow is None:
        noise = _drawn(key.seed, step.ws_index, 1, step.resolution)[0].to(device)
    else:
        fields = _flow_fields(key.seed, step.ws_index, step.resolution, key.flow.grain, str(device))
        noise = _flowing(fields, key.flow)
    return noise if key.strength == 1.0 else noise * key.strength


def _drawn(seed: int, layer: int, count: int, side: int) -> Tensor:
    """Draw [count, side, side]; layers have streams of their own, so they do not repeat."""
    generator = torch.Generator().manual_seed(seed * STREAMS + layer)
    drawn: Tensor = torch.randn((count, side, side), generator=generator)
    return drawn


def _flowing(fields: Tensor, flow: Flow) -> Tensor:
    """The point at `turn` of a circle on the sphere of all noise with unit variance.

    The circle's centre, its axes and so all its points have mean 0, and variance 1 exactly.
    """
    centre, right, up = fields
    angle = 2.0 * math.pi * flow.turn
    still = math.sqrt(1.0 - flow.reach * flow.reach)
    across = math.cos(angle) * right + math.sin(angle) * up
    noise: Tensor = still * centre + flow.reach * across
    return noise


@lru_cache(maxsize=CACHED_FIELDS)
def _flow_fields(seed: int, layer: int, side: int, grain: float, device: str) -> Tensor:
    """Three fields [3, side, side] that are orthogonal, of mean 0 and variance 1."""
    with torch.inference_mode(False):
        fields = _drawn(seed, layer, FIELDS, side)
        if grain > 1.0:
            fields = _grained(fields, grain)
        flat = fields.reshape(FIELDS, -1).double()
        rows: list[Tensor] = []
        for row in flat - flat.mean(dim=1, keepdim=True):  # Gram-Schmidt
            for other in rows:
                row = row - (row @ other) / (other @ other) * other
            rows.append(row)
        unit = [row / row.square().mean().sqrt() for row in rows]
        return torch.stack(unit).reshape_as(fields).float().to(device)


def _grained(fields: Tensor, grain: float) -> Tensor:
    """Blur [N, side, side] by a Gaussian that spreads over `grain` pixels, edge joined to edge."""
    side = fields.shape[-1]
    frequency = torch.fft.fftfreq(side, dtype=torch.float64)
    sigma = 0.5 * math.sqrt(grain * grain - 1.0)
    falloff = torch.exp(-2.0 * (math.pi * sigma * frequency).square())
    spectrum = torch.fft.fft2(fields.double()) * falloff[:, None] * falloff
    blurred: Tensor = torch.fft.ifft2(spectrum).real
    return blurred  # in float64: what is left beside the mean may be small
