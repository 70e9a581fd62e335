"""What tells a generated picture from the one it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

SCALES = 3
EDGE_WEIGHT = 0.5
SQUARE_WEIGHT = 4.0


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


def psnr(picture: Tensor, target: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of each picture [N, C, H, W] in -1..1 -> [N]."""
    error = (picture.clamp(-1, 1) - target).square().mean((1, 2, 3))
    return 10 * (4 / error.clamp(min=1e-12)).log10()
