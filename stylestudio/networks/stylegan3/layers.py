"""Layers of StyleGAN3 (Karras et al. 2021, section 3 and appendix D) in plain torch.

Shapes in comments: N batch, C/I/O channels, H W rows and columns, k kernel.
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
    styles_of,
    unit_normal,
)

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2.layers import Row
    from stylestudio.networks.stylegan3.config import LayerConfig, StyleGAN3Config


def upsample_filtered(x: Tensor, taps: Tensor, up: int, padding: tuple[int, int]) -> Tensor:
    """Put up-1 zeros after every sample, pad, low-pass with gain up^2; [N, C, H, W] any size.

    Both axes run separately, and one output phase at a time, so that no zero is ever multiplied.
    """
    return _upsample_rows(_upsample_rows(x, taps, up, padding).mT, taps, up, padding).mT


def _upsample_rows(x: Tensor, taps: Tensor, up: int, padding: tuple[int, int]) -> Tensor:
    n, channels, height, width = x.shape
    count = taps.shape[0]
    phase_taps = -(-count // up)
    phases = F.pad(taps, (0, phase_taps * up - count)).view(phase_taps, up).t()  # [up, k]
    rows = height * up + padding[0] + padding[1] - count + 1
    shift = count - 1 - padding[0]
    first, last = shift // up, (shift + rows - 1) // up
    x = F.pad(x, (0, 0, phase_taps - 1 - first, last - height + 1))
    weight = (phases * up).flip(1).repeat(channels, 1)[:, None, :, None]  # [C * up, 1, k, 1]
    x = F.conv2d(x, weight, groups=channels).view(n, channels, up, -1, width)
    x = x.transpose(2, 3).reshape(n, channels, -1, width)
    start = shift - first * up
    return x[:, :, start : start + rows]


def downsample_filtered(x: Tensor, taps: Tensor, down: int) -> Tensor:
    """Low-pass [N, C, H, W] with 1-D or 2-D taps and keep every `down`-th sample, unpadded."""
    channels = x.shape[1]
    if taps.ndim == 2:
        weight = taps.flip(0, 1).expand(channels, 1, -1, -1)
        return F.conv2d(x, weight, stride=down, groups=channels)
    rows = taps.flip(0)[None, None, :, None].expand(channels, -1, -1, -1)
    x = F.conv2d(x, rows, stride=(down, 1), groups=channels)
    return F.conv2d(x, rows.mT, stride=(1, down), groups=channels)


class SynthesisInput(nn.Module):
    """Fourier features of a plane that can be moved and turned without end."""

    transform: Tensor
    freqs: Tensor
    phases: Tensor
    centres: Tensor

    def __init__(self, config: StyleGAN3Config) -> None:
        super().__init__()
        channels = config.layers[0].in_channels
        self.size = config.layers[0].in_size
        self.rate = config.input_rate
        self.bandwidth = config.input_bandwidth
        self.weight = nn.Parameter(unit_normal(channels, channels))
        self.affine = FullyConnected(config.w_dim, 4)
        self.register_buffer("transform", torch.zeros(3, 3))
        self.register_buffer("freqs", unit_normal(channels, 2))
        self.register_buffer("phases", torch.zeros(channels))
        # Known, not loaded, so on the CPU even where the weights are built on the meta device.
        centres = torch.arange(self.size, device="cpu") + (0.5 - self.size / 2)
        self.register_buffer("centres", centres, persistent=False)

    def forward(self, transform: Tensor, w: Row) -> Tensor:
        """Transform [N, 3, 3] from picture to plane, w [N, w_dim] -> [N, C, size, size]."""
        t = styles_of(self.affine, w)
        cos, sin, x, y = (t / t[:, :2].norm(dim=1, keepdim=True)).unbind(1)
        zero, one = torch.zeros_like(cos), torch.ones_like(cos)
        turn = torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], 1).view(-1, 3, 3)
        move = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1).view(-1, 3, 3)
        transform = turn @ move @ transform
        phases = self.phases + (self.freqs @ transform[:, :2, 2:])[..., 0]  # [N, C]
        freqs = self.freqs @ transform[:, :2, :2]  # [N, C, 2]
        falloff = (freqs.norm(dim=2) - self.bandwidth) / (self.rate / 2 - self.bandwidth)
        amplitudes = (1 - falloff).clamp(0, 1)
        at = self.centres / self.rate
        rows, columns = torch.meshgrid(at, at, indexing="ij")
        grid = torch.stack([columns, rows], dim=-1).view(1, -1, 2)  # in picture widths
        angles = grid @ freqs.mT + phases[:, None]  # [N, size * size, C]
        features = torch.sin(angles * (2 * math.pi)) * amplitudes[:, None]
        features = F.linear(features, self.weight / math.sqrt(self.weight.shape[0]))
        return features.mT.reshape(t.shape[0], -1, self.size, self.size)


class SynthesisLayer(nn.Module):
    """Modulated convolution, then a nonlinearity at a higher sampling rate between low-passes."""

    magnitude_ema: Tensor
    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, shape: LayerConfig, w_dim: int, conv_clamp: float | None) -> None:
        super().__init__()
        self.shape = shape
        self.conv_clamp = conv_clamp
        kernel = (shape.kernel, shape.kernel)
        self.affine = FullyConnected(w_dim, shape.in_channels, bias_init=1.0)
        self.weight = nn.Parameter(unit_normal(shape.out_channels, shape.in_channels, *kernel))
        self.bias = nn.Parameter(torch.zeros(shape.out_channels))
        self.register_buffer("magnitude_ema", torch.ones([]))
        if shape.up_taps > 1:
            self.register_buffer("up_filter", torch.ones(shape.up_taps))
        if shape.down_taps > 1:
            axes = 2 if shape.radial else 1
            self.register_buffer("down_filter", torch.ones([shape.down_taps] * axes))

    def forward(self, x: Tensor, w: Row) -> Tensor:
        """[N, I, in_size, in_size], w [N, w_dim] -> [N, O, out_size, out_size]."""
        shape = self.shape
        styles = styles_of(self.affine, w)
        weight: Tensor = self.weight
        if shape.to_rgb:
            styles = styles / math.sqrt(shape.in_channels * shape.kernel**2)
        else:
            weight = weight * weight.square().mean((1, 2, 3), keepdim=True).rsqrt()
            styles = styles * styles.square().mean(dim=1, keepdim=True).rsqrt()
        scale = styles * self.magnitude_ema.rsqrt()
        x = F.conv2d(x * scale[:, :, None, None], weight, padding=shape.kernel - 1)
        if not shape.to_rgb:
            demod = torch.rsqrt(styles.square() @ weight.square().sum((2, 3)).t() + EPSILON)
            x = x * demod[:, :, None, None]
        x = x + self.bias[:, None, None]
        if shape.up_taps > 1:
            x = upsample_filtered(x, self.up_filter, shape.up, shape.padding)
        x = activate(x, "linear" if shape.to_rgb else "lrelu")
        if self.conv_clamp is not None:
            x = x.clamp(-self.conv_clamp, self.conv_clamp)
        return downsample_filtered(x, self.down_filter, shape.down) if shape.down_taps > 1 else x
