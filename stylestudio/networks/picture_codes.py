"""An autoencoder between pictures and a grid of discrete codes: a VQ-VAE.

Van den Oord et al., "Neural discrete representation learning" (2017), sections 3.1 and 3.2.
Codes, and what is seen in a picture, lie on the unit sphere, as in Yu et al., "Vector-quantized
image modeling with improved VQGAN" (2022), section 3.2, so that few codes are never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

SLOPE = 0.1  # of leaky ReLUs
DOTS = 12  # channels from which the last layer makes 2 x 2 pixels


@dataclass(frozen=True)
class PictureCodesConfig:
    """The sizes of an autoencoder."""

    side: int = 64  # pixels of a picture
    widths: tuple[int, ...] = (32, 64, 96)  # channels after each halving
    codes: int = 512
    dim: int = 32  # numbers of a code

    @property
    def grid(self) -> int:
        """Codes along one side of a picture."""
        return self.side >> len(self.widths)

    @property
    def length(self) -> int:
        """Codes of a picture."""
        return self.grid**2


class PictureCodes(nn.Module):
    """Looks at pictures, picks a code for each cell of a grid, and paints pictures from codes."""

    codebook: Tensor  # [codes, dim], each of length one

    def __init__(self, config: PictureCodesConfig) -> None:
        super().__init__()
        self.config = config
        widths, deepest = config.widths, config.widths[-1]
        pairs = zip((3, *widths[:-1]), widths, strict=True)
        self.encoder = nn.Sequential(
            *(_convolution(i, o, stride=2) for i, o in pairs),
            _Residual(deepest),
            nn.Conv2d(deepest, config.dim, 1),
        )
        upwards = zip(widths[:0:-1], widths[-2::-1], strict=True)
        self.decoder = nn.Sequential(
            _convolution(config.dim, deepest),
            _Residual(deepest),
            *(layer for i, o in upwards for layer in (_Doubling(i, o), _Residual(o))),
            nn.Conv2d(widths[0], DOTS, 3, padding=1),
            nn.PixelShuffle(2),
        )
        codes = F.normalize(torch.randn(config.codes, config.dim), dim=1)
        self.register_buffer("codebook", codes)

    def look(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, side, side] in -1..1 -> a vector of length one a cell, [N, L, dim]."""
        seen = self.encoder(pictures.contiguous(memory_format=torch.channels_last))
        return F.normalize(seen.float().flatten(2).transpose(1, 2), dim=2)

    def nearest(self, seen: Tensor) -> Tensor:
        """Vectors [N, L, dim] -> numbers of the codes nearest to them, int64 [N, L]."""
        return (seen @ self.codebook.T).argmax(2)

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, side, side] in -1..1 -> codes int64 [N, L], row by row."""
        return self.nearest(self.look(pictures))

    def decode(self, codes: Tensor) -> Tensor:
        """Codes int64 [N, L] -> pictures [N, 3, side, side], about -1..1."""
        return self.paint(self.codebook[codes])

    def paint(self, vectors: Tensor) -> Tensor:
        """Vectors of codes [N, L, dim] -> pictures [N, 3, side, side], about -1..1."""
        grid = self.config.grid
        x = vectors.transpose(1, 2).reshape(len(vectors), -1, grid, grid)
        pictures: Tensor = self.decoder(x.contiguous(memory_format=torch.channels_last))
        return pictures


class _Residual(nn.Module):
    """Two convolutions beside a straight way."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _convolution(width, width),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(x + self.layers(x), SLOPE)


class _Doubling(nn.Sequential):
    """Four times as many channels, which are dealt out to 2 x 2 places."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, 4 * outputs, 3, padding=1, bias=False),
            nn.PixelShuffle(2),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(SLOPE),
        )


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(SLOPE),
    )
