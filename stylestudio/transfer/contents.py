"""What style networks learn to repaint: photos, and pictures of the built-in models."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.render import builtin_models, open_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

MODEL_PICTURES = 16  # of each built-in model, among what styles are learned on
_LARGEST_CROP = 2.0  # side of a cut-out before it is reduced, in sides of what is wanted
_PSI = 0.8
_BATCH = 4


class Contents:
    """Pictures to cut random squares from."""

    def __init__(self, pictures: Iterable[Tensor]) -> None:
        """Pictures [3, H, W] in 0..1; kept as 8 bits."""
        self._pictures = [(picture * 255).round().byte() for picture in pictures]

    def __len__(self) -> int:
        return len(self._pictures)

    def fingerprint(self) -> str:
        """The same for the same pictures in the same order."""
        digest = hashlib.sha256()
        for picture in self._pictures:
            digest.update(picture.numpy().tobytes())
        return digest.hexdigest()

    def cut(self, count: int, side: int, generator: torch.Generator) -> Tensor:
        """Random squares of random sizes, half of them mirrored: [count, 3, side, side] in 0..1."""
        return torch.cat([self._square(side, generator) for _ in range(count)])

    def middles(self, count: int, side: int) -> Tensor:
        """The middle squares of pictures spread over all of them: [count, 3, side, side]."""
        chosen = np.linspace(0, len(self) - 1, count).round().astype(int)
        return torch.cat([_middle(self._pictures[index], side) for index in chosen])

    def _square(self, side: int, generator: torch.Generator) -> Tensor:
        index, size, top, left, flip = torch.rand(5, generator=generator).tolist()
        picture = self._pictures[int(index * len(self))]
        height, width = picture.shape[-2:]
        shortest = min(height, width)
        cut = min(shortest, round(side * _LARGEST_CROP**size))
        y, x = round(top * (height - cut)), round(left * (width - cut))
        square = picture[None, :, y : y + cut, x : x + cut].float() / 255
        if flip < 0.5:
            square = square.flip(3)
        return _resized(square, side)


def _middle(picture: Tensor, side: int) -> Tensor:
    height, width = picture.shape[-2:]
    cut = min(height, width)
    y, x = (height - cut) // 2, (width - cut) // 2
    return _resized(picture[None, :, y : y + cut, x : x + cut].float() / 255, side)


def _resized(square: Tensor, side: int) -> Tensor:
    if square.shape[-1] == side:
        return square
    small = F.interpolate(
        square, size=(side, side), mode="bilinear", antialias=True, align_corners=False
    )
    return small.clamp(0, 1)


@torch.no_grad()
def model_pictures(
    count: int, seed: int = 0, models: Sequence[str] | None = None
) -> Iterator[Tensor]:
    """Yield pictures [3, R, R] in 0..1 of the built-in models in turn, `count` of each."""
    for name in builtin_models() if models is None else models:
        model = open_model(name, device="cpu")
        for first in range(seed, seed + count, _BATCH):
            seeds = range(first, min(first + _BATCH, seed + count))
            z = np.stack([np.random.RandomState(s).randn(model.z_dim) for s in seeds])
            images = model.synthesize(model.map(torch.from_numpy(z).float(), truncation_psi=_PSI))
            yield from (images.clamp(-1, 1) + 1) / 2
