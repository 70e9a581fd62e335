"""The StyleGAN2 discriminator (paper, section 4.1 and appendix B): how real a picture looks.

Residual blocks from the picture down to 4 x 4, then a dense head. State-dict names are those of
the published files. It has no classes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.stylegan2.layers import (
    EPSILON,
    FullyConnected,
    activate,
    blur,
    downsample2d,
    low_pass,
    unit_normal,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.stylegan2.config import StyleGAN2Config

GROUP = 4  # pictures that minibatch standard deviation compares with each other


def minibatch_deviation(x: Tensor, group: int = GROUP) -> Tensor:
    """Append a map [N, 1, H, W] of how much pictures of a batch differ (ProGAN, section 3).

    Of N pictures, each n is compared with n + N/G, n + 2N/G, ..., where G is the largest group
    up to `group` that divides N: the deviation in each place, averaged over all places.
    """
    n = x.shape[0]
    size = next(g for g in range(min(group, n), 0, -1) if n % g == 0)
    spread = x.reshape(size, n // size, -1).var(dim=0, correction=0)
    deviation = (spread + EPSILON).sqrt().mean(dim=1)  # [N/G]
    return torch.cat([x, deviation.repeat(size).view(n, 1, 1, 1).expand(-1, -1, *x.shape[2:])], 1)


class Convolution(nn.Module):
    """Convolution with equalized learning rate; `down` halves the size after a low-pass."""

    resample_filter: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel: int,
        resample_filter: Sequence[float],
        conv_clamp: float | None = None,
        down: bool = False,
        linear: bool = False,  # neither bias nor activation
    ) -> None:
        super().__init__()
        self.kernel = kernel
        self.conv_clamp = conv_clamp
        self.down = down
        self.weight = nn.Parameter(unit_normal(out_channels, in_channels, kernel, kernel))
        self.weight_gain = 1 / math.sqrt(in_channels * kernel**2)
        self.bias = None if linear else nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("resample_filter", low_pass(resample_filter), persistent=False)

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """[N, I, H, W] -> [N, O, H, W], or [N, O, H/2, W/2]."""
        weight = self.weight * self.weight_gain
        margin = self.kernel // 2
        if not self.down:
            x = F.conv2d(x, weight, padding=margin)
        elif self.kernel == 1:
            x = F.conv2d(downsample2d(x, self.resample_filter), weight)
        else:
            taps = self.resample_filter.shape[0]
            pad = ((taps - 1) // 2 + margin, (taps - 2) // 2 + margin)
            x = F.conv2d(blur(x, self.resample_filter, pad), weight, stride=2)
        if self.bias is None:
            return x * gain
        x = activate(x + self.bias[:, None, None], "lrelu", gain)
        if self.conv_clamp is not None:
            x = x.clamp(-self.conv_clamp * gain, self.conv_clamp * gain)
        return x


class _Block(nn.Module):
    """Two convolutions beside a residual path, from one resolution to half of it."""

    def __init__(self, config: StyleGAN2Config, index: int) -> None:
        super().__init__()
        wide, narrow = config.channels[index - 1], config.channels[index]
        taps, clamp = config.resample_filter, config.conv_clamp

        def conv(i: int, o: int, kernel: int, **options: bool) -> Convolution:
            return Convolution(
                i, o, kernel=kernel, resample_filter=taps, conv_clamp=clamp, **options
            )

        if config.block_resolutions[index] == config.img_resolution:
            self.fromrgb = conv(config.img_channels, narrow, 1)
        self.conv0 = conv(narrow, narrow, 3)
        self.conv1 = conv(narrow, wide, 3, down=True)
        self.skip = conv(narrow, wide, 1, down=True, linear=True)

    def forward(self, x: Tensor) -> Tensor:
        """[N, I, H, W] (the first block: a picture) -> [N, O, H/2, W/2]."""
        if hasattr(self, "fromrgb"):
            x = self.fromrgb(x)
        half = math.sqrt(0.5)
        shortcut = self.skip(x, gain=half)
        return shortcut + self.conv1(self.conv0(x), gain=half)  # type: ignore[no-any-return]


class _Head(nn.Module):
    """From feature maps at 4 x 4 to one number."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        channels = config.channels[0]
        self.conv = Convolution(
            channels + 1,
            channels,
            kernel=3,
            resample_filter=config.resample_filter,
            conv_clamp=config.conv_clamp,
        )
        self.fc = FullyConnected(channels * 16, channels, activation="lrelu")
        self.out = FullyConnected(channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, 4, 4] -> [N, 1]."""
        x = self.conv(minibatch_deviation(x))
        return self.out(self.fc(x.flatten(1)))  # type: ignore[no-any-return]


class Discriminator(nn.Module):
    """Judges the pictures of a generator with the same config.

    Raises ValueError where the config has classes.
    """

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        if config.c_dim:
            raise ValueError(f"the config has {config.c_dim} classes; a discriminator takes none")
        for index in reversed(range(1, len(config.block_resolutions))):
            self.add_module(f"b{config.block_resolutions[index]}", _Block(config, index))
        self.b4 = _Head(config)

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, img_channels, R, R] in -1..1 -> [N, 1]; above 0 looks real."""
        x = pictures
        for block in self.children():
            x = block(x)
        return x
