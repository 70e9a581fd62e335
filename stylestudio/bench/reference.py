"""StyleGAN2 synthesis as the paper writes it down: the plain path that speed is measured against.

Karras et al. 2020, section 2.2 and appendix B: weights are modulated and demodulated for every
picture and applied by a grouped convolution, with the channels first, and every operation is a
step of its own. Feature maps are float32, or float16 on cards, as in the published code.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.networks.stylegan2 import choose_noises
from stylestudio.recipe import Recipe
from stylestudio.render import compose_ws
from stylestudio.render.device import catch_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stylestudio.networks.stylegan2 import SynthesisNetwork
    from stylestudio.networks.stylegan2.layers import SynthesisLayer, ToRGB
    from stylestudio.render import Model

EPSILON = 1e-8


def plain_path(model: Model) -> Callable[[], None]:
    """Return a call that synthesises one picture of a model plainly, and waits for it.

    On a card the library may choose its fastest kernels, also such as do not repeat their bytes.
    """
    ws = compose_ws(model, Recipe.from_seed(7, model))[None]
    noises = choose_noises(model.network.synthesis, 1, "const")
    dtype = torch.float16 if model.device.type == "cuda" else torch.float32

    def run() -> None:
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(
                enabled=True, benchmark=True, deterministic=False, allow_tf32=True
            ),
        ):
            plain_synthesis(model.network.synthesis, ws, noises, dtype)  # type: ignore[arg-type]
        catch_up(model.device)

    return run


def plain_synthesis(
    network: SynthesisNetwork,
    ws: Tensor,
    noises: Sequence[Tensor | None],
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Synthesise ws [N, num_ws, w_dim] with one noise a step: [N, C, R, R], float32.

    For the skip architecture with leaky ReLUs and the usual resampling kernel. Feature maps are
    of `dtype`; RGB is summed in float32.
    """
    const = network.get_parameter("b4.const").unsqueeze(0).repeat(ws.shape[0], 1, 1, 1)
    x = const.to(dtype)
    img: Tensor | None = None
    for step, noise in zip(network.steps, noises, strict=True):
        layer, w = network.get_submodule(step.name), ws[:, step.ws_index]
        if step.name.endswith("torgb"):
            rgb = _to_rgb(layer, x, w).float()  # type: ignore[arg-type]
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
        x = x + (noise * layer.noise_strength).to(x.dtype)
    x = x + layer.bias.to(x.dtype).view(1, -1, 1, 1)
    x = F.leaky_relu(x, 0.2) * math.sqrt(2)
    return x if layer.conv_clamp is None else x.clamp(-layer.conv_clamp, layer.conv_clamp)


def _to_rgb(layer: ToRGB, x: Tensor, w: Tensor) -> Tensor:
    styles = layer.affine(w) / math.sqrt(x.shape[1])
    x = _modulated_conv(layer.weight, x, styles, up=False, demodulate=False)
    x = x + layer.bias.to(x.dtype).view(1, -1, 1, 1)
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
    weights, x = weights.to(x.dtype), x.reshape(1, n * inputs, h, w)
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
    weight = kernel.to(x.dtype).flip(0, 1)[None, None].repeat(channels, 1, 1, 1)
    return F.conv2d(F.pad(x, (before, after, before, after)), weight, groups=channels)
