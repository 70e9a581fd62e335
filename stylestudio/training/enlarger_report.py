"""How an enlarger compares with Lanczos on pictures that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from stylestudio.networks.random_filters import RandomFilters
from stylestudio.training.enlarger import filtered, reduced
from stylestudio.training.losses import perceptual_distance, psnr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from stylestudio.render import PictureStage


@dataclass(frozen=True)
class Closeness:
    """Means over pictures."""

    psnr: float  # dB to the original
    distance: float  # of the maps of random filters, at unit length over channels


@torch.no_grad()
def compare(stage: PictureStage, pictures: Sequence[Tensor]) -> tuple[Closeness, Closeness]:
    """Reduce pictures [3, H, W] in 0..1, enlarge them again, and compare with what they were.

    Returns the stage's closeness and that of Lanczos. Filters that the stage was not taught by
    judge, the same ones always.
    """
    found: list[list[tuple[float, float]]] = [[], []]
    filters = RandomFilters()
    for picture in pictures:
        height, width = (side - side % stage.scale for side in picture.shape[-2:])
        original = picture[None, :, :height, :width]
        small = reduced(original, stage.scale, way=1)
        for kept, large in zip(
            found, (stage.apply(small), _lanczos(small, stage.scale)), strict=True
        ):
            kept.append(
                (
                    float(psnr(large * 2 - 1, original * 2 - 1)[0]),
                    float(
                        perceptual_distance(filtered(filters, large), filtered(filters, original))[
                            0
                        ]
                    ),
                )
            )
    ours, plain = (
        Closeness(*(float(np.mean(each)) for each in zip(*kept, strict=True))) for kept in found
    )
    return ours, plain


def _lanczos(small: Tensor, scale: int) -> Tensor:
    pixels = (small[0].permute(1, 2, 0) * 255).round().byte().numpy()
    height, width = pixels.shape[:2]
    large = Image.fromarray(pixels).resize(
        (width * scale, height * scale), Image.Resampling.LANCZOS
    )
    return torch.from_numpy(np.array(large)).permute(2, 0, 1)[None].float() / 255
