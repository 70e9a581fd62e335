"""The whole generator: mapping and synthesis under the state-dict names of the published files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from stylestudio.networks.stylegan2.mapping import MappedGenerator, MappingNetwork
from stylestudio.networks.stylegan2.synthesis import SynthesisNetwork

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2.config import StyleGAN2Config

NoiseMode = Literal["const", "none", "random"]


class Generator(MappedGenerator):
    """StyleGAN2 generator; `mapping`, `synthesis` and the two public calls on them."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)
        self.synthesis = SynthesisNetwork(config)

    def synthesize(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:
        """ws [N, num_ws, w_dim] -> pictures [N, img_channels, R, R], nominally -1..1."""
        noises: list[Tensor | None] = []
        for step in self.synthesis.steps:
            if not step.has_noise or noise_mode == "none":
                noises.append(None)
            elif noise_mode == "const":
                noises.append(self.synthesis.noise_const(step))
            else:
                r = step.resolution
                noises.append(torch.randn(ws.shape[0], 1, r, r, device=ws.device))
        return self.synthesis(ws, noises)  # type: ignore[no-any-return]
