"""One network for many paintings by conditional instance normalisation (Dumoulin et al. 2016).

A style is nothing but a scale (gamma) and a shift (beta) for each channel of each normalisation,
0.2 % of the network; blending styles is blending these numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.style_layers import (
    Conv,
    Padding,
    StyledBody,
    fit,
    instance_norm,
    layerwise,
)


class CINTransformer(nn.Module):
    """The convolutions, which all styles share; gammas and betas are an input.

    `width` multiplies the numbers of channels: 1, 0.5 and 0.25 are customary.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        a, b, c = (int(width * channels) for channels in (32, 64, 128))
        self.width = width
        self.contract = nn.ModuleList(
            [Conv(3, a, 9), Conv(a, b, 3, stride=2), Conv(b, c, 3, stride=2)]
        )
        self.body = StyledBody((a, b, c), Conv)
        self.norm_channels = (a, b, c, *self.body.norm_channels)

    def forward(self, images: Tensor, affines: Tensor, padding: Padding = "reflect") -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1; the result has the same shape and range.

        affines [N, 2 * sum(norm_channels)]: gammas of all layers, then betas of all layers.
        """
        height, width = images.shape[-2:]
        style = layerwise(affines, self.norm_channels)
        x = fit(images)
        for conv in self.contract:
            x = F.relu(instance_norm(conv(x, padding), *next(style)))
        images = self.body(x, style, padding)
        return images[..., :height, :width]


class StyleTables(nn.Module):
    """The gammas and betas of N styles, a row for each."""

    def __init__(self, styles: int, norm_channels: tuple[int, ...]) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(styles, sum(norm_channels)))
        self.beta = nn.Parameter(torch.zeros(styles, sum(norm_channels)))

    def rows(self) -> Tensor:
        """One vector of all gammas and betas for each style: [styles, 2 * sum(norm_channels)]."""
        return torch.cat([self.gamma, self.beta], dim=1)


class CINNetwork(nn.Module):
    """A transformer with the tables of its styles."""

    def __init__(self, styles: int, width: float = 1.0) -> None:
        super().__init__()
        self.transformer = CINTransformer(width)
        self.tables = StyleTables(styles, self.transformer.norm_channels)

    def forward(self, images: Tensor, weights: Tensor, padding: Padding = "reflect") -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1 with styles blended by weights [N, styles].

        gamma = sum of w_i * gamma_i, beta likewise (section 3.3 of the paper); the weights are
        taken as they are, whatever their sum.
        """
        affines = weights @ self.tables.rows()
        return self.transformer(images, affines, padding)  # type: ignore[no-any-return]
