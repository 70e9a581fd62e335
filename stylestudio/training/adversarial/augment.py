"""What the discriminator's pictures are put through, and how often (ADA paper, appendix B).

The published selection "bgc": blitting, geometry, colour. Every operation is applied to each
picture with probability p; those on the places of pixels make up one affine map, those on their
colours one matrix, so each is carried out once. Pictures without any are left as they are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from stylestudio.training.adversarial.warp import warp

if TYPE_CHECKING:
    from torch import Tensor

SHIFT = 0.125  # of the side: the largest whole-pixel shift, and the deviation of the other
SCALE = 0.2  # deviation of log2, for both scalings
BRIGHTNESS = 0.2  # deviation, where black to white is 2
CONTRAST = 0.5  # deviation of log2
SATURATION = 1.0  # deviation of log2


def augment(pictures: Tensor, p: float, generator: torch.Generator) -> Tensor:
    """Put pictures [N, 3, R, R] in -1..1 through the operations, differentiable twice.

    `p` lies in 0..1. `generator`, on the CPU, makes all choices.
    """
    if p <= 0:
        return pictures
    n, _, resolution, _ = pictures.shape
    to_source = torch.linalg.inv(_AffineMaps(n, resolution, p, generator).forward)
    moved = (to_source != torch.eye(3)).any(2).any(1).nonzero()[:, 0].to(pictures.device)
    if len(moved):
        warped = warp(pictures[moved], to_source.to(pictures)[moved])
        pictures = pictures.index_copy(0, moved, warped)
    colours = _colours(n, p, generator).to(pictures)
    mixed = torch.einsum("nij,njhw->nihw", colours[:, :3, :3], pictures)
    return mixed + colours[:, :3, 3, None, None]


class _RandomChoices:
    """Draws which pictures an operation is applied to, and how."""

    def __init__(self, n: int, p: float, generator: torch.Generator) -> None:
        self.n = n
        self.p = p
        self.generator = generator

    def uniform(self) -> Tensor:
        """[N] in 0..1."""
        return torch.rand(self.n, generator=self.generator)

    def normal(self) -> Tensor:
        """[N] of N(0, 1)."""
        return torch.randn(self.n, generator=self.generator)

    def below(self, count: int) -> Tensor:
        """[N] whole numbers from 0 to count - 1."""
        return (self.uniform() * count).floor()

    def applied(self, amounts: Tensor, p: float | None = None) -> Tensor:
        """The amounts [N], set to 0 with probability 1 - p."""
        chosen = self.uniform() < (self.p if p is None else p)
        return torch.where(chosen, amounts, torch.zeros(()))


class _AffineMaps(_RandomChoices):
    """Draws one affine map a picture: `forward` [N, 3, 3], in pixels from the middle."""

    def __init__(self, n: int, resolution: int, p: float, generator: torch.Generator) -> None:
        super().__init__(n, p, generator)
        self.forward = torch.eye(3).repeat(n, 1, 1)
        self._blit(resolution)
        self._geometry(resolution)

    def _blit(self, resolution: int) -> None:
        """What moves pixels onto pixels: mirroring, quarter turns, whole-pixel shifts."""
        mirrored = 1 - 2 * self.applied(self.below(2))
        self._then(_scaling(mirrored, torch.ones(self.n)))
        quarters = self.applied(self.below(4))
        self._then(_rotation(quarters * (math.pi / 2)).round())
        across, down = ((2 * self.uniform() - 1) * SHIFT for _ in range(2))
        whole = self._both(across, down)
        self._then(_shift((whole * resolution).round()))

    def _geometry(self, resolution: int) -> None:
        """Scaling, turning before and after stretching, shifting by fractions."""
        turn = 1 - math.sqrt(1 - self.p)  # so that at least one of two turns happens with p
        size = self.applied(self.normal() * SCALE).exp2()
        self._then(_scaling(size, size))
        self._then(_rotation(self.applied((2 * self.uniform() - 1) * math.pi, turn)))
        stretch = self.applied(self.normal() * SCALE).exp2()
        self._then(_scaling(stretch, 1 / stretch))
        self._then(_rotation(self.applied((2 * self.uniform() - 1) * math.pi, turn)))
        fraction = self._both(self.normal() * SHIFT, self.normal() * SHIFT)
        self._then(_shift(fraction * resolution))

    def _both(self, x: Tensor, y: Tensor) -> Tensor:
        """Two amounts that are applied to a picture together: [2, N]."""
        return self.applied(torch.ones(self.n)) * torch.stack([x, y])

    def _then(self, operation: Tensor) -> None:
        self.forward = operation @ self.forward


def _colours(n: int, p: float, generator: torch.Generator) -> Tensor:
    """Affine maps of colours [N, 4, 4]."""
    choices = _RandomChoices(n, p, generator)
    gray = torch.tensor([1.0, 1.0, 1.0, 0.0]) / math.sqrt(3)
    along = torch.outer(gray, gray)  # projects onto the gray axis
    eye = torch.eye(4)
    brightness = eye.repeat(n, 1, 1)
    brightness[:, :3, 3] = choices.applied(choices.normal() * BRIGHTNESS)[:, None]
    contrast = _diagonal(choices.applied(choices.normal() * CONTRAST).exp2())
    flips = choices.applied(choices.below(2))[:, None, None]
    luma_flip = eye - 2 * flips * along
    hue = _hue_rotation(choices.applied((2 * choices.uniform() - 1) * math.pi), gray[:3])
    saturation = choices.applied(choices.normal() * SATURATION).exp2()[:, None, None]
    saturated = along + (eye - along) * saturation
    saturated[:, 3, 3] = 1
    return saturated @ hue @ luma_flip @ contrast @ brightness


def _diagonal(gain: Tensor) -> Tensor:
    one = torch.ones_like(gain)
    return torch.diag_embed(torch.stack([gain, gain, gain, one], 1))


def _hue_rotation(angle: Tensor, axis: Tensor) -> Tensor:
    """Rodrigues' rotation of colours [N, 4, 4] about the gray axis."""
    x, y, z = axis.tolist()
    cross = torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    sin, cos = angle.sin()[:, None, None], angle.cos()[:, None, None]
    matrix = torch.eye(4).repeat(len(angle), 1, 1)
    matrix[:, :3, :3] = torch.eye(3) + sin * cross + (1 - cos) * cross @ cross
    return matrix


def _scaling(x: Tensor, y: Tensor) -> Tensor:
    return torch.diag_embed(torch.stack([x, y, torch.ones_like(x)], 1))


def _rotation(angle: Tensor) -> Tensor:
    matrix = torch.eye(3).repeat(len(angle), 1, 1)
    matrix[:, 0, 0] = matrix[:, 1, 1] = angle.cos()
    matrix[:, 1, 0] = angle.sin()
    matrix[:, 0, 1] = -angle.sin()
    return matrix


def _shift(by: Tensor) -> Tensor:
    """By [2, N] pixels: across, down."""
    matrix = torch.eye(3).repeat(by.shape[1], 1, 1)
    matrix[:, :2, 2] = by.T
    return matrix
