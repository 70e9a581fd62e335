"""A network that looks at a part of a photo and says which square there a model would paint."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from stylestudio.errors import StyleStudioError
from stylestudio.inversion.stored import NetworkStore, ServingNetwork

SIDE = 64  # pixels of a crop
WIDTHS = (24, 48, 96, 128)  # channels after each halving of the crop
NARROW = 48  # channels that go on to the connected layers
HIDDEN = 192
SLOPE = 0.1  # of leaky ReLUs
SMALLEST, LARGEST = 0.45, 2.2  # sides of the parts that are understood, in those of the square
SHARPEST, VAGUEST = -5.0, 3.0  # logarithms of the errors that are expected


class Guess(NamedTuple):
    """Where the square that the model would paint lies, as seen from crops."""

    moves: Tensor  # [N, 4]: right and down in sides of the crop; log of the size; radians
    spreads: Tensor  # [N, 4], mean absolute errors to be expected of these
    there: Tensor  # [N], how likely the crop shows what the model paints at all, as a logit


class CropperError(StyleStudioError, ValueError):
    """A file holds no cropper for this model; the message is one sentence for the user."""


class Cropper(ServingNetwork):
    """Strided convolutions, then two connected layers; each crop is set to one contrast first."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for number, (inputs, outputs) in enumerate(zip((3, *WIDTHS[:-1]), WIDTHS, strict=True)):
            layers += _convolution(inputs, outputs, 2)
            if number:
                layers += _convolution(outputs, outputs, 1)
        cells = (SIDE >> len(WIDTHS)) ** 2
        self.stages = nn.Sequential(*layers, nn.Conv2d(WIDTHS[-1], NARROW, 1))
        self.head = nn.Sequential(
            nn.Linear(NARROW * cells, HIDDEN), nn.LeakyReLU(SLOPE), nn.Linear(HIDDEN, 9)
        )

    @property
    def facts(self) -> dict[str, object]:
        """All are built alike."""
        return {}

    def forward(self, crops: Tensor) -> Guess:
        """Crops [N, 3, SIDE, SIDE] in -1..1 -> guesses."""
        mean = crops.mean((2, 3), keepdim=True)
        x = (crops - mean) / (crops.std((1, 2, 3), keepdim=True) + 0.05)
        x = self.head(self.stages(x.contiguous(memory_format=torch.channels_last)).flatten(1))
        return Guess(x[:, :4], x[:, 4:8].clamp(SHARPEST, VAGUEST).exp(), x[:, 8])


def _convolution(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(SLOPE),
    ]


CROPPERS = NetworkStore("cropper", Cropper, CropperError)


def moved(crops: Tensor, moves: Tensor) -> Tensor:
    """Where moves [N, 4] lead from crops [N, 4] of a photo: crops [N, 4]."""
    turn = torch.deg2rad(crops[:, 3])
    cos, sin = turn.cos() * crops[:, 2], turn.sin() * crops[:, 2]
    right, down = moves[:, 0], moves[:, 1]
    return torch.stack(
        [
            crops[:, 0] + cos * right - sin * down,
            crops[:, 1] + sin * right + cos * down,
            crops[:, 2] * moves[:, 2].exp(),
            crops[:, 3] + torch.rad2deg(moves[:, 3]),
        ],
        1,
    )


def back(moves: Tensor) -> Tensor:
    """The crop that moves [N, 4] started from, as seen from where they led: moves [N, 4]."""
    turn, size = -moves[:, 3], (-moves[:, 2]).exp()
    cos, sin = turn.cos() * size, turn.sin() * size
    right, down = moves[:, 0], moves[:, 1]
    return torch.stack([sin * down - cos * right, -sin * right - cos * down, -moves[:, 2], turn], 1)
