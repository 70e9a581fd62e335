"""What generator and discriminator are trained on (StyleGAN2 paper, sections 3.2 and B)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Non-saturating: high where the discriminator [N, 1] sees through generated pictures."""
    return F.softplus(-fake_logits).mean()


def discriminator_loss(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """Logistic: high where generated pictures pass for real, or real ones do not."""
    return F.softplus(fake_logits).mean() + F.softplus(-real_logits).mean()


def r1_penalty(real_logits: Tensor, pictures: Tensor) -> Tensor:
    """Half the mean squared length of the logits' gradients by the pictures [N, C, H, W].

    Mescheder et al. 2018, without the factor gamma. The logits must come of the pictures.
    """
    (gradient,) = torch.autograd.grad(real_logits.sum(), pictures, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean() / 2


def path_lengths(pictures: Tensor, ws: Tensor, generator: torch.Generator) -> Tensor:
    """How far pictures [N, C, H, W] move with their ws [N, num_ws, w_dim], per picture: [N].

    Measured in a random direction of pixels, which `generator` on the CPU draws.
    """
    direction = torch.randn(pictures.shape, generator=generator).to(pictures)
    direction = direction / math.sqrt(pictures.shape[2] * pictures.shape[3])
    (gradient,) = torch.autograd.grad((pictures * direction).sum(), ws, create_graph=True)
    return gradient.square().sum(2).mean(1).sqrt()


def path_penalty(lengths: Tensor, mean: Tensor) -> Tensor:
    """The mean squared difference of path lengths [N] to their running mean."""
    return (lengths - mean).square().mean()
