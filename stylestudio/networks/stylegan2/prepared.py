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
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.chain import run_chain
from stylestudio.networks.convolution import Convolution, lay_out, pays_constant
from stylestudio.networks.stylegan2.doubling import HeldBlur, blur_for, interleaved
from stylestudio.networks.stylegan2.layers import (
    LRELU_SLOPE,
    SkipConv,
    SynthesisLayer,
    ToRGB,
    upsample2d,
)
from stylestudio.networks.stylegan2.modulation import (
    Affine,
    FrameStyles,
    Modulation,
    StepStyles,
    Styles,
    StyleWay,
    parts_keep_bytes,
    single_styles,
)
from stylestudio.networks.stylegan2.rgb_sum import RGBSum
from stylestudio.networks.stylegan2.synthesis import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stylestudio.networks.convolution import Blur
    from stylestudio.networks.stylegan2.blending import LayerBetween, ToRGBBetween
    from stylestudio.networks.stylegan2.layers import Row
    from stylestudio.networks.stylegan2.synthesis import Step, SynthesisBlock, SynthesisNetwork


SCALED_WEIGHT = 2  # what it costs to scale a weight, of scaling a number in a map: it is moved, too
FEW_NUMBERS = 2**17  # in a map; as many are cast before short types are asked for a product


class PreparedSynthesis:
    """Runs the chain of steps of a `SynthesisNetwork` with feature maps of `dtype`.

    It holds copies of the weights, so later changes of the network do not reach it; noise is the
    network's own.
    """

    def __init__(self, network: SynthesisNetwork, dtype: torch.dtype = torch.float32) -> None:
        self.dtype = dtype
        self.steps = network.steps
        self._network = network
        self._noisy = _noisy_layers(network)
        self._const = lay_out(network.get_parameter("b4.const")[None], dtype)
        self._blocks: dict[str, PreparedBlock] = {}
        for name, block in network.named_children():
            self._blocks[name] = PreparedBlock(block, dtype)  # type: ignore[arg-type]
        layers = [self._layer(step) for step in self.steps]
        self._modulation: Modulation | None = None
        if parts_keep_bytes(layers):
            self._modulation = Modulation(layers, [step.ws_index for step in self.steps])

    def of_twin(self, network: SynthesisNetwork) -> PreparedSynthesis:
        """Return a chain for a network whose weights are the same so far.

        It shares all that is laid out; what `lay_out_again` replaces in one, the other keeps.
        """
        twin = copy.copy(self)
        twin._network = network
        twin._noisy = _noisy_layers(network)
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

    def blend(self, plain: SynthesisNetwork, name: str) -> LayerBetween | ToRGBBetween | None:
        """A layer on its way from a network's weights to those that this one's has now.

        None where laying it out is as quick: for what has no styles, and on cards.
        """
        block, layer = name.split(".")
        ours, theirs = plain.get_submodule(block), self._network.get_submodule(block)
        has_styles = layer in ("conv0", "conv1", "torgb")
        if not has_styles or ours.get_parameter(f"{layer}.weight").device.type != "cpu":
            return None
        return self._blocks[block].blend(layer, ours, theirs, self.dtype)

    def take(self, name: str, blend: LayerBetween | ToRGBBetween, share: float) -> None:
        """Run a layer at a share of the way of its `blend`, which belongs to one chain."""
        blend.move(share)
        block, layer = name.split(".")
        setattr(self._blocks[block], layer, blend)

    def noise_const(self, step: Step) -> Tensor:
        """The noise [r, r] stored with the weights for a step that has noise."""
        noise: Tensor = self._noisy[step.name].noise_const
        return noise

    def initial_state(
        self,
        batch: int = 1,  # noqa: ARG002 - the chain's interface
        transform: Tensor | None = None,  # noqa: ARG002 - this family's scene cannot be placed
    ) -> State:
        """The learned constant: x [1, C, 4, 4]."""
        return State(self._const, None, None)

    def styles(self, ws: Tensor) -> FrameStyles | None:
        """What the rows of ws [num_ws, w_dim] say to the steps, where that is made at once."""
        return None if self._modulation is None else FrameStyles(self._modulation, ws)

    def run_step(
        self, step: Step, state: State, w: Row | StepStyles, noise: Tensor | None
    ) -> State:
        """Run one step with its noise [r, r] or [1, 1, r, r].

        `w` is its row of ws [1, w_dim], perhaps moved, or that of `styles`, also where the layer
        was laid out again since.
        """
        block_name, layer = step.name.split(".")
        block = self._blocks[block_name]
        if layer == "conv0":
            return block.run_conv0(state, w, noise)
        if layer == "conv1":
            return block.run_conv1(state, w, noise)
        return block.run_torgb(state, w)

    def _layer(self, step: Step) -> PreparedLayer | PreparedToRGB:
        block_name, layer = step.name.split(".")
        return getattr(self._blocks[block_name], layer)  # type: ignore[no-any-return]

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
        self.conv0: PreparedLayer | None = None
        self.conv1: PreparedLayer | None = None
        self.torgb: PreparedToRGB | None = None
        self.skip: Tensor | None = None
        self.is_residual = hasattr(block, "skip")
        self.blur: Blur | None = None
        if hasattr(block, "conv0"):
            outputs, size = len(block.conv0.bias), block.conv0.resolution + 1
            self.blur = blur_for(self.kernel, outputs, size, dtype)
            self.rgb_sum = RGBSum(self.kernel, block.conv0.resolution // 2)
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
            setattr(self, name, PreparedLayer(layer, dtype, *self._kind(name, layer)))

    def blend(
        self, name: str, ours: Any, theirs: Any, dtype: torch.dtype
    ) -> LayerBetween | ToRGBBetween:
        """A layer on its way from its weights in one block to those in another."""
        from stylestudio.networks.stylegan2.blending import LayerBetween, ToRGBBetween  # are layers

        if name == "torgb":
            return ToRGBBetween(ours.torgb, theirs.torgb, dtype)
        kind = self._kind(name, getattr(ours, name))
        return LayerBetween(getattr(ours, name), getattr(theirs, name), dtype, *kind)

    def _kind(self, name: str, layer: SynthesisLayer) -> tuple[float, Blur | None]:
        """The gain of a convolution, and what blurs it."""
        residual = name == "conv1" and self.is_residual
        return math.sqrt(0.5) if residual else 1.0, self.blur if layer.up else None

    def run_conv0(self, state: State, w: Row | StepStyles, noise: Tensor | None) -> State:
        """Double the size; a resnet block also starts its residual path."""
        assert self.conv0 is not None
        shortcut = None
        if self.skip is not None:
            shortcut = upsample2d(F.conv2d(state.x, self.skip), self.skip_kernel)
        return State(self.conv0(state.x, w, noise), state.img, shortcut)

    def run_conv1(self, state: State, w: Row | StepStyles, noise: Tensor | None) -> State:
        """Convolve at this size; a resnet block also closes its residual path."""
        assert self.conv1 is not None
        if state.shortcut is None:
            return State(self.conv1(state.x, w, noise), state.img, None)
        x = self.conv1(state.x, w, noise).add_(state.shortcut)
        return State(x, state.img, None)

    def run_torgb(self, state: State, w: Row | StepStyles) -> State:
        """Add this resolution's RGB to the enlarged RGB so far, in float32."""
        assert self.torgb is not None
        img = self.torgb(state.x, w)
        if state.img is not None:
            img = self.rgb_sum(state.img, img)
        return State(state.x, img.float(), None)


class PreparedLayer:
    """A `SynthesisLayer`, rearranged; what it gives is multiplied by `gain`.

    One that doubles the size has a `blur`, which its block keeps where weights change. The
    convolution may hold it.
    """

    way: StyleWay | None = None  # between two sets of weights
    share = 0.0

    def __init__(
        self, layer: SynthesisLayer, dtype: torch.dtype, gain: float, blur: Blur | None
    ) -> None:
        weight = layer.weight.detach().float()
        # Demodulation takes the length of the filters away again, so it may be 1 from the start:
        # sums of products then stay far from the largest number of a short type.
        squares = weight.square()
        lengths = squares.sum((1, 2, 3), keepdim=True).sqrt()
        weight = weight / lengths.clamp_min(1e-12)
        torch.mul(weight, weight, out=squares)
        self.dtype = dtype
        self.affine = Affine(layer.affine)
        sums = squares.sum((2, 3)).t().contiguous()  # [I, O]
        self.squares = sums
        self.slope = {"lrelu": LRELU_SLOPE, "relu": 0.0, "linear": 1.0}[layer.activation]
        self.output_gain = gain if layer.activation == "linear" else gain * math.sqrt(2)
        bias = (layer.bias.detach().float() * self.output_gain).to(dtype)
        self.clamp = None if layer.conv_clamp is None else layer.conv_clamp * gain
        strength = float(layer.noise_strength) if layer.use_noise else 0.0
        self.noise_strength = strength * self.output_gain
        self.ones = bias.new_ones(1, len(bias))
        inputs, outputs = sums.shape
        self.held = blur if isinstance(blur, HeldBlur) and blur.fits_in(inputs, dtype) else None
        self.blur = blur if self.held is None else None
        weight = self.taken(weight)
        if self.held is not None:
            bias = bias.repeat(4)
        self.size = layer.resolution // 2 if blur is not None else layer.resolution
        maps = inputs * self.size**2 + outputs * layer.resolution**2
        needs_constant = pays_constant(weight, self.size, dtype, transposed=self.blur is not None)
        self.scales_weights = SCALED_WEIGHT * weight.numel() < maps and not needs_constant
        self.style_dtype = torch.float32 if self.scales_weights else dtype
        self.bias = bias if self.scales_weights else bias[:, None, None]
        self.hold(weight)

    def taken(self, weight: Tensor) -> Tensor:
        """Filters [O, I, 3, 3] as the convolution takes them.

        [4 * O, I, 3, 3] where it holds the blur, [I, O, 3, 3] where a blur follows it.
        """
        if self.held is not None:
            return self.held.filters(weight)
        return weight if self.blur is None else weight.transpose(0, 1)

    def hold(self, weight: Tensor) -> None:
        """Run with these filters, as `taken`, from now on."""
        self.weight = self.convolution = None
        if self.scales_weights:
            self.weight = weight.contiguous(memory_format=torch.channels_last)
        else:
            transposed = self.blur is not None
            self.convolution = Convolution(weight, self.size, self.dtype, transposed=transposed)

    def numbers(self) -> Tensor | None:
        """Its filters in the order in which they are read; None where they have another form."""
        return self.weight if self.convolution is None else self.convolution.numbers()

    def __call__(self, x: Tensor, w: Row | StepStyles, noise: Tensor | None) -> Tensor:
        """[1, I, H, H], w a row or styles, noise [r, r] or [1, 1, r, r] -> [1, O, r, r]."""
        styles = styles_for(self, w)
        scales = styles.outputs
        assert scales is not None
        if self.held is not None:
            scales = scales.repeat(1, 4)
        if self.weight is not None:
            x = self._with_scaled_weights(x, styles.inputs, scales, self.weight)
        else:
            x = self._with_scaled_maps(x, styles.inputs, scales)
        if self.held is not None:
            x = interleaved(x)
        if noise is not None and self.noise_strength:
            add_noise(x, noise, self.noise_strength, self.ones)
        if self.slope != 1.0:
            F.leaky_relu_(x, self.slope)
        return x if self.clamp is None else x.clamp_(-self.clamp, self.clamp)

    def _with_scaled_weights(
        self, x: Tensor, styles: Tensor, scales: Tensor, weight: Tensor
    ) -> Tensor:
        rows, columns = (styles, scales) if self.blur is not None else (scales, styles)
        factors = (rows.t() * columns).view(*weight.shape[:2], 1, 1)
        weight = (weight * factors).to(self.dtype)
        if self.blur is not None:
            x = F.conv_transpose2d(x, weight, stride=2)  # [1, O, 2H+1, 2W+1]
            return self.blur(x, self.bias)
        return F.conv2d(x, weight, self.bias, padding=1)

    def _with_scaled_maps(self, x: Tensor, styles: Tensor, scales: Tensor) -> Tensor:
        assert self.convolution is not None
        x = self.convolution(x, styles)
        if self.blur is not None:
            x = self.blur(x, None)
        return torch.addcmul(self.bias, x, scales.view(1, -1, 1, 1), out=x)


class PreparedToRGB:
    """A `ToRGB`: a convolution, or in short types, where that is faster, a product of matrices."""

    squares = None
    output_gain = 1.0
    way: StyleWay | None = None
    share = 0.0

    def __init__(self, layer: ToRGB, dtype: torch.dtype) -> None:
        self.dtype = self.style_dtype = dtype
        gain = 1 / math.sqrt(layer.weight.shape[1])
        self.affine = Affine(layer.affine, gain)
        self.weight = layer.weight.detach().flatten(1).to(torch.float32, copy=True)  # [C, I]
        self.bias = layer.bias.detach().to(dtype, copy=True)[:, None]
        self.clamp = layer.conv_clamp

    def __call__(self, x: Tensor, w: Row | StepStyles) -> Tensor:
        """[1, I, H, H], w a row [1, w_dim] or styles -> [1, C, H, H]."""
        weight = self.weight * styles_for(self, w).inputs
        if self.dtype == torch.float32:
            img = F.conv2d(x, weight[:, :, None, None], self.bias.flatten())
        else:
            size = x.shape[-1]
            pixels = x.permute(0, 2, 3, 1).reshape(size * size, -1).t()
            if x.numel() <= FEW_NUMBERS and x.device.type == "cpu":
                pixels = pixels.float()
            bias, weight = self.bias.to(pixels.dtype), weight.to(pixels.dtype)
            img = torch.addmm(bias, weight, pixels).view(1, -1, size, size)
        return img if self.clamp is None else img.clamp_(-self.clamp, self.clamp)


def _noisy_layers(network: SynthesisNetwork) -> dict[str, SynthesisLayer]:
    """The layers of a network that have noise, by the names of their steps."""
    noisy = [step.name for step in network.steps if step.has_noise]
    return {name: network.get_submodule(name) for name in noisy}  # type: ignore[misc]


def styles_for(layer: PreparedLayer | PreparedToRGB, w: Row | StepStyles) -> Styles:
    """What drives a layer, from its row of ws or from what is made for many layers at once."""
    return w.for_layer(layer) if isinstance(w, StepStyles) else single_styles(layer, w)


def add_noise(x: Tensor, noise: Tensor, strength: float, ones: Tensor) -> None:
    """Add noise [r, r] or [1, 1, r, r], times strength, to every channel of [1, C, r, r] in place.

    On a CPU as a product of matrices, with `ones` [1, C]: sums along the short rows of
    channels-last are slow there.
    """
    noise = noise.to(x.dtype)
    if x.device.type != "cpu" or not x.is_contiguous(memory_format=torch.channels_last):
        x.add_(noise, alpha=strength)
        return
    pixels = x.permute(0, 2, 3, 1).view(-1, x.shape[1])  # [r * r, C]
    torch.addmm(pixels, noise.reshape(-1, 1), ones, alpha=strength, out=pixels)
