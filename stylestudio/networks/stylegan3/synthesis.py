"""w -> picture, as the same kind of chain that StyleGAN2 is run in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.networks.chain import OwnChain, run_chain
from stylestudio.networks.stylegan2.synthesis import State, Step
from stylestudio.networks.stylegan3.layers import SynthesisInput, SynthesisLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.stylegan2.layers import Row
    from stylestudio.networks.stylegan3.config import StyleGAN3Config


def placement(x: float = 0.0, y: float = 0.0, turns: float = 0.0) -> Tensor:
    """The transform [3, 3] that moves the scene right by x and down by y picture widths.

    It is turned counterclockwise by `turns` full rotations first. Networks want the way back,
    from a place in the picture to the scene, so this is the inverse.
    """
    cos, sin = math.cos(turns * 2 * math.pi), math.sin(turns * 2 * math.pi)
    # The inverse of [[cos, sin, x], [-sin, cos, y], [0, 0, 1]].
    back = [[cos, -sin, sin * y - cos * x], [sin, cos, -sin * x - cos * y], [0, 0, 1]]
    return torch.tensor(back)


class SynthesisNetwork(OwnChain):
    """The Fourier features and the layers after them; row 0 of ws drives the features."""

    input: SynthesisInput

    def __init__(self, config: StyleGAN3Config) -> None:
        super().__init__()
        self.config = config
        self.input = SynthesisInput(config)
        steps = [Step("input", config.rate(0), 0, has_noise=False)]
        for index, layer in enumerate(config.layers):
            name = f"L{index}_{layer.out_size}_{layer.out_channels}"
            self.add_module(name, SynthesisLayer(layer, config.w_dim, config.conv_clamp))
            last = layer is config.layers[-1]
            steps.append(Step(name, config.rate(index), index + 1, False, makes_rgb=last))
        self.steps = tuple(steps)

    def initial_state(self, batch: int = 1, transform: Tensor | None = None) -> State:
        """Where the scene lies: x is a transform [batch, 3, 3] as `placement` makes it.

        None stands for the one stored with the weights, which usually changes nothing.
        """
        transform = self.input.transform if transform is None else transform
        return State(transform.to(self.input.freqs.device).expand(batch, 3, 3), None, None)

    def run_step(
        self,
        step: Step,
        state: State,
        w: Row,
        noise: Tensor | None,  # noqa: ARG002 - the chain's interface; no layer here takes noise
    ) -> State:
        """Run one step with its row of ws [N, w_dim]."""
        x = self.get_submodule(step.name)(state.x, w)
        if step.makes_rgb:
            return State(x, x * self.config.output_scale, None)
        return State(x, None, None)

    def noise_const(self, step: Step) -> Tensor:
        """No step has noise. Raises ValueError."""
        raise ValueError(f"{step.name} has no noise; no layer of a StyleGAN3 has")

    def forward(self, ws: Tensor, noises: Sequence[Tensor | None] = ()) -> Tensor:  # noqa: ARG002
        """Synthesise ws [N, num_ws, w_dim] -> [N, img_channels, R, R]."""
        return run_chain(self, ws, lambda _: None)
