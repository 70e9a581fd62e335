"""w -> picture, as a chain of small steps that a renderer can stop and restart at any of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from torch import Tensor, nn

from stylestudio.networks.chain import OwnChain, run_chain
from stylestudio.networks.stylegan2.layers import (
    SkipConv,
    SynthesisLayer,
    ToRGB,
    low_pass,
    unit_normal,
    upsample2d,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.stylegan2.config import StyleGAN2Config
    from stylestudio.networks.stylegan2.layers import Row


class State(NamedTuple):
    """All that one step hands to the next; tensors are never changed in place."""

    x: Tensor  # feature maps [N, C, H, W]
    img: Tensor | None  # RGB so far [N, img_channels, H, W]; skip architecture only, until the end
    shortcut: Tensor | None  # residual path of a resnet block, between its two convolutions


@dataclass(frozen=True)
class Step:
    """One layer of the chain: a convolution or an RGB layer."""

    name: str  # as in the state dict, e.g. "b64.conv0"
    resolution: int  # of its output
    ws_index: int  # the row of ws that drives it
    has_noise: bool
    makes_rgb: bool = False  # it finishes an RGB picture of its resolution


class SynthesisBlock(nn.Module):
    """The layers of one resolution."""

    resample_filter: Tensor

    def __init__(self, config: StyleGAN2Config, index: int) -> None:
        super().__init__()
        resolution = config.block_resolutions[index]
        out_channels = config.channels[index]
        is_last = resolution == config.img_resolution
        self.register_buffer("resample_filter", low_pass(config.resample_filter), persistent=False)

        def conv(in_channels: int, up: bool) -> SynthesisLayer:
            return SynthesisLayer(
                in_channels,
                out_channels,
                w_dim=config.w_dim,
                resolution=resolution,
                up=up,
                activation=config.activation,
                conv_clamp=config.conv_clamp,
                use_noise=config.use_noise,
                resample_filter=config.resample_filter,
            )

        if index == 0:
            self.const = nn.Parameter(unit_normal(out_channels, 4, 4))
        else:
            self.conv0 = conv(config.channels[index - 1], up=True)
            if config.architecture == "resnet":
                self.skip = SkipConv(
                    config.channels[index - 1], out_channels, config.resample_filter
                )
        self.conv1 = conv(out_channels, up=False)
        if is_last or config.architecture == "skip":
            self.torgb = ToRGB(
                out_channels,
                config.img_channels,
                w_dim=config.w_dim,
                conv_clamp=config.conv_clamp,
            )

    def run_conv0(self, state: State, w: Row, noise: Tensor | None) -> State:
        """Double the size; a resnet block also starts its residual path."""
        skip = getattr(self, "skip", None)
        shortcut = None if skip is None else skip(state.x, gain=math.sqrt(0.5))
        return State(self.conv0(state.x, w, noise), state.img, shortcut)

    def run_conv1(self, state: State, w: Row, noise: Tensor | None) -> State:
        """Convolve at this size; a resnet block also closes its residual path."""
        if state.shortcut is None:
            return State(self.conv1(state.x, w, noise), state.img, None)
        x = state.shortcut + self.conv1(state.x, w, noise, gain=math.sqrt(0.5))
        return State(x, state.img, None)

    def run_torgb(self, state: State, w: Row) -> State:
        """Add this resolution's RGB to the enlarged RGB so far."""
        img = self.torgb(state.x, w)
        if state.img is not None:
            img = upsample2d(state.img, self.resample_filter) + img
        return State(state.x, img, None)


class SynthesisNetwork(OwnChain):
    """Blocks `b4`, `b8`, ... and the chain of steps through them.

    Convolutions take ws rows 0, 1, 2, ... in order; each RGB layer takes the row after its
    block's last convolution, which the next block's first convolution shares.
    """

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        steps = []
        for index, resolution in enumerate(config.block_resolutions):
            block = SynthesisBlock(config, index)
            self.add_module(f"b{resolution}", block)
            for layer, row in (("conv0", 2 * index - 1), ("conv1", 2 * index)):
                if hasattr(block, layer):
                    name = f"b{resolution}.{layer}"
                    steps.append(Step(name, resolution, row, config.use_noise))
            if hasattr(block, "torgb"):
                name = f"b{resolution}.torgb"
                steps.append(Step(name, resolution, 2 * index + 1, False, makes_rgb=True))
        self.steps = tuple(steps)

    def initial_state(
        self,
        batch: int = 1,
        transform: Tensor | None = None,  # noqa: ARG002 - this family's scene cannot be placed
    ) -> State:
        """The learned constant, repeated: x [batch, C, 4, 4]."""
        const: Tensor = self.get_parameter("b4.const")
        return State(const.expand(batch, -1, -1, -1), None, None)

    def run_step(self, step: Step, state: State, w: Row, noise: Tensor | None) -> State:
        """Run one step with its row of ws [N, w_dim] and its noise [r, r] or [N, 1, r, r]."""
        block_name, layer = step.name.split(".")
        block = self.get_submodule(block_name)
        assert isinstance(block, SynthesisBlock)
        if layer == "torgb":
            return block.run_torgb(state, w)
        return getattr(block, f"run_{layer}")(state, w, noise)  # type: ignore[no-any-return]

    def noise_const(self, step: Step) -> Tensor:
        """The noise [r, r] stored with the weights for a step that has noise."""
        return self.get_buffer(f"{step.name}.noise_const")

    def forward(self, ws: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        """Synthesise ws [N, num_ws, w_dim] with one noise a step -> [N, img_channels, R, R]."""
        of_step = dict(zip(self.steps, noises, strict=True))
        return run_chain(self, ws, of_step.__getitem__)
