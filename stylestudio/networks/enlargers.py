"""Networks that enlarge pictures.

Wang et al. 2018, "ESRGAN", section 3.1 (RRDBNet); Wang et al. 2021, "Real-ESRGAN", section 3.4
(smaller pictures in more channels for scales 1 and 2); SRVGGNetCompact as that project has it.
They take and give float32 [N, 3, H, W] in 0..1, or a little beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.chain import last

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOPE, RESIDUAL = 0.2, 0.2


@dataclass(frozen=True)
class RRDBConfig:
    """Sizes of an RRDBNet."""

    width: int
    growth: int
    blocks: int
    doublings: int  # at the end
    unshuffle: int = 1  # by how much pictures get smaller, and their channels more, at the start

    @property
    def scale(self) -> int:
        """How many times larger pictures become."""
        return int(2**self.doublings // self.unshuffle)


class RRDBNet(nn.Module):
    """Residual blocks within residual blocks, then doublings of the size."""

    kind: ClassVar[str] = "upscale"

    def __init__(self, config: RRDBConfig) -> None:
        super().__init__()
        self.config = config
        self.scale, self.multiple = config.scale, config.unshuffle
        width = config.width
        self.first = nn.Conv2d(3 * config.unshuffle**2, width, 3, 1, 1)
        self.trunk = nn.ModuleList(
            nn.ModuleList(DenseBlock(width, config.growth) for _ in range(3))
            for _ in range(config.blocks)
        )
        self.trunk_end = nn.Conv2d(width, width, 3, 1, 1)
        self.up = nn.ModuleList(nn.Conv2d(width, width, 3, 1, 1) for _ in range(config.doublings))
        self.large = nn.Conv2d(width, width, 3, 1, 1)
        self.last = nn.Conv2d(width, 3, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, H, W] -> [N, 3, scale * H, scale * W]."""
        return last(self.layers(x))

    def layers(self, x: Tensor) -> Iterator[Tensor]:
        """What each layer makes, the result of `forward` last, so that a caller may stop."""
        if self.config.unshuffle > 1:
            x = F.pixel_unshuffle(x, self.config.unshuffle)
        x = start = self.first(x)
        for block in self.trunk:
            y = x
            for dense in block:  # type: ignore[attr-defined]
                y = dense(y)
            x = x + RESIDUAL * y
            yield x
        x = start + self.trunk_end(x)
        for layer in self.up:
            x = F.leaky_relu(layer(F.interpolate(x, scale_factor=2, mode="nearest")), SLOPE)
            yield x
        yield self.last(F.leaky_relu(self.large(x), SLOPE))


class DenseBlock(nn.Module):
    """Five convolutions; each sees what all before it made."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(width + i * growth, width if i == 4 else growth, 3, 1, 1) for i in range(5)
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N, width, H, W] -> the same form."""
        maps = [x]
        for conv in self.convs:
            y = conv(torch.cat(maps, 1))
            maps.append(F.leaky_relu(y, SLOPE))
        return x + RESIDUAL * y  # type: ignore[no-any-return]


@dataclass(frozen=True)
class CompactConfig:
    """Sizes of an SRVGGNetCompact."""

    width: int
    convs: int  # between the first and the last
    scale: int


class CompactNet(nn.Module):
    """Plain convolutions at the small size that say how to differ from repeated pixels."""

    kind: ClassVar[str] = "upscale"
    multiple = 1

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.config = config
        self.scale = config.scale
        widths = [3, *[config.width] * (config.convs + 1)]
        layers: list[nn.Module] = []
        for before, width in pairwise(widths):
            layers += [nn.Conv2d(before, width, 3, 1, 1), nn.PReLU(width)]
        self.body = nn.Sequential(*layers, nn.Conv2d(config.width, 3 * config.scale**2, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, H, W] -> [N, 3, scale * H, scale * W]."""
        return last(self.layers(x))

    def layers(self, x: Tensor) -> Iterator[Tensor]:
        """What each layer makes, the result of `forward` last, so that a caller may stop."""
        base = F.interpolate(x, scale_factor=self.scale, mode="nearest")
        for layer in self.body:
            x = layer(x)
            yield x
        yield base + F.pixel_shuffle(x, self.scale)
