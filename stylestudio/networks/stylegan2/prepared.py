"""The synthesis network laid out for rendering: the same steps, at the speed of the machine.

What the layers of a trained network say is rearranged once, so that a frame does little more than
its convolutions (StyleGAN2 paper, section 2.2 and appendix B):

- modulation and demodulation scale whichever is smaller, the weights or the feature maps; the
  latter where Winograd's form of the weights saves time, as that is made once;
- the gain of the activation is part of that scale, as leaky ReLUs commute with positive factors;
- what follows a convolution is done in place;
- feature maps lie channels-last and may be of a shorter type; RGB is summed in float32.

One picture at a time, without gradients.
"""

from __future__ import annotations

import copy
import math
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.chain import run_chain
from stylestudio.networks.convolution import Convolution, lay_out, pays_constant
from stylestudio.networks.stylegan2.layers import (
    EPSILON,
    LRELU_SLOPE,
    MovedRow,
    SkipConv,
    SynthesisLayer,
    ToRGB,
    blur,
    low_pass,
    upsample2d,
)
from stylestudio.networks.stylegan2.synthesis import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stylestudio.networks.stylegan2.layers import FullyConnected, Row
    from stylestudio.networks.stylegan2.synthesis import Step, SynthesisBlock, SynthesisNetwork


class PreparedSynthesis:
    """Runs the chain of steps of a `SynthesisNetwork` with feature maps of `dtype`.

    It holds copies of the weights, so later changes of the network do not reach it; noise is the
    network's own.
    """

    def __init__(self, network: SynthesisNetwork, dtype: torch.dtype = torch.float32) -> None:
        self.dtype = dtype
        self.steps = network.steps
        self._network = network
        self._const = lay_out(network.get_parameter("b4.const")[None], dtype)
        self._blocks: dict[str, PreparedBlock] = {}
        for name, block in network.named_children():
            self._blocks[name] = PreparedBlock(block, dtype)  # type: ignore[arg-type]

    def of_twin(self, network: SynthesisNetwork) -> PreparedSynthesis:
        """Return a chain for a network whose weights are the same so far.

        It shares all that is laid out; what `lay_out_again` replaces in one, the other keeps.
        """
        twin = copy.copy(self)
        twin._network = network
        twin._blocks = {name: copy.copy(block) for name, block in self._blocks.items()}
        return twin

    def lay_out_again(self, names: Iterable[str]) -> None:
        """Take over weights that changed in the network, by their names in the state dict."""
        layers = {tuple(name.split(".")[:2]) for name in names if not name.endswith("noise_const")}
        for block_name, layer in sorted(layers):
            if layer == "const":
                self._const = lay_out(self._network.get_parameter("b4.const")[None], self.dtype)
            else:
                module = self._network.get_submodule(f"{block_name}.{layer}")
                self._blocks[block_name].lay_out(layer, module, self.dtype)

    def noise_const(self, step: Step) -> Tensor:
        """The noise [r, r] stored with the weights for a step that has noise."""
        return self._network.noise_const(step)

    def initial_state(
        self,
        batch: int = 1,  # noqa: ARG002 - the chain's interface
        transform: Tensor | None = None,  # noqa: ARG002 - this family's scene cannot be placed
    ) -> State:
        """The learned constant: x [1, C, 4, 4]."""
        return State(self._const, None, None)

    def run_step(self, step: Step, state: State, w: Row, noise: Tensor | None) -> State:
        """Run one step with its row of ws [1, w_dim] and its noise [r, r] or [1, 1, r, r]."""
        block_name, layer = step.name.split(".")
        block = self._blocks[block_name]
        if layer == "conv0":
            return block.run_conv0(state, w, noise)
        if layer == "conv1":
            return block.run_conv1(state, w, noise)
        return block.run_torgb(state, w)

    def __call__(self, ws: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        """Synthesise ws [N, num_ws, w_dim] with one noise a step -> [N, img_channels, R, R].

        Noises are [r, r], or [N, 1, r, r] with one for each picture.
        """
        of_step = dict(zip(self.steps, noises, strict=True))

        def own(index: int, step: Step) -> Tensor | None:
            noise = of_step[step]
            return noise[index] if noise is not None and noise.ndim == 4 else noise

        return torch.cat(
            [run_chain(self, rows[None], partial(own, index)) for index, rows in enumerate(ws)]
        )


class PreparedBlock:
    """The layers of one resolution."""

    def __init__(self, block: SynthesisBlock, dtype: torch.dtype) -> None:
        self.kernel = block.resample_filter
        self.interpolates = _interpolates(self.kernel)  # asked here, as each look makes a GPU wait
        self.conv0: PreparedLayer | None = None
        self.conv1: PreparedLayer | None = None
        self.torgb: PreparedToRGB | None = None
        self.skip: Tensor | None = None
        for name, layer in block.named_children():
            self.lay_out(name, layer, dtype)

    def lay_out(self, name: str, layer: nn.Module, dtype: torch.dtype) -> None:
        """Lay out one layer of the block, by its name there."""
        if isinstance(layer, SkipConv):
            gain = layer.weight_gain * math.sqrt(0.5)
            self.skip = lay_out(layer.weight.detach() * gain, dtype)
            self.skip_kernel = layer.resample_filter.to(dtype)
        elif isinstance(layer, ToRGB):
            self.torgb = PreparedToRGB(layer, dtype)
        else:
            assert isinstance(layer, SynthesisLayer)
            setattr(self, name, PreparedLayer(layer, dtype))

    def run_conv0(self, state: State, w: Row, noise: Tensor | None) -> State:
        """Double the size; a resnet block also starts its residual path."""
        assert self.conv0 is not None
        shortcut = None
        if self.skip is not None:
            shortcut = upsample2d(F.conv2d(state.x, self.skip), self.skip_kernel)
        return State(self.conv0(state.x, w, noise), state.img, shortcut)

    def run_conv1(self, state: State, w: Row, noise: Tensor | None) -> State:
        """Convolve at this size; a resnet block also closes its residual path."""
        assert self.conv1 is not None
        if state.shortcut is None:
            return State(self.conv1(state.x, w, noise), state.img, None)
        x = self.conv1(state.x, w, noise, gain=math.sqrt(0.5)).add_(state.shortcut)
        return State(x, state.img, None)

    def run_torgb(self, state: State, w: Row) -> State:
        """Add this resolution's RGB to the enlarged RGB so far, in float32."""
        assert self.torgb is not None
        img = self.torgb(state.x, w)
        if state.img is not None:
            img = self._doubled(state.img).add_(img)
        return State(state.x, img.float(), None)

    def _doubled(self, img: Tensor) -> Tensor:
        return interpolated(img) if self.interpolates else upsample2d(img, self.kernel)


class PreparedLayer:
    """A `SynthesisLayer`, rearranged."""

    def __init__(self, layer: SynthesisLayer, dtype: torch.dtype) -> None:
        weight = layer.weight.detach().float()
        # Demodulation takes the length of the filters away again, so it may be 1 from the start:
        # sums of products then stay far from the largest number of a short type.
        squares = weight.square()
        lengths = squares.sum((1, 2, 3), keepdim=True).sqrt()
        weight = weight / lengths.clamp_min(1e-12)
        torch.mul(weight, weight, out=squares)
        self.dtype = dtype
        self.up = layer.up
        self.affine = Affine(layer.affine)
        self.squares = squares.sum((2, 3)).t().contiguous()  # [I, O]
        self.bias = layer.bias.detach().float()
        self.slope = {"lrelu": LRELU_SLOPE, "relu": 0.0, "linear": 1.0}[layer.activation]
        self.gain = 1.0 if layer.activation == "linear" else math.sqrt(2)
        self.clamp = layer.conv_clamp
        self.noise_strength = float(layer.noise_strength) if layer.use_noise else 0.0
        if self.up:
            weight = weight.transpose(0, 1)
            taps = layer.resample_filter.shape[0]
            self.pad = ((taps + 1) // 2 - 1, (taps - 2) // 2)
            self.kernel = layer.resample_filter.to(dtype)
        inputs, outputs = self.squares.shape
        size = layer.resolution // 2 if self.up else layer.resolution
        maps = inputs * size**2 + outputs * layer.resolution**2
        self.weight = self.convolution = None
        needs_constant = pays_constant(weight, size, dtype, transposed=self.up)
        if weight.numel() < maps and not needs_constant:
            self.weight = weight.contiguous(memory_format=torch.channels_last)
        else:
            self.convolution = Convolution(weight, size, dtype, transposed=self.up)

    def __call__(self, x: Tensor, w: Row, noise: Tensor | None, gain: float = 1.0) -> Tensor:
        """[1, I, H, H], w [1, w_dim], noise [r, r] or [1, 1, r, r] -> [1, O, r, r]."""
        gain_in = gain * self.gain
        styles = self.affine(w)  # [1, I]
        styles = styles / styles.abs().amax().clamp_min(EPSILON)
        scales = torch.rsqrt(styles.square() @ self.squares + EPSILON) * gain_in  # [1, O]
        bias = self.bias * gain_in
        if self.weight is not None:
            x = self._with_scaled_weights(x, styles, scales, bias)
        else:
            x = self._with_scaled_maps(x, styles, scales, bias)
        if noise is not None and self.noise_strength:
            add_noise(x, noise, self.noise_strength * gain_in)
        if self.slope != 1.0:
            F.leaky_relu_(x, self.slope)
        return x if self.clamp is None else x.clamp_(-self.clamp * gain, self.clamp * gain)

    def _with_scaled_weights(
        self, x: Tensor, styles: Tensor, scales: Tensor, bias: Tensor
    ) -> Tensor:
        assert self.weight is not None
        rows, columns = (styles, scales) if self.up else (scales, styles)
        weight = self.weight * (rows.t() * columns)[:, :, None, None]
        weight, bias = weight.to(self.dtype), bias.to(self.dtype)
        if self.up:
            x = F.conv_transpose2d(x, weight, stride=2)  # [1, O, 2H+1, 2H+1]
            return self._blur(x, bias)
        return F.conv2d(x, weight, bias, padding=1)

    def _with_scaled_maps(self, x: Tensor, styles: Tensor, scales: Tensor, bias: Tensor) -> Tensor:
        assert self.convolution is not None
        x = self.convolution(x, styles.to(self.dtype))
        if self.up:
            x = self._blur(x, None)
        scales, bias = scales.to(self.dtype), bias.to(self.dtype)
        return torch.addcmul(bias[:, None, None], x, scales[:, :, None, None], out=x)

    def _blur(self, x: Tensor, bias: Tensor | None) -> Tensor:
        return blur(x, self.kernel, self.pad, 4.0, bias=bias)


class PreparedToRGB:
    """A `ToRGB`: a convolution, or in short types, where that is faster, a product of matrices."""

    def __init__(self, layer: ToRGB, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.affine = Affine(layer.affine, 1 / math.sqrt(layer.weight.shape[1]))
        self.weight = layer.weight.detach().float().flatten(1)  # [C, I]
        self.bias = layer.bias.detach().float()[:, None]
        self.clamp = layer.conv_clamp

    def __call__(self, x: Tensor, w: Row) -> Tensor:
        """[1, I, H, H], w [1, w_dim] -> [1, C, H, H]."""
        weight, bias = (self.weight * self.affine(w)).to(self.dtype), self.bias.to(self.dtype)
        if self.dtype == torch.float32:
            img = F.conv2d(x, weight[:, :, None, None], bias.flatten())
        else:
            size = x.shape[-1]
            pixels = x.permute(0, 2, 3, 1).reshape(size * size, -1)
            img = torch.addmm(bias, weight, pixels.t()).view(1, -1, size, size)
        return img if self.clamp is None else img.clamp_(-self.clamp, self.clamp)


class Affine:
    """A linear `FullyConnected` with its gains multiplied in, and one more."""

    def __init__(self, layer: FullyConnected, gain: float = 1.0) -> None:
        self.weight = layer.weight.detach().float() * (layer.weight_gain * gain)
        self.bias = layer.bias.detach().float() * (layer.bias_gain * gain)
        self.gain = gain

    def __call__(self, row: Row) -> Tensor:
        """[N, in_features] -> [N, out_features]."""
        if isinstance(row, MovedRow):
            return self(row.w) + row.offset * self.gain
        return F.linear(row, self.weight, self.bias)


def add_noise(x: Tensor, noise: Tensor, strength: float) -> None:
    """Add noise [r, r] or [1, 1, r, r], times strength, to every channel of [1, C, r, r] in place.

    On a CPU as a product of matrices: sums along the short rows of channels-last are slow there.
    """
    noise = noise.to(x.dtype)
    if x.device.type != "cpu" or not x.is_contiguous(memory_format=torch.channels_last):
        x.add_(noise, alpha=strength)
        return
    pixels = x.permute(0, 2, 3, 1).view(-1, x.shape[1])  # [r * r, C]
    ones = x.new_ones(1, x.shape[1])
    torch.addmm(pixels, noise.reshape(-1, 1), ones, alpha=strength, out=pixels)


def interpolated(x: Tensor) -> Tensor:
    """Do what `upsample2d` does with the usual kernel: interpolate between pixels."""
    n, c, h, w = x.shape
    x = F.pad(x, (1, 1, 1, 1))
    tall = x.new_empty(n, c, h, 2, w + 2)
    _interleave(x[:, :, 1:-1], x[:, :, :-2], x[:, :, 2:], tall.unbind(3))
    tall = tall.view(n, c, 2 * h, w + 2)
    both = x.new_empty(n, c, 2 * h, w, 2)
    _interleave(tall[..., 1:-1], tall[..., :-2], tall[..., 2:], both.unbind(4))
    return both.view(n, c, 2 * h, 2 * w)


def _interleave(x: Tensor, before: Tensor, after: Tensor, out: tuple[Tensor, ...]) -> None:
    torch.lerp(x, before, 0.25, out=out[0])
    torch.lerp(x, after, 0.25, out=out[1])


def _interpolates(kernel: Tensor) -> bool:
    return kernel.shape[0] == 4 and torch.equal(kernel.cpu(), low_pass((1.0, 3.0, 3.0, 1.0)))
