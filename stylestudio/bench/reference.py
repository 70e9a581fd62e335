"""StyleGAN2 synthesis as the paper writes it down: the plain path that speed is measured against.

Karras et al. 2020, section 2.2 and appendix B: weights are modulated and demodulated for every
picture and applied by a grouped convolution, in float32 and with the channels first, and every
operation is a step of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.stylegan2 import SynthesisNetwork
    from stylestudio.networks.stylegan2.layers import SynthesisLayer, ToRGB

EPSILON = 1e-8


def plain_synthesis(
    network: SynthesisNetwork, ws: Tensor, noises: Sequence[Tensor | None]
) -> Tensor:
    """Synthesise ws [N, num_ws, w_dim] with one noise a step: [N, C, R, R].

    For the skip architecture with leaky ReLUs and the usual resampling kernel.
    """
    x = network.get_parameter("b4.const").unsqueeze(0).repeat(ws.shape[0], 1, 1, 1)
    img: Tensor | None = None
    for step, noise in zip(network.steps, noises, strict=True):
        layer, w = network.get_submodule(step.name), ws[:, step.ws_index]
        if step.name.endswith("torgb"):
            rgb = _to_rgb(layer, x, w)  # type: ignore[arg-type]
            img = rgb if img is None else _upsample(img, layer_kernel(network)) + rgb
        else:
            x = _layer(layer, x, w, noise)  # type: ignore[arg-type]
    assert img is not None
    return img


def layer_kernel(network: SynthesisNetwork) -> Tensor:
    """The resampling kernel [4, 4] of a network."""
    return network.get_buffer("b8.resample_filter")


def _layer(layer: SynthesisLayer, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
    x = _modulated_conv(layer.weight, x, layer.affine(w), up=layer.up, demodulate=True)
    if layer.up:
        x = _filter(x, layer.resample_filter * 4, 1, 1)
    if noise is not None:
        x = x + noise * layer.noise_strength
    x = x + layer.bias.view(1, -1, 1, 1)
    x = F.leaky_relu(x, 0.2) * math.sqrt(2)
    return x if layer.conv_clamp is None else x.clamp(-layer.conv_clamp, layer.conv_clamp)


def _to_rgb(layer: ToRGB, x: Tensor, w: Tensor) -> Tensor:
    styles = layer.affine(w) / math.sqrt(x.shape[1])
    x = _modulated_conv(layer.weight, x, styles, up=False, demodulate=False)
    x = x + layer.bias.view(1, -1, 1, 1)
    return x if layer.conv_clamp is None else x.clamp(-layer.conv_clamp, layer.conv_clamp)


def _modulated_conv(
    weight: Tensor, x: Tensor, styles: Tensor, *, up: bool, demodulate: bool
) -> Tensor:
    n, inputs, h, w = x.shape
    outputs, kernel = weight.shape[0], weight.shape[-1]
    weights = weight.unsqueeze(0) * styles.view(n, 1, inputs, 1, 1)  # [N, O, I, k, k]
    if demodulate:
        scale = torch.rsqrt(weights.square().sum((2, 3, 4)) + EPSILON)
        weights = weights * scale.view(n, outputs, 1, 1, 1)
    x = x.reshape(1, n * inputs, h, w)
    if up:
        grouped = weights.transpose(1, 2).reshape(n * inputs, outputs, kernel, kernel)
        x = F.conv_transpose2d(x, grouped, stride=2, groups=n)
    else:
        grouped = weights.reshape(n * outputs, inputs, kernel, kernel)
        x = F.conv2d(x, grouped, padding=kernel // 2, groups=n)
    return x.reshape(n, outputs, *x.shape[2:])


def _upsample(img: Tensor, kernel: Tensor) -> Tensor:
    n, c, h, w = img.shape
    spread = F.pad(img.reshape(n, c, h, 1, w, 1), (0, 1, 0, 0, 0, 1)).reshape(n, c, 2 * h, 2 * w)
    return _filter(spread, kernel * 4, 2, 1)


def _filter(x: Tensor, kernel: Tensor, before: int, after: int) -> Tensor:
    channels = x.shape[1]
    weight = kernel.flip(0, 1)[None, None].repeat(channels, 1, 1, 1)
    return F.conv2d(F.pad(x, (before, after, before, after)), weight, groups=channels)
