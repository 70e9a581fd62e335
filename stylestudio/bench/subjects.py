"""Models to measure: the standard sizes with random weights."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints.checkpoint import Checkpoint
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config
from stylestudio.render import Model

if TYPE_CHECKING:
    from stylestudio.render.model import Precision

SIZES = (256, 512, 1024)


def synthetic_model(resolution: int, precision: Precision = "auto") -> Model:
    """A model with the paper's config F widths whose weights say nothing, noise included."""
    name = f"config F at {resolution}"
    torch.manual_seed(0)
    network = Generator(StyleGAN2Config.standard(resolution, conv_clamp=256.0))
    for key, value in network.state_dict().items():
        if key.endswith("noise_strength"):
            value.fill_(0.1)
    checkpoint = Checkpoint(
        network=network.eval().requires_grad_(False),
        name=name,
        format="random weights",
        metadata={},
        notes=(),
        sha256=sha256(name.encode()).hexdigest(),
    )
    return Model(checkpoint, precision=precision)


def multiplications(model: Model) -> float:
    """Multiply-adds of the convolutions of one frame, as the textbook does them."""
    total = 0
    for step in model.synthesis.steps:
        layer = model.network.synthesis.get_submodule(step.name)
        pixels = step.resolution // 2 if getattr(layer, "up", False) else step.resolution
        total += layer.weight.numel() * pixels**2  # type: ignore[operator]
    return float(total)
