"""The whole generator: mapping and synthesis under the state-dict names of the published files."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from stylestudio.networks.stylegan2.mapping import MappedGenerator, MappingNetwork
from stylestudio.networks.stylegan2.prepared import PreparedSynthesis
from stylestudio.networks.stylegan2.synthesis import SynthesisNetwork

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from stylestudio.networks.chain import Chain
    from stylestudio.networks.stylegan2.config import StyleGAN2Config
    from stylestudio.networks.stylegan2.synthesis import Step

NoiseMode = Literal["const", "none", "random"]


class NoisyChain(Protocol):
    """A chain of steps, some of which add noise."""

    steps: tuple[Step, ...]

    def noise_const(self, step: Step) -> Tensor:
        """The noise [r, r] stored with the weights for a step that has noise."""
        ...


def choose_noises(synthesis: NoisyChain, batch: int, mode: NoiseMode) -> list[Tensor | None]:
    """One noise for each step: stored [r, r], none, or drawn anew [batch, 1, r, r]."""
    noises: list[Tensor | None] = []
    for step in synthesis.steps:
        if not step.has_noise or mode == "none":
            noises.append(None)
            continue
        noise = synthesis.noise_const(step)
        drawn = noise.new_empty(batch, 1, *noise.shape)
        noises.append(noise if mode == "const" else drawn.normal_())
    return noises


class Generator(MappedGenerator):
    """StyleGAN2 generator; `mapping`, `synthesis` and the public calls on them."""

    family: ClassVar[str] = "stylegan2"

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)
        self.synthesis = SynthesisNetwork(config)

    def synthesize(self, ws: Tensor, noise_mode: NoiseMode = "const") -> Tensor:
        """ws [N, num_ws, w_dim] -> pictures [N, img_channels, R, R], nominally -1..1."""
        noises = choose_noises(self.synthesis, ws.shape[0], noise_mode)
        return self.synthesis(ws, noises)  # type: ignore[no-any-return]

    def prepare(self, dtype: torch.dtype) -> Chain:
        """Lay the synthesis network out for rendering one picture at a time in `dtype`."""
        return PreparedSynthesis(self.synthesis, dtype)
