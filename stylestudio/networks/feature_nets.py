"""Networks that tell what a picture shows and in what manner: the losses of style transfer.

Shapes in comments: N pictures, C channels, H W rows and columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.style_layers import conv_in_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

RGB = tuple[float, float, float]


class Features(NamedTuple):
    """What a feature network makes of pictures."""

    style: tuple[Tensor, ...]  # maps [N, C, H, W] whose statistics are the style
    content: Tensor  # a map [N, C, H, W] that shows what is where


class MultiscaleFilters(nn.Module):
    """One layer of random filters at several scales: no training, nothing to download.

    After Ustyuzhaninov et al. 2017, who found that the statistics of such a layer suffice for
    textures; here the same 7 x 7 filters see the picture at four sizes instead of filters of
    55 pixels seeing it once. Half of the filters are blind to even colour, so that they tell
    edges and grain; the others see colour as well.
    """

    filters: Tensor
    edges: Tensor

    def __init__(self, channels: int = 48, scales: int = 4, kernel: int = 7, seed: int = 0) -> None:
        super().__init__()
        self.scales = scales
        generator = torch.Generator().manual_seed(seed)
        filters = torch.randn(channels, 3, kernel, kernel, generator=generator)
        filters[::2] -= filters[::2].mean((2, 3), keepdim=True)
        filters /= filters.square().sum((1, 2, 3), keepdim=True).sqrt()
        self.register_buffer("filters", filters)
        # Those that only see brightness, for the content: what is where, whatever its colour.
        edges = filters[::2].mean(1, keepdim=True).expand(-1, 3, -1, -1)
        self.register_buffer("edges", edges.contiguous())

    def forward(self, images: Tensor) -> Features:
        """Pictures [N, 3, H, W] in 0..1, of at least 7 * 2**(scales - 1) pixels: 56."""
        x = images - 0.5
        style = []
        content = x
        for scale in range(self.scales):
            if scale:
                x = F.avg_pool2d(x, 2)
            style.append(F.relu(_filtered(x, self.filters)))
            if scale == 1:
                content = _filtered(x, self.edges)
        return Features(tuple(style), content)


def _filtered(x: Tensor, filters: Tensor) -> Tensor:
    even = not (x.shape[-2] % 2 or x.shape[-1] % 2)
    return conv_in_blocks(x, filters) if even else F.conv2d(x, filters)


@dataclass(frozen=True)
class Layout:
    """How a classifier's convolutions follow each other, as far as the losses look."""

    channels: tuple[int, ...]  # put out by each convolution, in order
    kernels: tuple[int, ...]
    pooled: frozenset[int]  # convolutions that are followed by a halving
    style: frozenset[int]  # convolutions whose maps show the style
    content: int  # the one whose map tells what is where
    slope: float = 0.0  # of the rectifier, below 0
    pooling: Literal["average", "max"] = "average"
    mean: RGB = (0.0, 0.0, 0.0)  # of the pictures that the classifier was trained on
    std: RGB = (1.0, 1.0, 1.0)


class ClassifierFeatures(nn.Module):
    """The first layers of a trained classifier.

    Padded by reflection: a black border would teach style networks to paint one.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout = layout
        ins = (3, *layout.channels[:-1])
        self.convs = nn.ModuleList(
            nn.Conv2d(i, o, k, padding=k // 2, padding_mode="reflect")
            for i, o, k in zip(ins, layout.channels, layout.kernels, strict=True)
        )
        self.register_buffer("mean", torch.tensor(layout.mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(layout.std)[:, None, None], persistent=False)

    def forward(self, images: Tensor) -> Features:
        """Pictures [N, 3, H, W] in 0..1, of at least 32 pixels."""
        pool = F.avg_pool2d if self.layout.pooling == "average" else F.max_pool2d
        x = (images - self.mean) / self.std
        style = []
        content = x
        for index, conv in enumerate(self.convs):
            x = F.leaky_relu(conv(x), self.layout.slope)
            if index in self.layout.style:
                style.append(x)
            if index == self.layout.content:
                content = x
            if index in self.layout.pooled and index + 1 < len(self.convs):
                x = pool(x, 2)
        return Features(tuple(style), content)


class JoinedFeatures(nn.Module):
    """Several feature networks as one: the maps of all show the style, those of the first the
    content.
    """

    def __init__(self, networks: Sequence[MultiscaleFilters | ClassifierFeatures]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, images: Tensor) -> Features:
        """Pictures [N, 3, H, W] in 0..1, as large as each of the networks needs them."""
        found: list[Features] = [network(images) for network in self.networks]
        return Features(tuple(x for one in found for x in one.style), found[0].content)


FeatureNetwork = MultiscaleFilters | ClassifierFeatures | JoinedFeatures
