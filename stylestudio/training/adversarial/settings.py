"""What decides an adversarial training, besides the pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2 import StyleGAN2Config


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
