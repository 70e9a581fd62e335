"""What decides an adversarial training, besides the pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.networks.stylegan2 import StyleGAN2Config


@dataclass(frozen=True)
class NetworkSize:
    """How many channels and latents a new network has; StyleGAN2Config.standard has the rule."""

    channel_base: int
    channel_max: int
    latents: int  # of z and of w
    mapping_layers: int

    def config(self, resolution: int) -> StyleGAN2Config:
        """The network of this size for pictures of this side."""
        from stylestudio.networks.stylegan2 import StyleGAN2Config  # torch; few need it

        return StyleGAN2Config.standard(
            resolution,
            channel_base=self.channel_base,
            channel_max=self.channel_max,
            z_dim=self.latents,
            w_dim=self.latents,
            mapping_layers=self.mapping_layers,
        )


# The last two are published: ADA's for pictures of up to 256 pixels, and StyleGAN2's config F.
SIZES: Mapping[str, NetworkSize] = {
    "small": NetworkSize(2048, 128, 128, 2),
    "medium": NetworkSize(8192, 256, 256, 4),
    "large": NetworkSize(16384, 512, 512, 8),
    "full": NetworkSize(32768, 512, 512, 8),
}
RESOLUTIONS = (16, 32, 64, 128, 256, 512, 1024)
DEFAULT_SIZE, DEFAULT_RESOLUTION = "small", 64


@dataclass(frozen=True, kw_only=True)
class AdversarialSettings:
    """Defaults are those that were published for new pictures (ADA paper, appendix C).

    Raises ValueError where the numbers cannot be trained with.
    """

    config: StyleGAN2Config
    kimg: float  # how many real pictures to show in all, in thousands
    batch: int = 16
    generator_rate: float = 0.0025
    discriminator_rate: float = 0.0025
    gamma: float | None = None  # weight of R1; None: 0.0002 * resolution^2 / batch
    ema_kimg: float | None = None  # half-life of the averaged weights; None: batch * 10 / 32
    ema_ramp: float = 0.05  # ... but at most this share of the training so far
    mixing: float = 0.9  # share of generated pictures whose rows come from two z
    mirror: bool = False
    augment_target: float = 0.6  # of r_t
    augment_kimg: float = 500.0  # real pictures seen while augmentation goes from 0 to 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.config.img_channels != 3:
            raise ValueError(f"pictures have 3 channels, not {self.config.img_channels}")
        if self.batch < 1:
            raise ValueError(f"batch is {self.batch}; it must be at least 1")

    @property
    def total_steps(self) -> int:
        """Steps until `kimg` is reached."""
        return max(1, math.ceil(self.kimg * 1000 / self.batch))

    @property
    def r1_weight(self) -> float:
        """`gamma`, or what it is by default."""
        if self.gamma is not None:
            return self.gamma
        return 0.0002 * self.config.img_resolution**2 / self.batch

    def averaged_pictures(self, step: int) -> float:
        """Half-life of the averaged weights at a step, in pictures."""
        kimg = self.batch * 10 / 32 if self.ema_kimg is None else self.ema_kimg
        return min(kimg * 1000, self.ema_ramp * (step + 1) * self.batch)
