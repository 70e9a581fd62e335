"""What has to be known to build a StyleGAN2 generator of the right shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Architecture = Literal["skip", "resnet", "orig"]
Activation = Literal["linear", "relu", "lrelu"]


@dataclass(frozen=True, kw_only=True)
class StyleGAN2Config:
    """Architecture of one generator; everything else about it is weights.

    Raises ValueError where the numbers cannot describe a generator.
    """

    img_resolution: int  # side of the square picture, a power of two, at least 8
    channels: tuple[int, ...]  # feature maps of the blocks at 4, 8, ..., img_resolution
    img_channels: int = 3
    z_dim: int = 512
    c_dim: int = 0  # number of classes, 0 = unconditional
    w_dim: int = 512
    architecture: Architecture = "skip"
    mapping_layers: int = 8
    mapping_features: int | None = None  # width of the hidden mapping layers, None = w_dim
    embed_features: int | None = None  # width of the class embedding, None = w_dim
    mapping_lr_multiplier: float = 0.01
    mapping_activation: Activation = "lrelu"
    activation: Activation = "lrelu"
    conv_clamp: float | None = None  # feature maps are clamped to +-this, in every precision
    use_noise: bool = True
    resample_filter: tuple[float, ...] = (1.0, 3.0, 3.0, 1.0)  # 1-D low-pass, any scale

    def __post_init__(self) -> None:
        resolution = self.img_resolution
        if resolution < 8 or resolution & (resolution - 1):
            raise ValueError(f"img_resolution is {resolution}; it must be a power of two from 8 up")
        if len(self.channels) != len(self.block_resolutions):
            raise ValueError(
                f"{len(self.channels)} channel counts were given for the "
                f"{len(self.block_resolutions)} blocks of a {resolution} x {resolution} generator"
            )
        counts = {
            "z_dim": self.z_dim,
            "w_dim": self.w_dim,
            "img_channels": self.img_channels,
            "mapping_layers": self.mapping_layers,
            "channels": min(self.channels),
        }
        for name, count in counts.items():
            if count < 1:
                raise ValueError(f"{name} is {count}; it must be at least 1")

    @property
    def block_resolutions(self) -> tuple[int, ...]:
        """4, 8, ..., img_resolution."""
        return tuple(2**i for i in range(2, self.img_resolution.bit_length()))

    @property
    def num_ws(self) -> int:
        """Rows of a full w: one a convolution, and one for the last RGB layer."""
        return 2 * len(self.block_resolutions)

    @classmethod
    def standard(
        cls,
        img_resolution: int,
        *,
        channel_base: int = 32768,
        channel_max: int = 512,
        **others: object,
    ) -> StyleGAN2Config:
        """The papers' channel rule: min(channel_base / resolution, channel_max) at each block."""
        resolutions = [2**i for i in range(2, img_resolution.bit_length())]
        channels = tuple(min(channel_base // r, channel_max) for r in resolutions)
        return cls(img_resolution=img_resolution, channels=channels, **others)  # type: ignore[arg-type]
