"""Perceptual path length: how evenly pictures change along paths through z and w."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch.nn import functional as F

from stylestudio.training.evaluator import BATCH
from stylestudio.training.losses import perceptual_distance

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.training.evaluator import Evaluator
    from stylestudio.training.regressors import Regressors

EPSILON = 1e-4  # of the path, between the two pictures of a pair
TRIM = 0.01  # share of the pairs left out at either end, as outliers


@dataclass(frozen=True)
class PathLength:
    """Along the same paths, of the generator's pictures and of the scene's."""

    generated: float
    painted: float


@torch.no_grad()
def path_length(
    evaluator: Evaluator,
    regressors: Regressors,
    pictures: int,
    *,
    space: Literal["z", "w"],
    end: bool,
) -> PathLength:
    """Measure `pictures` pairs, rounded up to whole batches (StyleGAN paper, section 4.1).

    Paths in z follow the sphere, those in w are straight; the pair lies at a random place of its
    path or, where `end`, at its start. Both pictures share their noise. Distances are those of
    `perceptual_distance`, so lengths compare only where the regressors are the same.
    """
    generated, painted = [], []
    for _ in range(-(-pictures // BATCH)):
        ends = evaluator.z(), evaluator.z()
        t = torch.rand(BATCH, 1, generator=evaluator.random).to(evaluator.device) * (not end)
        noises = evaluator.noises()
        pair = [_w_at(evaluator, space, *ends, at) for at in (t, t + EPSILON)]
        one, other = (evaluator.generate(evaluator.rows(w), noises) for w in pair)
        generated.append(_distance(regressors, one, other))
        to_attributes = evaluator.embedding.to_attributes
        one, other = (evaluator.paint(to_attributes(w), noises) for w in pair)
        painted.append(_distance(regressors, one, other))
    return PathLength(_trimmed_mean(generated), _trimmed_mean(painted))


def _distance(regressors: Regressors, one: Tensor, other: Tensor) -> Tensor:
    return perceptual_distance(regressors.features(one), regressors.features(other))


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """From the direction of a to that of b [N, D] along the sphere, t [N, 1] -> unit [N, D]."""
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    angle = (a * b).sum(1, keepdim=True).clamp(-1, 1).acos()
    aside = F.normalize(b - a * angle.cos(), dim=1)
    return a * (t * angle).cos() + aside * (t * angle).sin()


def _w_at(
    evaluator: Evaluator, space: Literal["z", "w"], start: Tensor, stop: Tensor, t: Tensor
) -> Tensor:
    mapping = evaluator.generator.mapping
    along_z = space == "z"
    w: Tensor = mapping(slerp(start, stop, t)) if along_z else mapping(start).lerp(mapping(stop), t)
    return w


def _trimmed_mean(distances: list[Tensor]) -> float:
    lengths = torch.cat(distances) / EPSILON**2
    low, high = lengths.quantile(TRIM), lengths.quantile(1 - TRIM)
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())
