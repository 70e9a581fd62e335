"""Paints what a generator and what its scene make of the same held-out attributes and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.training.embedding import Embedding, mix_rows
from stylestudio.training.mapping_fit import Teacher
from stylestudio.training.scene import GROUPS, shape_gaussian
from stylestudio.training.trainer import draw_noises

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.stylegan2 import Generator
    from stylestudio.training.scene import Scene

BATCH = 8
HELD_OUT_SEED = 20_000_000  # no step of a training draws from it
PATCH = 8  # pixels; detail is what differs from the mean of such a patch


class Evaluator:
    """A generator beside the scene that it was taught from `seed`, and one source of chance.

    Everything comes in batches of `BATCH`, drawn on the CPU and used where the generator lies.
    Raises ValueError where z or w has fewer dimensions than the scene has attributes.
    """

    def __init__(self, generator: Generator, scene: Scene, seed: int) -> None:
        self.generator = generator
        self.scene = scene
        self.device = generator.mapping.w_avg.device
        self.embedding = Embedding(scene.space, generator.config.w_dim, seed, self.device)
        self.teacher = Teacher(self.embedding, generator.config.z_dim, seed)
        self.random = torch.Generator().manual_seed(HELD_OUT_SEED)

    def noises(self) -> dict[str, Tensor]:
        """Fresh noise for every convolution."""
        resolution = self.generator.config.img_resolution
        noises = draw_noises(self.generator.synthesis, BATCH, resolution, self.random)
        return {name: noise.to(self.device) for name, noise in noises.items()}

    def attributes(self) -> Tensor:
        """Fresh attributes [BATCH, K]."""
        count = len(self.scene.space.names)
        return shape_gaussian(torch.randn(BATCH, count, generator=self.random).to(self.device))

    def z(self) -> Tensor:
        """Fresh z [BATCH, z_dim]."""
        z = torch.randn(BATCH, self.generator.config.z_dim, generator=self.random)
        return z.to(self.device)

    def rows(self, w: Tensor) -> Tensor:
        """The same w [N, w_dim] for all groups -> ws [N, num_ws, w_dim]."""
        return mix_rows(dict.fromkeys(GROUPS, w), self.generator.config.num_ws)

    def mixed_rows(self, w: Tensor, other: Tensor, group: str) -> Tensor:
        """ws [N, num_ws, w_dim] of w [N, w_dim], with one group's rows from `other`."""
        sources = dict.fromkeys(GROUPS, w) | {group: other}
        return mix_rows(sources, self.generator.config.num_ws)

    def mixed_attributes(self, attributes: Tensor, other: Tensor, group: str) -> Tensor:
        """Attributes [N, K] with those of one group from `other`."""
        mixed = attributes.clone()
        columns = self.scene.space.indices(group)
        mixed[:, columns] = other[:, columns]
        return mixed

    def generate(self, ws: Tensor, noises: dict[str, Tensor]) -> Tensor:
        """The generator's pictures [N, 3, R, R]; a convolution without noise adds none."""
        synthesis = self.generator.synthesis
        pictures: Tensor = synthesis(ws, [noises.get(step.name) for step in synthesis.steps])
        return pictures

    def paint(self, attributes: Tensor, noises: dict[str, Tensor]) -> Tensor:
        """The scene's pictures [N, 3, R, R] at the generator's resolution."""
        return self.scene.render(attributes, noises, self.generator.config.img_resolution)


def layout(picture: Tensor) -> Tensor:
    """The means of patches [N, 3, R / PATCH, R / PATCH]."""
    return F.avg_pool2d(picture, PATCH)


def detail(picture: Tensor) -> Tensor:
    """What a picture [N, 3, R, R] shows beside its layout."""
    return picture - F.interpolate(layout(picture), scale_factor=PATCH, mode="bilinear")


def size(x: Tensor) -> float:
    """Root mean square."""
    return float(x.square().mean().sqrt())
