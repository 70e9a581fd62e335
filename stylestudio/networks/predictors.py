"""From a painting to a style embedding, and from an embedding to gammas and betas.

Ghiasi et al. 2017: a network looks at a painting and says it in 100 numbers; affine heads turn
them into the scales and shifts of a transformer. Embeddings can be blended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.feature_nets import Features
from stylestudio.networks.style_layers import fresh_weights, pad

if TYPE_CHECKING:
    from stylestudio.networks.separable import MagentaTransformer, WhatsyourfaceTransformer
    from stylestudio.networks.style_layers import Padding

EMBEDDING = 100
SHORTEST_SIDE = 32  # of a painting: the backbone halves it five times

# (channels, stride) of blocks 0 to 14 of MobileNetV2 at width 1 (Sandler et al. 2018, table 2).
_BLOCKS = (
    *[(16, 1)],
    *[(24, 2), (24, 1)],
    *[(32, 2), (32, 1), (32, 1)],
    *[(64, 2), (64, 1), (64, 1), (64, 1)],
    *[(96, 1), (96, 1), (96, 1)],
    *[(160, 2), (160, 1)],
)
_STYLE_BLOCKS = frozenset((0, 2, 5, 9))  # whose maps show the style, beside the stem's
_EXPANSION = 6
_STEM = 32
_BGR_MEAN = (103.939, 116.779, 123.68)


class AffineHeads(nn.Module):
    """All heads of a transformer as one affine map from an embedding to its gammas and betas."""

    def __init__(self, norm_channels: tuple[int, ...], embedding: int = EMBEDDING) -> None:
        super().__init__()
        total = 2 * sum(norm_channels)
        self.weight = nn.Parameter(fresh_weights(total, embedding))
        self.bias = nn.Parameter(torch.zeros(total))

    def forward(self, embedding: Tensor) -> Tensor:
        """[N, embedding] -> [N, 2 * sum(norm_channels)]: all gammas, then all betas."""
        return F.linear(embedding, self.weight, self.bias)


class EmbeddedTransformer(nn.Module):
    """A transformer that takes its style as an embedding."""

    def __init__(
        self,
        transformer: MagentaTransformer | WhatsyourfaceTransformer,
        embedding: int = EMBEDDING,
    ) -> None:
        super().__init__()
        self.transformer = transformer
        self.heads = AffineHeads(transformer.norm_channels, embedding)

    def forward(self, images: Tensor, embedding: Tensor, padding: Padding = "reflect") -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1 in the styles of embedding [N, embedding]."""
        affines = self.heads(embedding)
        return self.transformer(images, affines, padding)  # type: ignore[no-any-return]


class WhatsyourfacePredictor(nn.Module):
    """The style predictor of the whatsyourface pair: MobileNetV2 up to block 14, then a head.

    The normalisations of the backbone are folded into its convolutions.
    """

    mean: Tensor

    def __init__(self, embedding: int = EMBEDDING) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_BGR_MEAN, device="cpu"), persistent=False)
        self.stem = _FoldedConv(3, _STEM, kernel=3, stride=2)
        inputs = (_STEM, *(channels for channels, _ in _BLOCKS[:-1]))
        self.blocks = nn.ModuleList(
            _InvertedResidual(before, after, stride, expand=index > 0)
            for index, (before, (after, stride)) in enumerate(zip(inputs, _BLOCKS, strict=True))
        )
        self.head = nn.Parameter(fresh_weights(embedding, _BLOCKS[-1][0]))
        self.head_bias = nn.Parameter(torch.zeros(embedding))

    def forward(self, paintings: Tensor) -> Tensor:
        """[N, 3, H, W] in 0..1, sides of at least 32 -> [N, embedding] in 0..1."""
        features = self.maps(paintings).content.mean(dim=(2, 3))
        return F.linear(features, self.head, self.head_bias).sigmoid()

    def maps(self, paintings: Tensor) -> Features:
        """What the backbone sees in [N, 3, H, W] in 0..1: the style in maps of 1/2 to 1/16."""
        x = paintings.flip(1) * 255 - self.mean[:, None, None]
        x = F.relu6(self.stem(x))
        style = [x]
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in _STYLE_BLOCKS:
                style.append(x)
        return Features(tuple(style), x)


class _FoldedConv(nn.Module):
    """Convolution with bias; zeros around it, or, where it halves, at the bottom and right."""

    def __init__(
        self, in_channels: int, out_channels: int, *, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.stride = stride
        self.groups = groups
        self.pads = (kernel // 2, kernel // 2) if stride == 1 else (0, 1)
        self.weight = nn.Parameter(
            fresh_weights(out_channels, in_channels // groups, kernel, kernel)
        )
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        x = pad(x, *self.pads, "zeros")
        return F.conv2d(x, self.weight, self.bias, self.stride, groups=self.groups)


class _InvertedResidual(nn.Module):
    """Widen, convolve each channel by itself, narrow; added to the input where the shapes agree."""

    def __init__(self, before: int, after: int, stride: int, *, expand: bool) -> None:
        super().__init__()
        wide = before * _EXPANSION if expand else before
        self.expand = _FoldedConv(before, wide, kernel=1) if expand else None
        self.depthwise = _FoldedConv(wide, wide, kernel=3, stride=stride, groups=wide)
        self.project = _FoldedConv(wide, after, kernel=1)
        self.adds = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = F.relu6(self.depthwise(y))
        y = self.project(y)
        return torch.add(x, y) if self.adds else y
