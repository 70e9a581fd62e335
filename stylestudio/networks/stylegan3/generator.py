"""The whole generator: mapping and synthesis under the state-dict names of the published files."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stylestudio.networks.stylegan2.mapping import MappedGenerator, MappingNetwork
from stylestudio.networks.stylegan3.synthesis import SynthesisNetwork

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from stylestudio.networks.chain import Chain
    from stylestudio.networks.stylegan2.generator import NoiseMode
    from stylestudio.networks.stylegan3.config import StyleGAN3Config


class Generator(MappedGenerator):
    """StyleGAN3 generator, config T or R, with the interface of the StyleGAN2 one."""

    family: ClassVar[str] = "stylegan3"

    def __init__(self, config: StyleGAN3Config) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)  # type: ignore[arg-type]  # has all that it reads
        self.synthesis = SynthesisNetwork(config)

    def synthesize(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:  # noqa: ARG002
        """ws [N, num_ws, w_dim] -> pictures [N, img_channels, R, R], nominally -1..1.

        Every `noise_mode` gives the same picture: this network has no noise.
        """
        return self.synthesis(ws)  # type: ignore[no-any-return]

    def prepare(self, dtype: torch.dtype) -> Chain:  # noqa: ARG002
        """Return the synthesis network as it is, in float32: nothing faster is known for it."""
        return self.synthesis
