"""How well a generator paints what its scene would, and what its controls move."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from stylestudio.training.evaluator import BATCH, Evaluator, detail, layout, size
from stylestudio.training.losses import finest_octave, psnr
from stylestudio.training.scene import GROUPS

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.stylegan2 import Generator
    from stylestudio.training.scene import Scene

BORDER = 4  # pixels


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
    finest: float  # energy of the finest octave, as a share of the scene's
    border: float  # error (root mean square) in the outer BORDER pixels, as a share of that inside
    detail_without_noise: float  # fine detail left when noise is off, as a share
    reseed_detail: float  # how far a reseed moves fine detail, as a share of its size
    reseed_layout: float  # how far it moves 8 x 8 means, as a share of their spread
    swaps: tuple[Swap, ...]


@torch.no_grad()
def evaluate(generator: Generator, scene: Scene, seed: int, batches: int = 16) -> Report:
    """Evaluate a generator that was taught `scene` from `seed`."""
    evaluator = Evaluator(generator, scene, seed)
    rows = [_evaluate_batch(evaluator) for _ in range(batches)]
    mean = {key: sum(row[key] for row in rows) / batches for key in rows[0]}
    finest = mean.pop("finest generated") / mean.pop("finest painted")
    border = math.sqrt(mean.pop("border error") / mean.pop("inner error"))
    swaps = tuple(
        Swap(group, mean.pop(f"{group} intended"), mean.pop(f"{group} original"))
        for group in GROUPS
    )
    return Report(pictures=batches * BATCH, swaps=swaps, finest=finest, border=border, **mean)


@torch.no_grad()
def side_by_side(
    generator: Generator, scene: Scene, seed: int, batches: int, psi: float
) -> tuple[Tensor, Tensor]:
    """Pictures of held-out z at truncation psi, by the generator and by the scene.

    Two tensors [batches * BATCH, 3, R, R] in -1..1.
    """
    evaluator = Evaluator(generator, scene, seed)
    generated, painted = [], []
    for _ in range(batches):
        ws, noises = generator.map(evaluator.z(), truncation_psi=psi), evaluator.noises()
        generated.append(evaluator.generate(ws, noises))
        attributes = evaluator.embedding.to_attributes(ws[:, 0])
        painted.append(evaluator.paint(attributes, noises))
    return torch.cat(generated), torch.cat(painted)


def _evaluate_batch(evaluator: Evaluator) -> dict[str, float]:
    attributes, noises = evaluator.attributes(), evaluator.noises()
    ws = evaluator.rows(evaluator.embedding.to_w(attributes))
    picture = evaluator.generate(ws, noises)
    smooth = evaluator.generate(ws, {})
    reseeded = evaluator.generate(ws, evaluator.noises())
    z = evaluator.z()
    from_z = evaluator.generate(evaluator.generator.map(z), noises)
    painted = evaluator.paint(attributes, noises)
    broad = layout(picture)
    row = _compared(picture.clamp(-1, 1), painted) | {
        "psnr": _mean(psnr(picture, painted)),
        "psnr_from_z": _mean(
            psnr(from_z, evaluator.paint(evaluator.teacher.attributes(z), noises))
        ),
        "detail_without_noise": size(detail(smooth)) / size(detail(picture)),
        "reseed_detail": size(detail(reseeded) - detail(picture)) / size(detail(picture)),
        "reseed_layout": size(layout(reseeded) - broad) / size(broad - broad.mean(0)),
    }
    for group in GROUPS:
        row |= _swap(evaluator, attributes, noises, group)
    return row


def _compared(picture: Tensor, painted: Tensor) -> dict[str, float]:
    """Mean energies of fine detail, and of the error at the border and inside."""
    error = (picture - painted).square().mean((0, 1))
    border = torch.ones_like(error, dtype=torch.bool)
    border[BORDER:-BORDER, BORDER:-BORDER] = False
    return {
        "finest generated": _mean(finest_octave(picture).square()),
        "finest painted": _mean(finest_octave(painted).square()),
        "border error": _mean(error[border]),
        "inner error": _mean(error[~border]),
    }


def _swap(
    evaluator: Evaluator, attributes: Tensor, noises: dict[str, Tensor], group: str
) -> dict[str, float]:
    other = attributes.roll(1, 0)
    to_w = evaluator.embedding.to_w
    ws = evaluator.mixed_rows(to_w(attributes), to_w(other), group)
    intended = evaluator.mixed_attributes(attributes, other, group)
    picture = evaluator.generate(ws, noises)
    return {
        f"{group} intended": _mean(psnr(picture, evaluator.paint(intended, noises))),
        f"{group} original": _mean(psnr(picture, evaluator.paint(attributes, noises))),
    }


def _mean(x: Tensor) -> float:
    return float(x.mean())
