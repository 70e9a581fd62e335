"""The noise picture that a recipe puts into each convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model

NoiseKey = tuple[str, int, float] | None  # mode, seed, strength; None = no noise at all


def noise_key(recipe: Recipe, step: Step) -> NoiseKey:
    """Say what this step's noise depends on; equal keys give equal noise."""
    if not step.has_noise or recipe.noise_mode == "none":
        return None
    strength = recipe.noise_strength
    if recipe.noise_layers:
        strength *= recipe.noise_layers[step.ws_index]
    if strength == 0.0:
        return None
    seed = recipe.noise_seed if recipe.noise_mode == "seeded" else 0
    return recipe.noise_mode, seed, strength


def make_noise(model: Model, step: Step, key: NoiseKey) -> Tensor | None:
    """Make the noise [r, r] for a key; seeded noise is the same on every device."""
    if key is None:
        return None
    mode, seed, strength = key
    if mode == "const":
        noise = model.network.synthesis.noise_const(step)
    else:
        # Each layer draws from its own stream, so that layers do not repeat each other.
        generator = torch.Generator().manual_seed(seed * 64 + step.ws_index)
        shape = (step.resolution, step.resolution)
        noise = torch.randn(shape, generator=generator).to(model.device)
    return noise if strength == 1.0 else noise * strength
