"""Coordinates of W in which every direction that a model uses is about equally long.

An optimiser that steps in them reaches everywhere at one speed, and their mean square says how
unusual a latent is: the P-norm of "Improved StyleGAN Embedding" (Zhu et al. 2020, section 4.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.render.classes import drawn_classes

if TYPE_CHECKING:
    from stylestudio.render import Model

SAMPLES = 8192
USUAL = 0.95  # share of samples that no result should be more unusual than, unless asked for
UNUSED = 1e-3  # of the widest spread; narrower directions are noise
SLOPE = 0.2  # of the leaky ReLU that mapping networks end in


class Axes(NamedTuple):
    """What a `Space` is, without its model."""

    mean: Tensor  # [w_dim]
    axes: Tensor  # [K, w_dim], orthonormal
    spread: Tensor  # [K], standard deviations
    in_p: bool  # whether these are coordinates of P
    reach: float  # mean square of coordinates that 95 of 100 samples stay within


@dataclass(frozen=True)
class Space:
    """A linear map between w and K coordinates of unit variance, widest first, after W or P.

    P undoes the mapping network's last activation, which makes most models' w about Gaussian.
    """

    model: Model
    mean: Tensor  # [w_dim]
    axes: Tensor  # [K, w_dim], orthonormal
    spread: Tensor  # [K], standard deviations
    in_p: bool  # whether these are coordinates of P
    reach: float = math.inf  # mean square of coordinates that 95 of 100 samples stay within

    @property
    def axes_alone(self) -> Axes:
        """All but the model."""
        return Axes(self.mean, self.axes, self.spread, self.in_p, self.reach)

    def to_ws(self, coordinates: Tensor) -> Tensor:
        """[..., K] -> [..., w_dim], differentiable."""
        x = self.mean + (coordinates * self.spread) @ self.axes
        return F.leaky_relu(x, SLOPE) if self.in_p else x

    def to_coordinates(self, w: Tensor) -> Tensor:
        """[..., w_dim] -> [..., K]; what lies beyond the model's own directions is dropped."""
        x = F.leaky_relu(w, 1 / SLOPE) if self.in_p else w
        return (x - self.mean) @ self.axes.T / self.spread

    def reach_at(self, editability: float) -> float:
        """How far rows may stray from the average, as a mean square of coordinates.

        At 1 that is where 95 of 100 samples end; it moves away as likeness matters more.
        """
        return self.reach / editability**2 if editability > 0 else math.inf


@torch.no_grad()
def keep_usual(coordinates: Tensor, reach: float) -> None:
    """Bring rows [..., K] that strayed too far from the average back to the border, in place."""
    lengths = coordinates.square().mean(-1, keepdim=True)
    coordinates.mul_((reach / lengths.clamp_min(1e-12)).sqrt().clamp(max=1))


def sample_w(model: Model, count: int, seed: int, psi: float = 1.0) -> Tensor:
    """Map `count` random z to w [count, w_dim], truncated by psi; classes are drawn evenly."""
    state = np.random.RandomState(seed)
    z = state.randn(count, model.z_dim)
    w = model.map(z, drawn_classes(model, count, state))[:, 0]
    return w if psi == 1.0 else model.w_avg + psi * (w - model.w_avg)


def measure_space(model: Model, samples: int = SAMPLES, seed: int = 123) -> Space:
    """Find the coordinates of a model from random samples of its w.

    W serves where P needs more directions to hold the same samples, as it does for models whose
    W is a plane; otherwise P.
    """
    w = sample_w(model, samples, seed)
    w_space, p_space = _principal(model, w, in_p=False), _principal(model, w, in_p=True)
    return p_space if len(p_space.spread) <= len(w_space.spread) else w_space


@torch.no_grad()
def _principal(model: Model, w: Tensor, *, in_p: bool) -> Space:
    x = (F.leaky_relu(w, 1 / SLOPE) if in_p else w).cpu().double()
    mean = x.mean(0)
    variances, axes = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    variances, axes = variances.flip(0), axes.flip(1)  # the widest first
    spread = variances.clamp(min=0).sqrt()
    used = spread > UNUSED * spread.max()

    def placed(tensor: Tensor) -> Tensor:
        return tensor.float().to(model.device).contiguous()

    coordinates = (x - mean) @ axes[:, used] / spread[used]
    reach = float(coordinates.square().mean(1).quantile(USUAL))
    return Space(model, placed(mean), placed(axes.T[used]), placed(spread[used]), in_p, reach)
