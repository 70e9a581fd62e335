"""EfficientNet-Lite0: a small classifier of ImageNet, whose features tell pictures apart.

Tan and Le 2019, "EfficientNet", and the Lite0 variant of 2020: no squeeze and excitation, ReLU6
everywhere, and TensorFlow's padding. Normalisation is part of the convolutions' weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE = 224  # pixels that pictures are brought to
STEM, WIDTH = 32, 1280  # channels of the first convolution and of the last
STYLE = (0, 2, 4, 10, 15)  # blocks whose maps are compared: the last ones at 112, 56, ... 7 pixels
_EXPANSION = 6


class Block(NamedTuple):
    """An inverted residual block: wider, depthwise, narrower."""

    kernel: int
    stride: int
    inside: int  # channels between; as many as come in where nothing is expanded
    out: int


def blocks() -> Iterator[tuple[int, Block]]:
    """The channels that come into each block, and the block."""
    rows = (
        *((3, 1, 16, 1), (3, 2, 24, 2), (5, 2, 40, 2), (3, 2, 80, 3)),
        *((5, 1, 112, 3), (5, 2, 192, 4), (3, 1, 320, 1)),
    )
    channels = STEM
    for kernel, stride, out, repeats in rows:
        for number in range(repeats):
            inside = channels if out == 16 else channels * _EXPANSION
            yield channels, Block(kernel, stride if number == 0 else 1, inside, out)
            channels = out


class EfficientNetLite0(nn.Module):
    """Its layers up to the pooled features, without the classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = [*blocks()]
        self.stem = nn.Conv2d(3, STEM, 3)
        self.expand = nn.ModuleDict()
        self.depthwise, self.project = nn.ModuleList(), nn.ModuleList()
        for index, (channels, block) in enumerate(self.plan):
            if block.inside != channels:
                self.expand[str(index)] = nn.Conv2d(channels, block.inside, 1)
            depthwise = nn.Conv2d(block.inside, block.inside, block.kernel, groups=block.inside)
            self.depthwise.append(depthwise)
            self.project.append(nn.Conv2d(block.inside, block.out, 1))
        self.head = nn.Conv2d(self.plan[-1][1].out, WIDTH, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] in 0..255 -> features [N, 1280]."""
        *_, last = self._maps(pictures / 255)
        return F.relu6(self.head(last)).mean((2, 3))

    def style(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Pictures [N, 3, H, W] in 0..1 -> the maps [N, C, h, w] of the blocks in `STYLE`."""
        return tuple(x for index, x in enumerate(self._maps(pictures)) if index in STYLE)

    def _maps(self, pictures: Tensor) -> Iterator[Tensor]:
        """What each block makes of pictures in 0..1."""
        if list(pictures.shape[2:]) != [SIDE, SIDE]:
            pictures = F.interpolate(pictures, [SIDE, SIDE], mode="bilinear", antialias=True)
        x = F.relu6(_same(pictures.clamp(0, 1) * 2 - 1, self.stem, 2))
        for index, (channels, block) in enumerate(self.plan):
            before = x
            if str(index) in self.expand:
                x = F.relu6(self.expand[str(index)](x))
            x = F.relu6(_same(x, self.depthwise[index], block.stride))
            x = self.project[index](x)
            if block.stride == 1 and channels == block.out:
                x = x + before
            yield x


def _same(x: Tensor, conv: nn.Module, stride: int) -> Tensor:
    """A convolution padded as TensorFlow's "SAME": of an odd number of pixels, more at the end."""
    assert isinstance(conv, nn.Conv2d)
    pads = []
    for size in (x.shape[3], x.shape[2]):
        lacking = max((-(-size // stride) - 1) * stride + conv.kernel_size[0] - size, 0)
        pads += [lacking // 2, lacking - lacking // 2]
    return torch.conv2d(F.pad(x, pads), conv.weight, conv.bias, stride, groups=conv.groups)
