"""The whole generator: mapping and synthesis under the state-dict names of the published files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from stylestudio.networks.stylegan2.mapping import MappingNetwork, truncate
from stylestudio.networks.stylegan3.synthesis import SynthesisNetwork

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2.generator import NoiseMode
    from stylestudio.networks.stylegan3.config import StyleGAN3Config


class Generator(nn.Module):
    """StyleGAN3 generator, config T or R, with the interface of the StyleGAN2 one."""

    def __init__(self, config: StyleGAN3Config) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)  # type: ignore[arg-type]  # has all that it reads
        self.synthesis = SynthesisNetwork(config)

    def map(
        self,
        z: Tensor,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> ws [N, num_ws, w_dim]."""
        ws = self.mapping(z, c).unsqueeze(1).repeat(1, self.config.num_ws, 1)
        return truncate(ws, self.mapping.w_avg, truncation_psi, truncation_cutoff)

    def synthesize(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:  # noqa: ARG002
        """ws [N, num_ws, w_dim] -> pictures [N, img_channels, R, R], nominally -1..1.

        Every `noise_mode` gives the same picture: this network has no noise.
        """
        return self.synthesis(ws)  # type: ignore[no-any-return]
