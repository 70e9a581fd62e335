"""The loss target of an inversion: a crop of a photo, which may move along with the latent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.inversion.photo import Crop, Cutter

if TYPE_CHECKING:
    from stylestudio.inversion.distance import Distance, Target
    from stylestudio.inversion.photo import Photo

DEGREES = 50.0  # that count as much as moving by a side or growing e-fold
REACH = 0.2  # of the way that a crop moves at most, in sides


class CropTarget:
    """One crop of a photo at one resolution; with a `rate` above 0 it is to be moved.

    The rate is a learning rate in sides of the crop; `mask` [R, R] weights the crop's pixels. It
    stays within `REACH`: left to itself, a loss of colours moves on to some smooth part of a photo.
    """

    def __init__(
        self,
        distance: Distance,
        photo: Photo,
        crop: Crop,
        resolution: int,
        *,
        rate: float = 0.0,
        mask: Tensor | None = None,
    ) -> None:
        device = distance.device
        self.rate = rate
        self._distance = distance
        self._mask = None if mask is None else mask.to(device)
        self._cutter = Cutter(photo, resolution, device)
        self._first = torch.tensor(crop, dtype=torch.float32)
        # On the processor, which has to know where the crop is at every step.
        self._move = torch.zeros(4, requires_grad=rate > 0)
        self._fixed = None if rate else self._prepared()

    @property
    def parameters(self) -> list[Tensor]:
        """What an optimiser is to move."""
        return [self._move] if self.rate else []

    @property
    def crop(self) -> Crop:
        """Where the crop is now."""
        return Crop(*(float(value) for value in self._moved().detach()))

    def picture(self) -> Tensor:
        """What lies in the crop, [1, 3, R, R] in -1..1."""
        return self._cutter(self._moved()[None])

    def current(self) -> Target:
        """What pictures are to come close to; where it moves, good for one step."""
        return self._fixed or self._prepared()

    def _prepared(self) -> Target:
        return self._distance.against(self.picture(), self._mask)

    def _moved(self) -> Tensor:
        side = self._first[2]
        move = REACH * (self._move / REACH).tanh()
        return torch.cat(
            [
                self._first[:2] + move[:2] * side,
                (side * move[2].exp())[None],
                (self._first[3] + move[3] * DEGREES)[None],
            ]
        )
