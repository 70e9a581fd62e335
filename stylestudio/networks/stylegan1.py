"""StyleGAN's first generator (Karras et al. 2019, section 2 and appendix B).

Each layer convolves, adds noise with a strength for each channel, normalises every map by its own
mean and deviation, and gives it the deviation and mean that an affine function of w says (AdaIN).
RGB comes from the last resolution alone. StyleGAN2 replaced the normalisation, whose drop-shaped
traces can be seen in pictures of this one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.chain import OwnChain, run_chain
from stylestudio.networks.stylegan2.generator import choose_noises
from stylestudio.networks.stylegan2.layers import (
    LRELU_SLOPE,
    FullyConnected,
    blur,
    low_pass,
    styles_of,
    unit_normal,
)
from stylestudio.networks.stylegan2.mapping import MappedGenerator, MappingNetwork
from stylestudio.networks.stylegan2.synthesis import State, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.chain import Chain
    from stylestudio.networks.stylegan2.config import Activation
    from stylestudio.networks.stylegan2.generator import NoiseMode
    from stylestudio.networks.stylegan2.layers import Row


@dataclass(frozen=True, kw_only=True)
class StyleGAN1Config:
    """Architecture of one generator; everything else about it is weights."""

    img_resolution: int  # side of the square picture, a power of two, at least 8
    channels: tuple[int, ...]  # feature maps of the blocks at 4, 8, ..., img_resolution
    img_channels: int = 3
    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 8
    mapping_features: int | None = None  # width of the hidden mapping layers, None = w_dim
    mapping_lr_multiplier: float = 0.01
    epsilon: float = 1e-8  # beside the variance of maps
    bias_before_blur: bool = False  # which tells at the border, as rosinality's networks have it
    c_dim: ClassVar[int] = 0
    embed_features: ClassVar[None] = None
    mapping_activation: ClassVar[Activation] = "lrelu"

    @property
    def block_resolutions(self) -> tuple[int, ...]:
        """4, 8, ..., img_resolution."""
        return tuple(2**i for i in range(2, self.img_resolution.bit_length()))

    @property
    def num_ws(self) -> int:
        """Rows of a full w: two a block."""
        return 2 * len(self.block_resolutions)


class Generator(MappedGenerator):
    """The whole generator, with the interface of the StyleGAN2 one.

    Biases of the mapping network are those of the published one over the root of 2, as its
    activation had no gain.
    """

    family: ClassVar[str] = "stylegan1"

    def __init__(self, config: StyleGAN1Config) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)  # type: ignore[arg-type]  # has all that it reads
        self.synthesis = SynthesisNetwork(config)

    def synthesize(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:
        """ws [N, num_ws, w_dim] -> pictures [N, img_channels, R, R], nominally -1..1."""
        noises = choose_noises(self.synthesis, ws.shape[0], noise_mode)
        return self.synthesis(ws, noises)  # type: ignore[no-any-return]

    def prepare(self, dtype: torch.dtype) -> Chain:  # noqa: ARG002
        """Return the synthesis network as it is, in float32: nothing faster is known for it."""
        return self.synthesis


class SynthesisNetwork(OwnChain):
    """Blocks `b4`, `b8`, ... of two layers, then RGB."""

    def __init__(self, config: StyleGAN1Config) -> None:
        super().__init__()
        self.config = config
        steps = []
        before = 0
        for index, (resolution, width) in enumerate(
            zip(config.block_resolutions, config.channels, strict=True)
        ):
            block = nn.Module()
            block.conv0 = Layer(before, width, resolution, config, up=True)
            block.conv1 = Layer(width, width, resolution, config)
            self.add_module(f"b{resolution}", block)
            steps += [
                Step(f"b{resolution}.conv{i}", resolution, 2 * index + i, True) for i in (0, 1)
            ]
            before = width
        self.get_submodule("b4").const = nn.Parameter(unit_normal(config.channels[0], 4, 4))
        last = f"b{config.img_resolution}"
        self.get_submodule(last).torgb = ToRGB(before, config.img_channels)
        rgb = Step(f"{last}.torgb", config.img_resolution, config.num_ws - 1, False, makes_rgb=True)
        self.steps = (*steps, rgb)

    def initial_state(
        self,
        batch: int = 1,
        transform: Tensor | None = None,  # noqa: ARG002 - this family's scene cannot be placed
    ) -> State:
        """The learned constant, repeated: x [batch, C, 4, 4]."""
        return State(self.get_parameter("b4.const").expand(batch, -1, -1, -1), None, None)

    def run_step(self, step: Step, state: State, w: Row, noise: Tensor | None) -> State:
        """Run one step with its row of ws [N, w_dim] and its noise [r, r] or [N, 1, r, r]."""
        layer = self.get_submodule(step.name)
        if step.makes_rgb:
            return State(state.x, layer(state.x), None)
        return State(layer(state.x, w, noise), None, None)

    def noise_const(self, step: Step) -> Tensor:
        """The noise [r, r] stored with the weights for a step that has noise."""
        return self.get_buffer(f"{step.name}.noise_const")

    def forward(self, ws: Tensor, noises: Sequence[Tensor | None]) -> Tensor:
        """Synthesise ws [N, num_ws, w_dim] with one noise a step -> [N, img_channels, R, R]."""
        of_step = dict(zip(self.steps, noises, strict=True))
        return run_chain(self, ws, of_step.__getitem__)


class Layer(nn.Module):
    """Convolution, noise, activation, normalisation, style; the first has no convolution."""

    noise_const: Tensor
    kernel: Tensor

    def __init__(
        self,
        in_channels: int,  # 0 for the first layer, which starts from the constant
        out_channels: int,
        resolution: int,
        config: StyleGAN1Config,
        *,
        up: bool = False,
    ) -> None:
        super().__init__()
        self.up = up
        self.epsilon = config.epsilon
        self.blurs_bias = up and in_channels > 0 and config.bias_before_blur
        if in_channels:
            self.weight = nn.Parameter(unit_normal(out_channels, in_channels, 3, 3))
            self.gain = math.sqrt(2 / (9 * in_channels))
        else:
            self.register_parameter("weight", None)
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("noise_const", unit_normal(resolution, resolution))
        self.affine = FullyConnected(config.w_dim, 2 * out_channels)
        self.register_buffer("kernel", low_pass((1.0, 2.0, 1.0)), persistent=False)

    def forward(self, x: Tensor, w: Row, noise: Tensor | None) -> Tensor:
        """[N, I, H, H], w [N, w_dim], noise [r, r] or [N, 1, r, r] -> [N, O, r, r]."""
        if self.weight is not None:
            if self.up:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            bias = self.bias if self.blurs_bias else None
            x = F.conv2d(x, self.weight * self.gain, bias, padding=1)
            if self.up:
                x = blur(x, self.kernel, (1, 1))
        if noise is not None:
            x = x + noise * self.noise_strength[:, None, None]
        if not self.blurs_bias:
            x = x + self.bias[:, None, None]
        x = F.leaky_relu(x, LRELU_SLOPE)
        x = F.instance_norm(x, eps=self.epsilon)
        scale, shift = styles_of(self.affine, w)[:, :, None, None].chunk(2, dim=1)
        return x * (scale + 1) + shift


class ToRGB(nn.Module):
    """A 1x1 convolution, which no style drives."""

    def __init__(self, in_channels: int, img_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(unit_normal(img_channels, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(img_channels))
        self.gain = 1 / math.sqrt(in_channels)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, H] -> [N, img_channels, H, H]."""
        return F.conv2d(x, self.weight * self.gain, self.bias)
