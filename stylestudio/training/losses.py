"""What tells a generated picture from the one it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.training.regressors import Regressors

SCALES = 3
EDGE_WEIGHT = 0.5
SQUARE_WEIGHT = 4.0
BROAD, PATCH = 4, 8  # pixels; detail is what differs from means of BROAD, weighed in a PATCH
NEIGHBOURHOOD = 32  # pixels on whose side the energy of the finest octave is compared
FAINT = 2e-5  # energy that counts as none, below that of a fine grain


def picture_loss(picture: Tensor, target: Tensor) -> Tensor:
    """Error of pixels, absolute and squared, and of their differences to neighbours.

    Squares draw misplaced shapes to their places, where absolute errors would settle for a blur;
    the differences then sharpen the edges. All at three scales.
    """
    total = SQUARE_WEIGHT * (picture - target).square().mean()
    for scale in range(SCALES):
        if scale:
            picture, target = F.avg_pool2d(picture, 2), F.avg_pool2d(target, 2)
        error = picture - target
        across = error[..., :, 1:] - error[..., :, :-1]
        down = error[..., 1:, :] - error[..., :-1, :]
        edges = across.abs().mean() + down.abs().mean()
        total = total + (error.abs().mean() + EDGE_WEIGHT * edges) / SCALES
    return total


def drafts_loss(drafts: Sequence[Tensor], target: Tensor) -> Tensor:
    """Mean absolute error of smaller pictures [N, C, r, r] of what is to become `target`."""
    errors = [
        (draft.float() - F.adaptive_avg_pool2d(target, draft.shape[-1])).abs().mean()
        for draft in drafts
    ]
    return torch.stack(errors).mean()


def texture_loss(picture: Tensor, target: Tensor) -> Tensor:
    """How much more or less detail [N, C, H, W] shows than it should, place by place.

    A network that cannot put each strand where it belongs leaves it out, as half of a strand in the
    wrong place would be two errors; how much detail there is, it can learn.
    """
    return (_roughness(picture) - _roughness(target)).abs().mean()


def _roughness(x: Tensor) -> Tensor:
    """The root mean square of the detail in each patch."""
    detail = x - F.interpolate(F.avg_pool2d(x, BROAD), scale_factor=BROAD, mode="bilinear")
    return torch.sqrt(F.avg_pool2d(detail.square(), PATCH) + 1e-4)


def finest_octave(picture: Tensor) -> Tensor:
    """What a picture [N, C, H, W] shows within blocks of 2 x 2 pixels: of the Haar transform."""
    return picture - F.interpolate(F.avg_pool2d(picture, 2), scale_factor=2)


def finest_loss(picture: Tensor, target: Tensor) -> Tensor:
    """How far the energy of the finest octave is from what it should be, in natural logarithms.

    Told neighbourhood by neighbourhood, or a grain all over would make up for blurred edges.
    """
    return (_finest_energy(picture).log() - _finest_energy(target).log()).abs().mean()


def _finest_energy(x: Tensor) -> Tensor:
    energy = finest_octave(x).square().mean(1, keepdim=True)
    return F.avg_pool2d(energy, min(NEIGHBOURHOOD, energy.shape[-1])) + FAINT


def perceptual_distance(one: Sequence[Tensor], other: Sequence[Tensor]) -> Tensor:
    """Distance [N] of two batches of pictures, given what each stage of regressors sees in them:
    LPIPS (Zhang et al. 2018) with all weights 1.

    Features [N, C, H, W] are taken at unit length over their channels; squared differences are
    summed over channels and stages and averaged over places.
    """
    total = one[0].new_zeros(len(one[0]))
    for a, b in zip(one, other, strict=True):
        difference = F.normalize(a, dim=1) - F.normalize(b, dim=1)
        total = total + difference.square().sum(1).mean((1, 2))
    return total


def reading_loss(reader: Regressors, picture: Tensor, target: Tensor) -> Tensor:
    """How differently a reader sees two batches of pictures, and the attributes it reads there.

    What tells one person from another fills few pixels; a reader that was trained to tell them
    looks just there.
    """
    seen, wanted = reader.features(picture), reader.features(target)
    misread = (reader.read(seen[-1]) - reader.read(wanted[-1])).square().mean()
    return perceptual_distance(seen, wanted).mean() + misread


def psnr(picture: Tensor, target: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of each picture [N, C, H, W] in -1..1 -> [N]."""
    error = (picture.clamp(-1, 1) - target).square().mean((1, 2, 3))
    return 10 * (4 / error.clamp(min=1e-12)).log10()
