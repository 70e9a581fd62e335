"""Inception-v3 as it was in December 2015: the network whose features FID is published in.

Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision", section 6, with
the averages and the one maximum of the published graph. Shapes in comments: N pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIDE = 299  # pixels that pictures are brought to
WIDTH = 2048  # numbers of the published network's features

Kernel = tuple[int, int]


@dataclass(frozen=True)
class Conv:
    """A convolution with a rectifier; as wide as the weights are."""

    kernel: Kernel = (1, 1)
    stride: int = 1
    padded: bool = True  # so that the size stays

    @property
    def padding(self) -> Kernel:
        """Pixels added at either side, over rows and columns."""
        high, wide = self.kernel
        return (high // 2, wide // 2) if self.padded and self.stride == 1 else (0, 0)


_ONE, _WIDE, _HIGH = Conv(), Conv((1, 7)), Conv((7, 1))
_THREE, _FIVE, _HALVE = Conv((3, 3)), Conv((5, 5)), Conv((3, 3), stride=2)
_VALID = Conv((3, 3), padded=False)
_AVERAGE, _LARGEST, _SHRINK = "average", "largest", "shrink"

Fork = tuple[Conv, ...]  # convolutions of the same maps, side by side
Part = Conv | Fork | str  # a string names a pooling
Branch = tuple[Part, ...]

_STEM: Branch = (_HALVE, _VALID, _THREE, _SHRINK, _ONE, _VALID, _SHRINK)
_A: tuple[Branch, ...] = ((_ONE,), (_ONE, _FIVE), (_ONE, _THREE, _THREE), (_AVERAGE, _ONE))
_B: tuple[Branch, ...] = ((_HALVE,), (_ONE, _THREE, _HALVE), (_SHRINK,))
_C: tuple[Branch, ...] = (
    (_ONE,),
    (_ONE, _WIDE, _HIGH),
    (_ONE, _HIGH, _WIDE, _HIGH, _WIDE),
    (_AVERAGE, _ONE),
)
_D: tuple[Branch, ...] = ((_ONE, _HALVE), (_ONE, _WIDE, _HIGH, _HALVE), (_SHRINK,))
_FORK: Fork = (Conv((1, 3)), Conv((3, 1)))


def _e(pooling: str) -> tuple[Branch, ...]:
    return ((_ONE,), (_ONE, _FORK), (_ONE, _THREE, _FORK), (pooling, _ONE))


_BLOCKS = ((_STEM,), _A, _A, _A, _B, _C, _C, _C, _C, _D, _e(_AVERAGE), _e(_LARGEST))


def convolutions() -> list[Conv]:
    """All of them in order: block by block, branch by branch."""
    found: list[Conv] = []
    for block in _BLOCKS:
        for branch in block:
            for part in branch:
                found += [] if isinstance(part, str) else _side_by_side(part)
    return found


def channels(outputs: Sequence[int]) -> tuple[list[int], int]:
    """What each convolution takes, given what each puts out, and what the whole network gives."""
    found: list[int] = []
    outs = iter(outputs)
    width = 3
    for block in _BLOCKS:
        ends = 0
        for branch in block:
            here = width
            for part in branch:
                if not isinstance(part, str):
                    convs = _side_by_side(part)
                    found += [here] * len(convs)
                    here = sum(next(outs) for _ in convs)
            ends += here
        width = ends
    return found, width


class Inception(nn.Module):
    """The network up to the features under its classifier; normalisations are in the weights."""

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """`shapes` are those of the weights [out, in, rows, columns], in order."""
        super().__init__()
        self.width = channels([shape[0] for shape in shapes])[1]  # of the features
        self.convs = nn.ModuleList(
            nn.Conv2d(shape[1], shape[0], conv.kernel, conv.stride, conv.padding)
            for shape, conv in zip(shapes, convolutions(), strict=True)
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] in 0..255, of any size -> features [N, width]."""
        x = (resized(pictures) - 128) / 128
        convs: Iterator[nn.Module] = iter(self.convs)
        for block in _BLOCKS:
            x = torch.cat([_run(branch, x, convs) for branch in block], 1)
        return x.mean((2, 3))


def resized(pictures: Tensor) -> Tensor:
    """Pictures [N, C, H, W] at 299 pixels, as TensorFlow 1 did it: without looking wider where
    they shrink, and with the first pixels of both on top of each other.
    """
    for axis in (2, 3):
        size = pictures.shape[axis]
        at = torch.arange(SIDE).to(pictures.device) * (size / SIDE)
        below = at.floor().long().clamp(max=size - 1)
        above = (below + 1).clamp(max=size - 1)
        shape = [1, 1, 1, 1]
        shape[axis] = SIDE
        share = (at - below).to(pictures.dtype).view(shape)
        low, high = pictures.index_select(axis, below), pictures.index_select(axis, above)
        pictures = low + (high - low) * share
    return pictures


def _side_by_side(part: Conv | Fork) -> Fork:
    return (part,) if isinstance(part, Conv) else part


def _run(branch: Branch, x: Tensor, convs: Iterator[nn.Module]) -> Tensor:
    for part in branch:
        if part == _AVERAGE:
            x = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        elif part == _LARGEST:
            x = F.max_pool2d(x, 3, 1, 1)
        elif part == _SHRINK:
            x = F.max_pool2d(x, 3, 2)
        else:
            assert not isinstance(part, str)
            x = torch.cat([F.relu(next(convs)(x)) for _ in _side_by_side(part)], 1)
    return x
