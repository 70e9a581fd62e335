"""How well a generator paints what its scene would, and what its controls move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.training.losses import psnr
from stylestudio.training.mapping_fit import Teacher
from stylestudio.training.scene import GROUPS, shape_gaussian
from stylestudio.training.teaching import Embedding, mix_rows
from stylestudio.training.trainer import draw_noises

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.stylegan2 import Generator
    from stylestudio.training.scene import Scene

BATCH = 8
HELD_OUT_SEED = 20_000_000  # no step of a training draws from it
PATCH = 8  # pixels; detail is what differs from the mean of such a patch


@dataclass(frozen=True)
class Swap:
    """One group's rows taken from another picture."""

    group: str
    to_intended: float  # PSNR in dB to the scene painted with that group's attributes swapped
    to_original: float  # PSNR in dB to the scene as it was before the swap


@dataclass(frozen=True)
class Report:
    """Means over held-out attributes, at the generator's full resolution."""

    pictures: int
    psnr: float  # dB, attributes given in W, against the scene
    psnr_from_z: float  # dB, through the mapping network
    detail_without_noise: float  # fine detail left when noise is off, as a share
    reseed_detail: float  # how far a reseed moves fine detail, as a share of its size
    reseed_layout: float  # how far it moves 8 x 8 means, as a share of their spread
    swaps: tuple[Swap, ...]


class _Examiner:
    """Paints by the generator and by the scene from the same attributes and noise."""

    def __init__(self, generator: Generator, scene: Scene, seed: int) -> None:
        self.generator = generator
        self.scene = scene
        self.embedding = Embedding(scene.space, generator.config.w_dim, seed)
        self.teacher = Teacher(self.embedding, generator.config.z_dim, seed)
        self.random = torch.Generator().manual_seed(HELD_OUT_SEED)

    def noises(self) -> dict[str, Tensor]:
        resolution = self.generator.config.img_resolution
        return draw_noises(self.generator.synthesis, BATCH, resolution, self.random)

    def attributes(self) -> Tensor:
        count = len(self.scene.space.names)
        return shape_gaussian(torch.randn(BATCH, count, generator=self.random))

    def ws(self, attributes: Tensor) -> Tensor:
        w = self.embedding.to_w(attributes)
        return mix_rows(dict.fromkeys(GROUPS, w), self.generator.config.num_ws)

    def generate(self, ws: Tensor, noises: dict[str, Tensor]) -> Tensor:
        synthesis = self.generator.synthesis
        pictures: Tensor = synthesis(ws, [noises.get(step.name) for step in synthesis.steps])
        return pictures

    def paint(self, attributes: Tensor, noises: dict[str, Tensor]) -> Tensor:
        return self.scene.render(attributes, noises, self.generator.config.img_resolution)


@torch.no_grad()
def evaluate(generator: Generator, scene: Scene, seed: int, batches: int = 8) -> Report:
    """Examine a generator that was taught `scene` from `seed`."""
    examiner = _Examiner(generator, scene, seed)
    rows = [_examine(examiner) for _ in range(batches)]
    mean = {key: sum(row[key] for row in rows) / batches for key in rows[0]}
    swaps = tuple(
        Swap(group, mean.pop(f"{group} intended"), mean.pop(f"{group} original"))
        for group in GROUPS
    )
    return Report(pictures=batches * BATCH, swaps=swaps, **mean)


def _examine(examiner: _Examiner) -> dict[str, float]:
    attributes, noises = examiner.attributes(), examiner.noises()
    picture = examiner.generate(examiner.ws(attributes), noises)
    smooth = examiner.generate(examiner.ws(attributes), {})
    reseeded = examiner.generate(examiner.ws(attributes), examiner.noises())
    z = torch.randn(BATCH, examiner.generator.config.z_dim, generator=examiner.random)
    from_z = examiner.generate(examiner.generator.map(z), noises)
    layout = _layout(picture)
    row = {
        "psnr": _mean(psnr(picture, examiner.paint(attributes, noises))),
        "psnr_from_z": _mean(psnr(from_z, examiner.paint(examiner.teacher.attributes(z), noises))),
        "detail_without_noise": _size(_detail(smooth)) / _size(_detail(picture)),
        "reseed_detail": _size(_detail(reseeded) - _detail(picture)) / _size(_detail(picture)),
        "reseed_layout": _size(_layout(reseeded) - layout) / _size(layout - layout.mean(0)),
    }
    for group in GROUPS:
        row |= _swap(examiner, attributes, noises, group)
    return row


def _swap(
    examiner: _Examiner, attributes: Tensor, noises: dict[str, Tensor], group: str
) -> dict[str, float]:
    other = attributes.roll(1, 0)
    sources = dict.fromkeys(GROUPS, examiner.embedding.to_w(attributes))
    sources[group] = examiner.embedding.to_w(other)
    ws = mix_rows(sources, examiner.generator.config.num_ws)
    intended = attributes.clone()
    columns = examiner.scene.space.indices(group)
    intended[:, columns] = other[:, columns]
    picture = examiner.generate(ws, noises)
    return {
        f"{group} intended": _mean(psnr(picture, examiner.paint(intended, noises))),
        f"{group} original": _mean(psnr(picture, examiner.paint(attributes, noises))),
    }


def _layout(picture: Tensor) -> Tensor:
    return F.avg_pool2d(picture, PATCH)


def _detail(picture: Tensor) -> Tensor:
    return picture - F.interpolate(_layout(picture), scale_factor=PATCH, mode="bilinear")


def _size(x: Tensor) -> float:
    return float(x.square().mean().sqrt())


def _mean(x: Tensor) -> float:
    return float(x.mean())
