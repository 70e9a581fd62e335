"""The progressively grown generator (Karras et al. 2018, section 4 and appendix A).

It has no space W: the latent, brought to a sphere, enters once, and pixels are normalised over
their channels after every layer. As a chain, its only row of ws is that latent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.chain import OwnChain, run_chain
from stylestudio.networks.stylegan1 import ToRGB
from stylestudio.networks.stylegan2.layers import (
    LRELU_SLOPE,
    MovedRow,
    normalize_2nd_moment,
    unit_normal,
)
from stylestudio.networks.stylegan2.synthesis import State, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.chain import Chain
    from stylestudio.networks.stylegan2.generator import NoiseMode
    from stylestudio.networks.stylegan2.layers import Row


@dataclass(frozen=True, kw_only=True)
class ProGANConfig:
    """Architecture of one generator; everything else about it is weights."""

    img_resolution: int  # side of the square picture, a power of two, at least 8
    channels: tuple[int, ...]  # feature maps of the blocks at 4, 8, ..., img_resolution
    img_channels: int = 3
    z_dim: int = 512
    c_dim: ClassVar[int] = 0
    num_ws: ClassVar[int] = 1

    @property
    def w_dim(self) -> int:
        """That of z, which takes the place of w."""
        return self.z_dim

    @property
    def block_resolutions(self) -> tuple[int, ...]:
        """4, 8, ..., img_resolution."""
        return tuple(2**i for i in range(2, self.img_resolution.bit_length()))


class Generator(nn.Module):
    """The whole generator, with the interface of the StyleGAN2 one."""

    family: ClassVar[str] = "progan"

    def __init__(self, config: ProGANConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = Sphere(config.z_dim)
        self.synthesis = SynthesisNetwork(config)

    def map(
        self,
        z: Tensor,
        c: Tensor | None = None,  # noqa: ARG002 - it has no classes
        truncation_psi: float = 1.0,  # noqa: ARG002 - nor a place to pull towards
        truncation_cutoff: int | None = None,  # noqa: ARG002
    ) -> Tensor:
        """z [N, z_dim] -> ws [N, 1, z_dim], on the sphere; truncation has no meaning here."""
        return self.mapping(z)[:, None]  # type: ignore[no-any-return]

    def synthesize(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:  # noqa: ARG002
        """ws [N, 1, z_dim] -> pictures [N, img_channels, R, R], nominally -1..1.

        Every `noise_mode` gives the same picture: this network has no noise.
        """
        return self.synthesis(ws)  # type: ignore[no-any-return]

    def prepare(self, dtype: torch.dtype) -> Chain:  # noqa: ARG002
        """Return the synthesis network as it is, in float32: nothing faster is known for it."""
        return self.synthesis


class Sphere(nn.Module):
    """What stands where others have a mapping network: latents get the length that z has."""

    w_avg: Tensor

    def __init__(self, z_dim: int) -> None:
        super().__init__()
        self.num_ws = 1
        self.register_buffer("w_avg", torch.zeros(z_dim, device="cpu"), persistent=False)

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """[N, z_dim] -> the same form, with mean square 1."""
        return normalize_2nd_moment(z)


class SynthesisNetwork(OwnChain):
    """Blocks `b4`, `b8`, ... of two layers, then RGB."""

    def __init__(self, config: ProGANConfig) -> None:
        super().__init__()
        self.config = config
        steps = []
        before = config.z_dim
        for resolution, width in zip(config.block_resolutions, config.channels, strict=True):
            block = nn.Module()
            block.conv0 = Layer(before, width, first=resolution == 4)
            block.conv1 = Layer(width, width, up=False)
            self.add_module(f"b{resolution}", block)
            steps += [Step(f"b{resolution}.conv{i}", resolution, 0, False) for i in (0, 1)]
            before = width
        last = f"b{config.img_resolution}"
        self.get_submodule(last).torgb = ToRGB(before, config.img_channels)
        rgb = Step(f"{last}.torgb", config.img_resolution, 0, False, makes_rgb=True)
        self.steps = (*steps, rgb)

    def initial_state(
        self,
        batch: int = 1,
        transform: Tensor | None = None,  # noqa: ARG002 - this family's scene cannot be placed
    ) -> State:
        """Nothing: the first step starts from its row of ws."""
        return State(self.get_parameter("b4.conv0.weight").new_empty(batch, 0, 1, 1), None, None)

    def run_step(
        self,
        step: Step,
        state: State,
        w: Row,
        noise: Tensor | None,  # noqa: ARG002 - the chain's interface; no layer here takes noise
    ) -> State:
        """Run one step; the first takes its row of ws [N, z_dim]."""
        layer = self.get_submodule(step.name)
        if step.makes_rgb:
            return State(state.x, layer(state.x), None)
        # Blends and edits leave the sphere; the network never saw what lies off it.
        assert not isinstance(w, MovedRow)  # no layer has styles
        x = normalize_2nd_moment(w)[:, :, None, None] if step is self.steps[0] else state.x
        return State(layer(x), None, None)

    def noise_const(self, step: Step) -> Tensor:
        """No step has noise. Raises ValueError."""
        raise ValueError(f"{step.name} has no noise; no layer of a ProGAN has")

    def forward(self, ws: Tensor, noises: Sequence[Tensor | None] = ()) -> Tensor:  # noqa: ARG002
        """Synthesise ws [N, 1, z_dim] -> [N, img_channels, R, R]."""
        return run_chain(self, ws, lambda _: None)


class Layer(nn.Module):
    """Convolution, activation, and pixels of one length."""

    def __init__(
        self, in_channels: int, out_channels: int, *, first: bool = False, up: bool = True
    ) -> None:
        super().__init__()
        self.first, self.up = first, up and not first
        kernel = 4 if first else 3
        self.weight = nn.Parameter(unit_normal(out_channels, in_channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        gain = math.sqrt(2) / 4 if first else math.sqrt(2) / 3
        self.gain = gain / math.sqrt(in_channels)

    def forward(self, x: Tensor) -> Tensor:
        """[N, I, H, H] -> [N, O, r, r]; the first layer makes 4x4 pixels of one."""
        weight = self.weight * self.gain
        if self.first:
            x = torch.einsum("ni,oiyx->noyx", x[:, :, 0, 0], weight) + self.bias[:, None, None]
        else:
            if self.up:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.conv2d(x, weight, self.bias, padding=1)
        return normalize_2nd_moment(F.leaky_relu(x, LRELU_SLOPE))
