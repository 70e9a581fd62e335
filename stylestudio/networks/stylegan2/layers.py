"""Layers shared by the mapping and synthesis networks (StyleGAN2 paper, section 2 and appendix B).

Shapes in comments: N batch, C/I/O channels, H W rows and columns, k kernel.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.stylegan2.config import Activation

EPSILON = 1e-8
LRELU_SLOPE = 0.2


def unit_normal(*shape: int) -> Tensor:
    """Fresh weights; on the meta device just their shape, as random numbers there pull in sympy."""
    weights = torch.empty(shape)
    return weights if weights.is_meta else weights.normal_()


def activate(x: Tensor, activation: Activation, gain: float = 1.0) -> Tensor:
    """Apply the nonlinearity with the gain that keeps unit variance, times `gain`."""
    if activation == "lrelu":
        x = F.leaky_relu(x, LRELU_SLOPE)
    elif activation == "relu":
        x = F.relu(x)
    if activation != "linear":
        gain *= math.sqrt(2)
    return x if gain == 1.0 else x * gain


def normalize_2nd_moment(x: Tensor) -> Tensor:
    """Scale each row of [N, C] to mean square 1."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + EPSILON)


def low_pass(taps: Sequence[float]) -> Tensor:
    """The 2-D resampling kernel [k, k] of 1-D `taps`, with sum 1."""
    # On the CPU even where the weights are built on the meta device: it is known, not loaded.
    kernel = torch.tensor(taps, dtype=torch.float32, device="cpu")
    kernel = torch.outer(kernel, kernel)
    return kernel / kernel.sum()


def blur(
    x: Tensor,
    kernel: Tensor,
    pad: tuple[int, int],
    gain: float = 1.0,
    stride: int = 1,
    bias: Tensor | None = None,
) -> Tensor:
    """Convolve every channel of [N, C, H, W] with `kernel`, after zero-padding (before, after)."""
    channels = x.shape[1]
    weight = (kernel * gain).flip(0, 1).expand(channels, 1, -1, -1)
    if pad[0] == pad[1] and pad[0] >= 0:
        return F.conv2d(x, weight, bias, stride=stride, padding=pad[0], groups=channels)
    return F.conv2d(F.pad(x, (*pad, *pad)), weight, bias, stride=stride, groups=channels)


def upsample2d(x: Tensor, kernel: Tensor) -> Tensor:
    """Double [N, C, H, W] in size: a zero after every sample, then the low-pass with gain 4."""
    n, c, h, w = x.shape
    spread = x.new_zeros(n, c, h, 2, w, 2)
    spread[:, :, :, 0, :, 0] = x
    taps = kernel.shape[0]
    return blur(spread.view(n, c, 2 * h, 2 * w), kernel, ((taps + 1) // 2, (taps - 2) // 2), 4.0)


def downsample2d(x: Tensor, kernel: Tensor) -> Tensor:
    """Halve [N, C, H, W] in size: the low-pass, then every second sample."""
    taps = kernel.shape[0]
    return blur(x, kernel, ((taps - 1) // 2, (taps - 2) // 2), stride=2)


class FullyConnected(nn.Module):
    """Linear layer with equalized learning rate: stored weights are unit normal / lr_multiplier."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        activation: Activation = "linear",
        lr_multiplier: float = 1.0,
        bias_init: float = 0.0,
    ) -> None:
        super().__init__()
        self.activation = activation
        self.weight = nn.Parameter(unit_normal(out_features, in_features).mul_(1 / lr_multiplier))
        self.bias = nn.Parameter(torch.full((out_features,), bias_init))
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_features] -> [N, out_features]."""
        # The gain scales what comes in, which is less than the weights are.
        x = F.linear(x * self.weight_gain, self.weight, self.bias * self.bias_gain)
        return activate(x, self.activation)


class MovedRow(NamedTuple):
    """A row of ws, and what is added to the styles that an affine layer makes of it."""

    w: Tensor  # [N, w_dim]
    offset: Tensor  # [1 or N, channels]


Row = Tensor | MovedRow  # what drives a step


def styles_of(affine: FullyConnected, row: Row) -> Tensor:
    """The styles [N, channels] of a layer: what its affine map makes of a row of ws, moved."""
    styles: Tensor
    if isinstance(row, MovedRow):
        styles = affine(row.w) + row.offset
        return styles
    styles = affine(row)
    return styles


class SynthesisLayer(nn.Module):
    """Modulated, demodulated 3x3 convolution with noise, bias and activation.

    Modulation is applied to the activations and demodulation to the result, which equals
    modulating the weights (paper, section 2.2) while the weights stay constant over the batch.
    """

    noise_const: Tensor
    resample_filter: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        w_dim: int,
        resolution: int,  # of the output
        up: bool,
        activation: Activation,
        conv_clamp: float | None,
        use_noise: bool,
        resample_filter: Sequence[float],
    ) -> None:
        super().__init__()
        self.resolution = resolution
        self.up = up
        self.activation = activation
        self.conv_clamp = conv_clamp
        self.use_noise = use_noise
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(unit_normal(out_channels, in_channels, 3, 3))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("resample_filter", low_pass(resample_filter), persistent=False)
        if use_noise:
            self.register_buffer("noise_const", unit_normal(resolution, resolution))
            self.noise_strength = nn.Parameter(torch.zeros([]))

    def forward(self, x: Tensor, w: Row, noise: Tensor | None, gain: float = 1.0) -> Tensor:
        """[N, I, H, W], w [N, w_dim], noise [r, r] or [N, 1, r, r] -> [N, O, r, r]."""
        styles = styles_of(self.affine, w)  # [N, I]
        demod = torch.rsqrt(styles.square() @ self.weight.square().sum((2, 3)).t() + EPSILON)
        x = x * styles[:, :, None, None]
        if self.up:
            x = F.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2)  # [N, O, 2H+1, 2W+1]
            taps = self.resample_filter.shape[0]
            pad = ((taps + 1) // 2 - 1, (taps - 2) // 2)
            x = blur(x, self.resample_filter, pad, 4.0)
        else:
            x = F.conv2d(x, self.weight, padding=1)
        x = x * demod[:, :, None, None]
        if self.use_noise and noise is not None:
            x = x + (noise * self.noise_strength).to(x.dtype)
        x = activate(x + self.bias[:, None, None].to(x.dtype), self.activation, gain)
        if self.conv_clamp is not None:
            x = x.clamp(-self.conv_clamp * gain, self.conv_clamp * gain)
        return x


class ToRGB(nn.Module):
    """Modulated 1x1 convolution to picture channels, without demodulation or noise."""

    def __init__(
        self, in_channels: int, img_channels: int, *, w_dim: int, conv_clamp: float | None
    ) -> None:
        super().__init__()
        self.conv_clamp = conv_clamp
        self.affine = FullyConnected(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(unit_normal(img_channels, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(img_channels))
        self.weight_gain = 1 / math.sqrt(in_channels)

    def forward(self, x: Tensor, w: Row) -> Tensor:
        """[N, I, H, W], w [N, w_dim] -> [N, img_channels, H, W]."""
        styles = styles_of(self.affine, w) * self.weight_gain
        x = F.conv2d(x * styles[:, :, None, None], self.weight, self.bias)
        return x if self.conv_clamp is None else x.clamp(-self.conv_clamp, self.conv_clamp)


class SkipConv(nn.Module):
    """The residual path of the `resnet` architecture: 1x1 convolution, then doubling in size."""

    resample_filter: Tensor

    def __init__(
        self, in_channels: int, out_channels: int, resample_filter: Sequence[float]
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(unit_normal(out_channels, in_channels, 1, 1))
        self.weight_gain = 1 / math.sqrt(in_channels)
        self.register_buffer("resample_filter", low_pass(resample_filter), persistent=False)

    def forward(self, x: Tensor, gain: float) -> Tensor:
        """[N, I, H, W] -> [N, O, 2H, 2W]."""
        return upsample2d(F.conv2d(x, self.weight * self.weight_gain), self.resample_filter) * gain
