"""A network that looks at a picture once and says which ws a model would make it from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.errors import StyleStudioError
from stylestudio.inversion.samples import small_picture
from stylestudio.inversion.space import Space, keep_usual
from stylestudio.inversion.stored import NetworkStore, ServingNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.inversion.distance import Distance
    from stylestudio.render import Model

SIDE = 128  # pixels looked at, at most
WIDTHS = (24, 48, 96, 128, 160)  # channels after each halving of the picture
NARROW = 48  # channels that go on to the connected layers, whose weights they multiply
HIDDEN = 256
LARGEST_K = 256  # coordinates of a row that are predicted
SLOPE = 0.1  # of leaky ReLUs
REFINEMENTS = 5
CORRECTION = 0.8  # of a difference, at each refinement


class EncoderError(StyleStudioError, ValueError):
    """A file holds no encoder for this model; the message is one sentence for the user."""


class Encoder(ServingNetwork):
    """Strided convolutions with coordinates as further channels, then two connected layers.

    It predicts the first K coordinates, widest first, of a `Space` for every row. The axes come
    with it: measured anew elsewhere, those of equal spread may be turned, or point the other way.
    """

    grid: Tensor
    mean: Tensor
    axes: Tensor
    spread: Tensor

    def __init__(self, num_ws: int, k: int, side: int, w_dim: int, *, in_p: bool) -> None:
        super().__init__()
        self.num_ws, self.k, self.side, self.w_dim, self.in_p = num_ws, k, side, w_dim, in_p
        at = torch.linspace(-1, 1, side)
        grid = torch.stack([at.expand(side, side), at[:, None].expand(side, side)])
        self.register_buffer("grid", grid[None], persistent=False)
        self.register_buffer("mean", torch.zeros(w_dim))
        self.register_buffer("axes", torch.zeros(k, w_dim))
        self.register_buffer("spread", torch.ones(k))
        halvings = max(1, min(len(WIDTHS), side.bit_length() - 3))  # down to 4 or 8 pixels
        widths = WIDTHS[:halvings]
        self.stages = nn.Sequential(
            *(_convolution(i, o, 2) for i, o in zip((5, *widths[:-1]), widths, strict=True)),
            _convolution(widths[-1], widths[-1], 1),
            nn.Conv2d(widths[-1], NARROW, 1),
        )
        cells = (side >> halvings) ** 2
        self.hidden = nn.Sequential(nn.Linear(NARROW * cells, HIDDEN), nn.LeakyReLU(SLOPE))
        self.shared = nn.Linear(HIDDEN, k)
        self.apart = nn.Linear(HIDDEN, num_ws * k)

    @property
    def sizes(self) -> dict[str, int]:
        """What its shape depends on."""
        return {"num_ws": self.num_ws, "k": self.k, "side": self.side, "w_dim": self.w_dim}

    @property
    def facts(self) -> dict[str, object]:
        """What it is built from."""
        return {"bent": self.in_p, **self.sizes}

    def space(self, model: Model) -> Space:
        """The coordinates that it predicts, of a model that it serves."""
        return Space(model, self.mean, self.axes, self.spread, self.in_p)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures [N, 3, R, R] in -1..1 -> coordinates [N, num_ws, K]."""
        pictures = F.adaptive_avg_pool2d(pictures, self.side)
        x = torch.cat([pictures, self.grid.expand(len(pictures), -1, -1, -1)], 1)
        x = self.hidden(self.stages(x.contiguous(memory_format=torch.channels_last)).flatten(1))
        rows: Tensor = self.apart(x).view(-1, self.num_ws, self.k)
        coordinates: Tensor = self.shared(x)[:, None] + rows
        return coordinates


def _convolution(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(SLOPE),
    )


def new_encoder(space: Space) -> Encoder:
    """Return an untrained encoder for a model."""
    model, k = space.model, min(len(space.spread), LARGEST_K)
    side = min(SIDE, model.resolution)
    encoder = Encoder(model.num_ws, k, side, len(space.mean), in_p=space.in_p)
    for name, value in (("mean", space.mean), ("axes", space.axes), ("spread", space.spread)):
        getattr(encoder, name).copy_(value if name == "mean" else value[:k])
    return encoder


@torch.no_grad()
def transfer_weights(encoder: Encoder, other: Encoder) -> None:
    """Let an encoder answer as another of its sizes does, as nearly as its own axes allow."""
    own = ("mean", "axes", "spread")
    state = {n: v for n, v in other.state_dict().items() if n not in own}
    encoder.load_state_dict(state, strict=False)
    # w = mean + (c * spread) @ axes holds for both, so that one c is linear in the other.
    into = encoder.axes.T / encoder.spread
    turn = (other.spread[:, None] * other.axes) @ into
    for layer, rows in ((encoder.shared, 1), (encoder.apart, encoder.num_ws)):
        weight = layer.weight.view(rows, encoder.k, -1)
        layer.weight.copy_(torch.einsum("rkh,kl->rlh", weight, turn).flatten(0, 1))
        layer.bias.copy_((layer.bias.view(rows, encoder.k) @ turn).flatten())
    encoder.shared.bias.add_((other.mean - encoder.mean) @ into)


@torch.no_grad()
def encode(
    encoder: Encoder, model: Model, picture: Tensor, distance: Distance, reach: float
) -> Iterator[Tensor]:
    """Predict the ws [num_ws, w_dim] of one picture [1, 3, R, R] in -1..1; yields the best so far.

    After the first pass, the encoder looks at what the model makes of its answer, and by how much
    it reads that otherwise, the answer is corrected. So did ReStyle (Alaluf et al. 2021), with an
    encoder that is trained for it. No row goes beyond `reach`, a mean square of coordinates:
    corrected further and further, what no sample looks like becomes a smear.
    """
    space, picture = encoder.space(model), F.adaptive_avg_pool2d(picture, encoder.side)
    target = distance.against(picture)
    read = encoder(picture)[0]
    coordinates = read.clone()
    best, least = coordinates, math.inf
    for _ in range(REFINEMENTS):
        keep_usual(coordinates, reach)
        ws = space.to_ws(coordinates)
        shown = small_picture(model, ws[None], encoder.side)
        loss = target(shown).item()
        if loss < least:
            best, least = ws, loss
        yield best
        coordinates = coordinates + CORRECTION * (read - encoder(shown)[0])


def _built(*, bent: bool, **sizes: int) -> Encoder:
    return Encoder(**sizes, in_p=bent)


ENCODERS = NetworkStore("encoder", _built, EncoderError)
find_encoder = ENCODERS.find
load_encoder = ENCODERS.load
