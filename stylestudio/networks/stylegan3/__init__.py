"""The StyleGAN3 generator (Karras et al. 2021), configs T and R, exact in float32."""

from stylestudio.networks.stylegan3.config import LayerConfig, StyleGAN3Config
from stylestudio.networks.stylegan3.generator import Generator
from stylestudio.networks.stylegan3.synthesis import SynthesisNetwork, placement

__all__ = ["Generator", "LayerConfig", "StyleGAN3Config", "SynthesisNetwork", "placement"]
