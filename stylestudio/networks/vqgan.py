"""VQ-GAN, which takes a picture to a grid of discrete codes and paints it anew from them.

Esser, Rombach and Ommer 2021, "Taming Transformers for High-Resolution Image Synthesis", section
3.1 and appendix A. It takes and gives float32 [N, 3, H, W] in -1..1. Modules have the names of the
published files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.chain import last

if TYPE_CHECKING:
    from collections.abc import Iterator

EPSILON = 1e-6
AT_ONCE = 4096  # cells whose distances to all codes are in memory at a time


@dataclass(frozen=True)
class VQGanConfig:
    """The sizes of a network."""

    widths: tuple[int, ...]  # channels at each size, the largest pictures first
    blocks: int  # at each size of the encoder; the decoder has one more
    attention: tuple[bool, ...]  # at which sizes cells look at each other
    channels: int  # between encoder and codes
    codes: int
    dim: int  # numbers of a code
    groups: int = 32  # of channels that are normalised together


class VQGan(nn.Module):
    """An encoder, codes, and a decoder."""

    kind: ClassVar[str] = "translate"

    def __init__(self, config: VQGanConfig) -> None:
        super().__init__()
        self.config = config
        self.multiple = 2 ** (len(config.widths) - 1)  # the sides have to be multiples of this
        self.encoder = _Encoder(config)
        self.quant_conv = nn.Conv2d(config.channels, config.dim, 1)
        self.quantize = nn.ModuleDict({"embedding": nn.Embedding(config.codes, config.dim)})
        self.post_quant_conv = nn.Conv2d(config.dim, config.channels, 1)
        self.decoder = _Decoder(config)

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, H, W] in -1..1 -> the picture that its codes stand for."""
        return last(self.layers(x))

    def layers(self, x: Tensor) -> Iterator[Tensor]:
        """What each layer makes, the result of `forward` last, so that a caller may stop."""
        for seen in self.encoder.layers(x):
            yield seen
            x = seen
        codes = self.nearest(self.quant_conv(x))
        x = self.quantize["embedding"](codes).permute(0, 3, 1, 2)
        yield from self.decoder.layers(self.post_quant_conv(x))

    def nearest(self, x: Tensor) -> Tensor:
        """Vectors [N, dim, h, w] -> the numbers of the codes nearest to them, int64 [N, h, w]."""
        embedding = self.quantize["embedding"]
        assert isinstance(embedding, nn.Embedding)
        book = embedding.weight
        vectors = x.permute(0, 2, 3, 1)
        lengths = book.square().sum(1)
        found = [
            (lengths - 2 * part @ book.T).argmin(1)
            for part in torch.split(vectors.flatten(0, 2), AT_ONCE)
        ]
        return torch.cat(found).view(vectors.shape[:3])


class _Encoder(nn.Module):
    def __init__(self, config: VQGanConfig) -> None:
        super().__init__()
        widths = config.widths
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.down = nn.ModuleList()
        width = widths[0]
        for level, (next_width, attends) in enumerate(zip(widths, config.attention, strict=True)):
            stage = _Stage(width, next_width, config.blocks, attends, config.groups)
            width = next_width
            if level + 1 < len(widths):
                stage.downsample = nn.ModuleDict({"conv": nn.Conv2d(width, width, 3, 2)})
            self.down.append(stage)
        self.mid = _Middle(width, config.groups)
        self.norm_out = _norm(width, config.groups)
        self.conv_out = nn.Conv2d(width, config.channels, 3, padding=1)

    def layers(self, x: Tensor) -> Iterator[Tensor]:
        x = self.conv_in(x)
        for stage in self.down:
            for seen in stage.layers(x):  # type: ignore[operator]
                yield seen
                x = seen
            if hasattr(stage, "downsample"):
                x = stage.downsample["conv"](F.pad(x, (0, 1, 0, 1)))  # type: ignore[operator,index]
        x = self.mid(x)
        yield x
        yield self.conv_out(F.silu(self.norm_out(x)))


class _Decoder(nn.Module):
    def __init__(self, config: VQGanConfig) -> None:
        super().__init__()
        width = config.widths[-1]
        self.conv_in = nn.Conv2d(config.channels, width, 3, padding=1)
        self.mid = _Middle(width, config.groups)
        stages: list[_Stage] = []
        for level in reversed(range(len(config.widths))):
            next_width = config.widths[level]
            stage = _Stage(
                width, next_width, config.blocks + 1, config.attention[level], config.groups
            )
            width = next_width
            if level:
                stage.upsample = nn.ModuleDict({"conv": nn.Conv2d(width, width, 3, padding=1)})
            stages.insert(0, stage)  # the files count from the largest pictures, too
        self.up = nn.ModuleList(stages)
        self.norm_out = _norm(width, config.groups)
        self.conv_out = nn.Conv2d(width, 3, 3, padding=1)

    def layers(self, x: Tensor) -> Iterator[Tensor]:
        x = self.mid(self.conv_in(x))
        yield x
        for stage in reversed(self.up):
            for seen in stage.layers(x):  # type: ignore[operator]
                yield seen
                x = seen
            if hasattr(stage, "upsample"):
                x = stage.upsample["conv"](F.interpolate(x, scale_factor=2.0))  # type: ignore[operator,index]
        yield self.conv_out(F.silu(self.norm_out(x)))


class _Stage(nn.Module):
    """Residual blocks at one size, each with attention behind it or none."""

    def __init__(self, width: int, outputs: int, blocks: int, attends: bool, groups: int) -> None:
        super().__init__()
        pairs = [(width if index == 0 else outputs, outputs) for index in range(blocks)]
        self.block = nn.ModuleList(_Block(i, o, groups) for i, o in pairs)
        self.attn = nn.ModuleList(_Attention(outputs, groups) for _ in pairs if attends)

    def layers(self, x: Tensor) -> Iterator[Tensor]:
        for index, block in enumerate(self.block):
            x = block(x)
            if len(self.attn):
                x = self.attn[index](x)
            yield x


class _Middle(nn.Module):
    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.block_1 = _Block(width, width, groups)
        self.attn_1 = _Attention(width, groups)
        self.block_2 = _Block(width, width, groups)

    def forward(self, x: Tensor) -> Tensor:
        """[N, width, H, W] -> the same form."""
        return self.block_2(self.attn_1(self.block_1(x)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = _norm(inputs, groups), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2, self.conv2 = _norm(outputs, groups), nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, H, W] -> [N, outputs, H, W]."""
        y = self.conv1(F.silu(self.norm1(x)))
        y = self.conv2(F.silu(self.norm2(y)))
        return y + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)  # type: ignore[no-any-return]


class _Attention(nn.Module):
    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.norm = _norm(width, groups)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(width, width, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        """Each cell of [N, width, H, W] looks at all; the same form."""
        seen = self.norm(x)
        query, key, value = (
            layer(seen).flatten(2).transpose(1, 2)[:, None] for layer in (self.q, self.k, self.v)
        )
        found = F.scaled_dot_product_attention(query, key, value)[:, 0]
        return x + self.proj_out(found.transpose(1, 2).reshape(x.shape))  # type: ignore[no-any-return]


def _norm(width: int, groups: int) -> nn.GroupNorm:
    return nn.GroupNorm(groups, width, EPSILON)
