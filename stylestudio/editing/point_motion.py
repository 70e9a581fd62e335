"""Points on feature maps: how they are made to move, and how they are found again.

The idea is that of DragGAN (Pan et al. 2023, sections 3.2 and 3.3), with changes that measurements
on our models suggested: places between the pixels of the maps are interpolated, so the maps are
never enlarged, and all lengths are multiples of their pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

PATCH, PATCH_STEP = 1.0, 0.5  # map pixels around a point whose features are to move
SEARCH, SEARCH_STEP = 3.0, 0.25  # and among which it is looked for after each step


class FeaturePoints:
    """Points on the maps of one picture, by shares of its width and height.

    `extent` is how many times as wide as the picture the maps are: more than 1 where they reach
    beyond it. The maps given first, [1, C, r, r], say what each point looks like.
    """

    def __init__(self, first: Tensor, handles: Tensor, extent: float) -> None:
        self._extent = extent
        self.first = first
        self.pixel = extent / first.shape[-1]  # a pixel of the maps, as a share of the picture
        self._patch = (_grid(PATCH, PATCH_STEP) * self.pixel).to(first.device)
        self._search = (_grid(SEARCH, SEARCH_STEP) * self.pixel).to(first.device)
        self._looks = self._at(first, handles)  # [P, C]
        self._surroundings = self._at(first, handles[:, None] + self._patch)
        # How much places differ that have nothing to do with each other.
        self._apart = (first.flatten(2)[0].T[None] - self._looks[:, None]).abs().sum(-1).mean(1)

    def motion_loss(self, maps: Tensor, points: Tensor, steps: Tensor) -> Tensor:
        """How far maps are from showing around points + steps [P, 2] what is around points now.

        [P]. Gradients reach the maps at the places ahead alone, so what is there is made like what
        is here (motion supervision, equation 1).
        """
        here = points[:, None] + self._patch
        now = self._at(maps.detach(), here)
        ahead = self._at(maps, here + steps[:, None])
        return (ahead - now).abs().mean((1, 2))

    def rest_loss(self, maps: Tensor, places: Tensor) -> Tensor:
        """How far maps are from showing at places [P, 2] what was around the handles first: [P]."""
        there = self._at(maps, places[:, None] + self._patch)
        return (there - self._surroundings).abs().mean((1, 2))

    def fixed_loss(self, maps: Tensor, fixed: Tensor) -> Tensor:
        """How much maps have changed where `fixed` [1, 1, r, r] is 1, per pixel of that.

        1 is as much as places differ that have nothing to do with each other.
        """
        change = (maps - self.first).abs().sum(1, keepdim=True)
        return (change * fixed).sum() / fixed.sum() / self._apart.mean()

    def find(self, maps: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
        """Look for the points near places [P, 2], where the maps resemble them most.

        Returns the places [P, 2], and how little they resemble them [P]: 0 is alike, 1 as strange
        as any place of the first picture.
        """
        places = (near[:, None] + self._search).clamp(0, 1)
        differences = (self._at(maps, places) - self._looks[:, None]).abs().sum(-1)
        least, index = differences.min(1, keepdim=True)
        found = places.gather(1, index[..., None].expand(-1, -1, 2))
        return found[:, 0], least[:, 0] / self._apart

    def _at(self, maps: Tensor, places: Tensor) -> Tensor:
        """Features [..., C] at places [..., 2], interpolated."""
        grid = (2 * places - 1) / self._extent
        found = F.grid_sample(
            maps,
            grid.reshape(1, 1, -1, 2),
            mode="bilinear",
            padding_mode="border",
            align_corners=False,
        )
        return found[0, :, 0].T.reshape(*places.shape[:-1], -1)


def held_back(motion: Tensor, change: Tensor, force: Tensor) -> Tensor:
    """A gradient of motion with that of change outside of the mask, as strong as `force` says.

    At 0 it is motion alone. From 1 on, motion no longer adds to the change, and the change is
    undone as fast as motion goes on: by the gradients' own lengths, as what motion and
    change weigh differs from one drag to the next.
    """
    back = change / change.norm().clamp(min=1e-8)
    adding = (motion * back).sum().clamp(max=0)
    strength = force * motion.norm() - force.clamp(max=1) * adding
    held: Tensor = motion + strength * back
    return held


def _grid(radius: float, step: float) -> Tensor:
    """Offsets [N, 2] in a square round nothing, the middle first, so that it wins where all tie."""
    along = torch.arange(-radius, radius + step / 2, step)
    down, across = torch.meshgrid(along, along, indexing="ij")
    offsets = torch.stack([across.flatten(), down.flatten()], 1)
    return offsets[offsets.square().sum(1).argsort(stable=True)]
