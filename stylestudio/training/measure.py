"""What a generator's controls do to its pictures, told by attributes read from them.

Each figure stands beside the same one for pictures that the scene painted itself: what the
regressors misread there, no generator can be blamed for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from stylestudio.training.evaluator import BATCH, Evaluator, detail, size
from stylestudio.training.losses import finest_octave
from stylestudio.training.path_length import PathLength, path_length
from stylestudio.training.scene import GROUPS, LIMIT, shape_gaussian

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from stylestudio.networks.stylegan2 import Generator
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import AttributeSpace, Scene

PSIS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Agreement:
    """Attributes read from pictures against those intended."""

    each: Mapping[str, float]  # R^2 by name
    groups: Mapping[str, float]  # means


@dataclass(frozen=True)
class Mixing:
    """Attributes read, when one group's rows are taken from another picture."""

    moved: Mapping[str, Mapping[str, float]]
    """By the group swapped and the group read: mean absolute change, in standard deviations."""

    def ratio(self, group: str) -> float:
        """How much further a swap moves its own group than the one it moves most besides."""
        moved = self.moved[group]
        others = max(moved[other] for other in GROUPS if other != group)
        return moved[group] / max(others, 1e-9)


@dataclass(frozen=True)
class Reseed:
    """Coarse and middle attributes read, when all noise is drawn anew."""

    mean: Mapping[str, float]  # absolute change by name, as a share of the attribute's range
    high: Mapping[str, float]  # its 95th percentile over pictures

    @property
    def worst(self) -> str:
        """The attribute that moves most."""
        return max(self.mean, key=lambda name: self.mean[name])


@dataclass(frozen=True)
class Texture:
    """How fine the grain of pictures is."""

    roughness: float  # mean absolute difference of neighbouring pixels, of 2 from black to white
    finest: float  # share of the energy about the mean that lies within blocks of 2 x 2 pixels


@dataclass(frozen=True)
class Noise:
    """What noise does and what it leaves alone."""

    with_noise: Texture
    without: Texture
    detail_moved: float  # by drawing it anew, as a share of the fine detail's size
    generated: Reseed
    painted: Reseed


@dataclass(frozen=True)
class Truncation:
    """Attributes read along psi."""

    variances: Mapping[str, tuple[float, ...]]  # by group, at PSIS; 1 is that of the scene
    average_error: float  # largest difference of a pixel between psi 0 and the picture of w_avg

    @property
    def monotone(self) -> bool:
        """Whether every step of psi adds variety in every group."""
        return all(a < b for steps in self.variances.values() for a, b in pairwise(steps))


@dataclass(frozen=True)
class Measures:
    """All figures, over held-out pictures at the generator's full resolution."""

    pictures: int
    regressors: Agreement  # on the scene's pictures
    from_z: Agreement  # on the generator's, through the mapping network
    mixing: Mixing
    painted_mixing: Mixing
    noise: Noise
    truncation: Truncation
    path_lengths: Mapping[str, PathLength]  # "z full", "z end", "w full", "w end"


@torch.no_grad()
def measure(
    generator: Generator, scene: Scene, seed: int, regressors: Regressors, pictures: int = 128
) -> Measures:
    """Measure a generator that was taught `scene` from `seed`, on so many pictures (of whole
    batches) as `pictures` at least.

    Raises ValueError where the regressors look at more pixels than the generator's pictures have.
    """
    evaluator = Evaluator(generator, scene, seed)
    batches = [_Batch(evaluator, regressors).measure() for _ in range(-(-pictures // BATCH))]
    seen = {key: torch.cat([batch[key] for batch in batches]) for key in batches[0]}
    space = scene.space
    return Measures(
        pictures=len(seen["intended"]),
        regressors=_agreement(seen["painted"], seen["intended"], space),
        from_z=_agreement(seen["generated"], seen["intended"], space),
        mixing=_mixing(seen, "generated", space),
        painted_mixing=_mixing(seen, "painted", space),
        noise=_noise(seen, space),
        truncation=_truncation(seen, space),
        path_lengths={
            f"{name} {where}": path_length(
                evaluator, regressors, pictures, space=name, end=where == "end"
            )
            for name in ("z", "w")
            for where in ("full", "end")
        },
    )


class _Batch:
    """Pictures of one batch of z, under all changes whose effect is measured."""

    def __init__(self, evaluator: Evaluator, regressors: Regressors) -> None:
        self.evaluator = evaluator
        self.read = regressors
        self.z = evaluator.z()
        self.noises = evaluator.noises()
        self.w: Tensor = evaluator.generator.mapping(self.z)
        self.intended = evaluator.teacher.attributes(self.z)
        self.picture = evaluator.generate(evaluator.rows(self.w), self.noises)

    def measure(self) -> dict[str, Tensor]:
        """What is read and seen, by name; one row a picture."""
        painted = self.evaluator.paint(self.intended, self.noises)
        seen = {
            "intended": self.intended,
            "generated": self.read(self.picture),
            "painted": self.read(painted),
        }
        return seen | self._mixed() | self._reseeded() | self._truncated()

    def _mixed(self) -> dict[str, Tensor]:
        evaluator = self.evaluator
        seen = {}
        for group in GROUPS:
            ws = evaluator.mixed_rows(self.w, self.w.roll(1, 0), group)
            mixed = evaluator.mixed_attributes(self.intended, self.intended.roll(1, 0), group)
            seen[f"generated, {group} mixed"] = self.read(evaluator.generate(ws, self.noises))
            seen[f"painted, {group} mixed"] = self.read(evaluator.paint(mixed, self.noises))
        return seen

    def _reseeded(self) -> dict[str, Tensor]:
        evaluator = self.evaluator
        noises = evaluator.noises()
        ws = evaluator.rows(self.w)
        reseeded, smooth = evaluator.generate(ws, noises), evaluator.generate(ws, {})
        moved = size(detail(reseeded) - detail(self.picture)) / size(detail(self.picture))
        return {
            "generated, reseeded": self.read(reseeded),
            "painted, reseeded": self.read(evaluator.paint(self.intended, noises)),
            "detail moved": torch.tensor([moved]),
            "roughness": _roughness(self.picture),
            "roughness without noise": _roughness(smooth),
            "finest": _finest(self.picture),
            "finest without noise": _finest(smooth),
        }

    def _truncated(self) -> dict[str, Tensor]:
        evaluator, generator = self.evaluator, self.evaluator.generator
        seen = {}
        for psi in PSIS:
            ws = generator.map(self.z, truncation_psi=psi)
            picture = evaluator.generate(ws, self.noises)
            seen[f"psi {psi}"] = self.read(picture)
            if psi == 0:
                w_avg = generator.mapping.w_avg.expand_as(self.w)
                average = evaluator.generate(evaluator.rows(w_avg), self.noises)
                seen["average error"] = (picture - average).abs().amax((1, 2, 3))
        return seen


def _agreement(read: Tensor, intended: Tensor, space: AttributeSpace) -> Agreement:
    """The share of variance explained: 1 is perfect, 0 no better than always the mean."""
    error = (read - intended).square().mean(0)
    scores = 1 - error / intended.var(0, correction=0)
    return Agreement(_by_name(scores, space.names), _by_group(scores, space))


def _mixing(seen: Mapping[str, Tensor], source: str, space: AttributeSpace) -> Mixing:
    moved = {}
    for group in GROUPS:
        moved[group] = moved_by_group(seen[source], seen[f"{source}, {group} mixed"], space)
    return Mixing(moved)


def moved_by_group(before: Tensor, after: Tensor, space: AttributeSpace) -> dict[str, float]:
    """Mean absolute change of attributes [N, count] by group, in standard deviations."""
    return _by_group((after - before).abs().mean(0) / spread(), space)


def _noise(seen: Mapping[str, Tensor], space: AttributeSpace) -> Noise:
    def texture(suffix: str) -> Texture:
        return Texture(_mean(seen["roughness" + suffix]), _mean(seen["finest" + suffix]))

    return Noise(
        with_noise=texture(""),
        without=texture(" without noise"),
        detail_moved=_mean(seen["detail moved"]),
        generated=_reseed(seen["generated, reseeded"] - seen["generated"], space),
        painted=_reseed(seen["painted, reseeded"] - seen["painted"], space),
    )


def _reseed(change: Tensor, space: AttributeSpace) -> Reseed:
    names = space.coarse + space.middle
    share = change[:, : len(names)].abs() / (2 * LIMIT)
    return Reseed(_by_name(share.mean(0), names), _by_name(share.quantile(0.95, 0), names))


def _truncation(seen: Mapping[str, Tensor], space: AttributeSpace) -> Truncation:
    steps = [
        _by_group(seen[f"psi {psi}"].var(0, correction=0) / spread() ** 2, space) for psi in PSIS
    ]
    variances = {group: tuple(step[group] for step in steps) for group in GROUPS}
    return Truncation(variances, float(seen["average error"].max()))


def _roughness(picture: Tensor) -> Tensor:
    across = (picture[..., :, 1:] - picture[..., :, :-1]).abs().mean((1, 2, 3))
    down = (picture[..., 1:, :] - picture[..., :-1, :]).abs().mean((1, 2, 3))
    return (across + down) / 2


def _finest(picture: Tensor) -> Tensor:
    """The energy of the finest octave, as a share of all but the mean."""
    about_mean = picture - picture.mean((2, 3), keepdim=True)
    within = finest_octave(picture).square().sum((1, 2, 3))
    return within / about_mean.square().sum((1, 2, 3))


def spread() -> float:
    """The standard deviation of any attribute."""
    g = torch.linspace(-6, 6, 1001)
    density = torch.exp(-g.square() / 2)
    return float(((shape_gaussian(g).square() * density).sum() / density.sum()).sqrt())


def _by_name(values: Tensor, names: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def _by_group(values: Tensor, space: AttributeSpace) -> dict[str, float]:
    return {group: _mean(values[space.indices(group)]) for group in GROUPS}


def _mean(values: Tensor) -> float:
    return float(values.mean())
