"""The StyleGAN2 generator and discriminator (Karras et al. 2020), exact in float32."""

from stylestudio.networks.stylegan2.config import StyleGAN2Config
from stylestudio.networks.stylegan2.discriminator import Discriminator
from stylestudio.networks.stylegan2.generator import Generator, choose_noises
from stylestudio.networks.stylegan2.mapping import MappingNetwork, truncate
from stylestudio.networks.stylegan2.prepared import PreparedSynthesis
from stylestudio.networks.stylegan2.synthesis import State, Step, SynthesisNetwork

__all__ = [
    "Discriminator",
    "Generator",
    "MappingNetwork",
    "PreparedSynthesis",
    "State",
    "Step",
    "StyleGAN2Config",
    "SynthesisNetwork",
    "choose_noises",
    "truncate",
]
