"""Models to measure: the standard sizes with random weights."""

from __future__ import annotations

import copy
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import torch

from stylestudio.checkpoints.checkpoint import Checkpoint
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config
from stylestudio.render import Model

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.render.model import Precision

SIZES = (256, 512, 1024)
STRENGTH = 0.01  # of changes, beside weights of deviation 1


def synthetic_model(resolution: int, precision: Precision = "auto") -> Model:
    """A model with the paper's config F widths whose weights say nothing, noise included."""
    name = f"config F at {resolution}"
    torch.manual_seed(0)
    network = Generator(StyleGAN2Config.standard(resolution, conv_clamp=256.0))
    for key, value in network.state_dict().items():
        if key.endswith("noise_strength"):
            value.fill_(0.1)
    return Model(_checkpoint(network.eval().requires_grad_(False), name), precision=precision)


def sibling_of(model: Model) -> Model:
    """A model of the same shape, in which every parameter of the synthesis is another."""
    network = copy.deepcopy(model.network)
    parameters = dict(network.synthesis.named_parameters())
    for name, change in other_weights(model).items():
        parameters[name].add_(change.to(parameters[name].device))
    checkpoint = _checkpoint(network, f"sibling of {model.name}")
    return Model(checkpoint, str(model.device), model.precision)


def other_weights(model: Model) -> dict[str, Tensor]:
    """Random changes of every parameter of a model's synthesis, by name; on the processor."""
    random = torch.Generator().manual_seed(0)
    return {
        name: torch.randn(value.shape, generator=random) * STRENGTH
        for name, value in model.network.synthesis.named_parameters()
    }


def _checkpoint(network: Any, name: str) -> Checkpoint:
    return Checkpoint(
        network=network,
        name=name,
        format="random weights",
        metadata={},
        notes=(),
        sha256=sha256(name.encode()).hexdigest(),
    )


def multiplications(model: Model) -> float:
    """Multiply-adds of the convolutions of one frame, as the textbook does them."""
    total = 0
    for step in model.synthesis.steps:
        layer = model.network.synthesis.get_submodule(step.name)
        pixels = step.resolution // 2 if getattr(layer, "up", False) else step.resolution
        total += layer.weight.numel() * pixels**2  # type: ignore[operator]
    return float(total)
