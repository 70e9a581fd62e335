"""The arbitrary-style transformers of two published pairs, made of separable convolutions.

Both take the gammas and betas of their normalisations from a style embedding, by affine heads
(`stylestudio.networks.predictors.AffineHeads`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.style_layers import (
    RESIDUAL_BLOCKS,
    Channels,
    Conv,
    Padding,
    SeparableConv,
    Style,
    StyledBody,
    fit,
    layerwise,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class BatchNorm(nn.Module):
    """Batch normalisation in use: fixed statistics of the training, no gamma."""

    mean: Tensor
    variance: Tensor
    beta: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.register_buffer("beta", torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> the same shape."""
        return F.batch_norm(x, self.mean, self.variance, bias=self.beta, eps=1e-3)


class MagentaTransformer(nn.Module):
    """The transformer of Ghiasi et al. 2017 as Magenta distilled it for browsers.

    It is the one of Dumoulin et al. with separable convolutions, and with a contracting part that
    knows no style. It was trained with reflect padding; the published graph pads with zeros.
    """

    def __init__(self, channels: Channels = (32, 64, 128)) -> None:
        super().__init__()
        a, b, c = channels
        self.contract = nn.ModuleList(
            [Conv(3, a, 9), Conv(a, b, 3, stride=2), Conv(b, c, 3, stride=2)]
        )
        self.contract_norms = nn.ModuleList(BatchNorm(count) for count in channels)
        self.body = StyledBody(channels, SeparableConv)
        self.norm_channels = self.body.norm_channels

    def forward(self, images: Tensor, affines: Tensor, padding: Padding = "reflect") -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1; the result has the same shape and range.

        affines [N, 2 * sum(norm_channels)]: gammas of all layers, then betas of all layers.
        """
        height, width = images.shape[-2:]
        style = layerwise(affines, self.norm_channels)
        x = fit(images)
        for conv, norm in zip(self.contract, self.contract_norms, strict=True):
            x = F.relu(norm(conv(x, padding)))
        images = self.body(x, style, padding)
        return images[..., :height, :width]


class WhatsyourfaceTransformer(nn.Module):
    """The transformer of the whatsyourface pair.

    Every layer but the last is normalised by the style, residual sums pass a ReLU, pictures grow
    bilinearly, and the last layer is an ordinary convolution. It was trained with zero padding.
    """

    def __init__(self, channels: Channels = (32, 64, 128)) -> None:
        super().__init__()
        a, b, c = channels
        self.norm_channels = (a, b, c, *[c] * (2 * RESIDUAL_BLOCKS), b, a)
        pairs = [(3, a), (a, b), (b, c), *[(c, c)] * (2 * RESIDUAL_BLOCKS), (c, b), (b, a)]
        kernels = [9, *[3] * (len(pairs) - 1)]
        self.convs = nn.ModuleList(
            SeparableConv(*pair, kernel, stride=2 if i in (1, 2) else 1, same=True)
            for i, (pair, kernel) in enumerate(zip(pairs, kernels, strict=True))
        )
        self.last = Conv(a, 3, 9, bias=True)

    def forward(self, images: Tensor, affines: Tensor, padding: Padding = "reflect") -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1; the result has the same shape and range.

        affines [N, 2 * sum(norm_channels)]: gammas of all layers, then betas of all layers.
        """
        height, width = images.shape[-2:]
        style = layerwise(affines, self.norm_channels)
        convs = iter(self.convs)
        x = fit(images) * 255
        for _ in range(3):
            x = F.relu(_next_layer(x, convs, style, padding))
        for _ in range(RESIDUAL_BLOCKS):
            y = F.relu(_next_layer(x, convs, style, padding))
            x = F.relu(x + _next_layer(y, convs, style, padding))
        for _ in range(2):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = F.relu(_next_layer(x, convs, style, padding))
        x = self.last(x, padding)
        return torch.sigmoid(x)[..., :height, :width]


def _next_layer(
    x: Tensor,
    convs: Iterator[nn.Module],
    style: Style,
    padding: Padding,
) -> Tensor:
    """Convolve, then normalise with an epsilon that is added to the deviation, not the variance."""
    x = next(convs)(x, padding)
    gamma, beta = next(style)
    variance, mean = torch.var_mean(x, dim=(2, 3), correction=0)
    scale = gamma / (variance.sqrt() + 1e-3)
    shift = beta - mean * scale
    return torch.addcmul(shift[:, :, None, None], x, scale[:, :, None, None])
