"""Adaptive instance normalisation (Huang and Belongie 2017), in the layout of the published files.

An encoder describes picture and painting, the picture's features take the mean and deviation of
the painting's, and a decoder paints the result. The layers are numbered as in the published
weights, which count paddings and activations, too.

Shapes in comments: N batch, C channels, H W rows and columns.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.style_layers import Padding, pad

AdaINChannels = tuple[int, int, int, int]  # at full, half, quarter and eighth size

VGG19: AdaINChannels = (64, 128, 256, 512)
_EPSILON = 1e-5
_SHORTEST = 16  # an eighth of it is the least that can be reflected by one pixel


class AdaINEncoder(nn.Sequential):
    """VGG-19 up to relu4_1; calling it gives the style of paintings.

    The first layer, a 1x1 convolution, prepares the colours as the weights want them. Pooling
    rounds sizes up.
    """

    def __init__(self, channels: AdaINChannels = VGG19) -> None:
        a, b, c, d = channels
        layers: list[nn.Module] = [nn.Conv2d(3, 3, 1)]
        for before, widths in ((3, (a, a)), (a, (b, b)), (b, (c, c, c, c)), (c, (d,))):
            if len(layers) > 1:
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
            layers += _convolutions(before, widths)
        super().__init__(*layers)
        self.channels = channels

    def features(self, images: Tensor, padding: Padding = "reflect") -> Tensor:
        """[N, C, H / 8, W / 8], rounded up, of pictures [N, 3, H, W] in 0..1, sides from 9."""
        return _through(self, images, padding)

    def forward(self, input: Tensor) -> Tensor:
        """The style of paintings [N, 3, H, W] in 0..1: `statistics` [N, 2C] of their features."""
        return statistics(self.features(input))


class AdaINDecoder(nn.Sequential):
    """The encoder in reverse, without normalisation."""

    def __init__(self, channels: AdaINChannels = VGG19) -> None:
        a, b, c, d = channels
        layers: list[nn.Module] = []
        for before, widths in ((d, (c,)), (c, (c, c, c, b)), (b, (b, a)), (a, (a, 3))):
            if layers:
                layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
            layers += _convolutions(before, widths)
        super().__init__(*layers[:-1])  # the last convolution is linear
        self.channels = channels

    def decode(self, features: Tensor, padding: Padding = "reflect") -> Tensor:
        """Pictures [N, 3, 8H, 8W], nominally in 0..1, of features [N, C, H, W]."""
        return _through(self, features, padding)


class AdaINTransformer(nn.Module):
    """Both halves: repaints pictures in the style of any painting."""

    def __init__(self, encoder: AdaINEncoder, decoder: AdaINDecoder) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(
        self, images: Tensor, styles: Tensor, padding: Padding = "reflect", strength: float = 1.0
    ) -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1; the result has the same shape and range.

        styles [N, 2C] are `statistics` of paintings or blends of them; blending them is blending
        the adapted features (section 7.2 of the paper). `strength` is the paper's alpha: it
        blends the picture's own features with the adapted ones, so that 0 gives the picture as
        the decoder would paint it.
        """
        height, width = images.shape[-2:]
        content = self.encoder.features(_enlarge(images), padding)
        features = torch.lerp(content, adapt(content, styles), strength)
        return self.decoder.decode(features, padding)[..., :height, :width].clamp(0, 1)


def statistics(features: Tensor) -> Tensor:
    """The means, then the deviations, of features [N, C, H, W] over their pixels: [N, 2C].

    As in the published code, the variance is unbiased, with an epsilon inside the root.
    """
    variance, mean = torch.var_mean(features, (2, 3))
    return torch.cat([mean, (variance + _EPSILON).sqrt()], dim=1)


def adapt(content: Tensor, styles: Tensor) -> Tensor:
    """Content features [N, C, H, W] with the means and deviations in styles [N, 2C].

    Equation 8 of the paper.
    """
    own_mean, own_deviation = statistics(content)[..., None, None].chunk(2, dim=1)
    mean, deviation = styles[..., None, None].chunk(2, dim=1)
    return mean + deviation * ((content - own_mean) / own_deviation)


def _convolutions(before: int, widths: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(before, width, 3), nn.ReLU()]
        before = width
    return layers


def _through(layers: nn.Sequential, x: Tensor, padding: Padding) -> Tensor:
    for layer in layers:
        x = pad(x, 1, 1, padding) if isinstance(layer, nn.ReflectionPad2d) else layer(x)
    return x


def _enlarge(images: Tensor) -> Tensor:
    """Repeat the last row and column of small pictures until all layers can reflect."""
    height, width = images.shape[-2:]
    down, right = max(0, _SHORTEST - height), max(0, _SHORTEST - width)
    return F.pad(images, (0, right, 0, down), mode="replicate") if down or right else images
