"""Predicts brush strokes that bring a canvas nearer to a picture.

Liu et al. 2021, "Paint Transformer", section 3.2: two small encoders look at 32x32 pixels of the
picture and of the canvas; a transformer turns what they see into a set of strokes, each with a
decision whether to paint it. Weights have the names of the published file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

PATCH = 32  # pixels
GRID = PATCH // 4  # places that the encoders see along a side
NUMBERS = 5  # of a stroke: x, y, width, height, angle
_IMAGE_WIDTHS = (32, 64, 128)
SEEN = _IMAGE_WIDTHS[-1]  # channels that each encoder gives


@dataclass(frozen=True)
class StrokePainterConfig:
    """Sizes of a painter."""

    width: int = 256
    strokes: int = 8
    heads: int = 8
    encoder_layers: int = 3
    decoder_layers: int = 3
    hidden: int = 2048  # between, in every layer
    compares: bool = False  # sees the difference of picture and canvas, too, unlike the paper's


class StrokePainter(nn.Module):
    """Pictures and canvases of one patch -> strokes."""

    kind: ClassVar[str] = "strokes"

    def __init__(self, config: StrokePainterConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.enc_img, self.enc_canvas = _encoder(), _encoder()
        self.conv = nn.Conv2d((3 if config.compares else 2) * SEEN, width, 1)
        layer = nn.TransformerEncoderLayer(width, config.heads, config.hidden, dropout=0.0)
        encoder = nn.TransformerEncoder(
            layer, config.encoder_layers, nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.transformer = nn.Transformer(
            width,
            config.heads,
            num_decoder_layers=config.decoder_layers,
            dim_feedforward=config.hidden,
            dropout=0.0,
            custom_encoder=encoder,
        )
        self.linear_param = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
            nn.Linear(width, NUMBERS),
        )  # fmt: skip
        self.linear_decider = nn.Linear(width, 1)
        self.query_pos = nn.Parameter(torch.rand(config.strokes, width))
        self.row_embed = nn.Parameter(torch.rand(GRID, width // 2))
        self.col_embed = nn.Parameter(torch.rand(GRID, width // 2))

    def forward(self, img: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """Both [N, 3, 32, 32] in 0..1 -> numbers [N, strokes, 5] and decisions [N, strokes, 1].

        A stroke has its centre, width and height as shares of the patch, and its angle as a share
        of half a turn; it is to be painted where its decision is above 0.
        """
        return self.predict(self.look(img, canvas))

    def look(self, img: Tensor, canvas: Tensor) -> Tensor:
        """What the network sees at each of the 8x8 places, row by row: [64, N, width]."""
        parts = [self.enc_img(img), self.enc_canvas(canvas)]
        if self.config.compares:
            parts.append((parts[0] - parts[1]).abs())
        seen = self.conv(torch.cat(parts, 1))
        columns = self.col_embed.expand(GRID, -1, -1)
        rows = self.row_embed[:, None].expand(-1, GRID, -1)
        places = torch.cat([columns, rows], 2).flatten(0, 1)[:, None]
        return self.transformer.encoder(places + seen.flatten(2).permute(2, 0, 1))  # type: ignore[no-any-return]

    def predict(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers and decisions, as `forward` gives them, from what was seen."""
        asked = self.query_pos[:, None].expand(-1, memory.shape[1], -1)
        found = self.transformer.decoder(asked, memory).permute(1, 0, 2)
        return self.linear_param(found), self.linear_decider(found)


def _encoder() -> nn.Sequential:
    layers: list[nn.Module] = []
    before = 3
    for width, stride in zip(_IMAGE_WIDTHS, (1, 2, 2), strict=True):
        layers += [
            nn.ReflectionPad2d(1),
            nn.Conv2d(before, width, 3, stride),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        before = width
    return nn.Sequential(*layers)
