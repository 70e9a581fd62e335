"""What has to be known to build a StyleGAN3 generator of the right shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2.config import Activation

MARGIN = 10  # pixels that every inner layer computes beyond each edge of the picture


@dataclass(frozen=True, kw_only=True)
class LayerConfig:
    """Sizes of one layer; its filters are stored with the weights."""

    in_channels: int
    out_channels: int
    in_size: int  # pixels along a side, margins included
    out_size: int
    kernel: int  # 3 in config T, 1 in config R
    up: int  # the nonlinearity runs at this many times the input's sampling rate
    down: int
    up_taps: int  # length of the 1-D filter before the nonlinearity, 1 = none
    down_taps: int  # side of the filter after it, 1 = none
    radial: bool = False  # that filter is 2-D

    @property
    def to_rgb(self) -> bool:
        """The last layer makes the picture and has neither filters nor nonlinearity."""
        return self.up_taps == 1 and self.down_taps == 1

    @property
    def padding(self) -> tuple[int, int]:
        """Pixels to add before and after the enlarged input, negative = to cut away."""
        total = (self.out_size - 1) * self.down + 1
        total -= (self.in_size + self.kernel - 1) * self.up
        total += self.up_taps + self.down_taps - 2
        before = (total + self.up) // 2
        return before, total - before


@dataclass(frozen=True, kw_only=True)
class StyleGAN3Config:
    """Architecture of one generator; everything else about it is weights.

    Raises ValueError where the numbers cannot describe a generator.
    """

    layers: tuple[LayerConfig, ...]
    z_dim: int = 512
    c_dim: int = 0  # number of classes, 0 = unconditional
    w_dim: int = 512
    mapping_layers: int = 2
    mapping_features: int | None = None  # width of the hidden mapping layers, None = w_dim
    embed_features: int | None = None  # width of the class embedding, None = w_dim
    mapping_lr_multiplier: float = 0.01
    mapping_activation: Activation = "lrelu"
    conv_clamp: float | None = 256.0  # feature maps are clamped to +-this, in every precision
    output_scale: float = 0.25
    input_rate: float = 16.0  # samples along one side of the picture in the Fourier features
    input_bandwidth: float = 2.0

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("a generator needs at least one layer")
        for first, second in zip(self.layers[:-1], self.layers[1:], strict=True):
            if (first.out_size, first.out_channels) != (second.in_size, second.in_channels):
                raise ValueError("the sizes of neighbouring layers differ")
        if min(self.z_dim, self.w_dim, self.mapping_layers) < 1:
            raise ValueError("z_dim, w_dim and mapping_layers must be at least 1")
        if not (self.input_rate > 2 * self.input_bandwidth > 0):
            raise ValueError("the bandwidth of the input must be below half its sampling rate")

    @property
    def architecture(self) -> Literal["T", "R"]:
        """Which published configuration: translation, or also rotation equivariant."""
        return "R" if self.layers[0].kernel == 1 else "T"

    @property
    def img_resolution(self) -> int:
        """Side of the square picture in pixels."""
        return self.layers[-1].out_size

    @property
    def img_channels(self) -> int:
        """Channels of the picture."""
        return self.layers[-1].out_channels

    @property
    def num_ws(self) -> int:
        """Rows of a full w: one for the input, one a layer."""
        return len(self.layers) + 1

    def rate(self, index: int) -> int:
        """Sampling rate of a layer's output: its size without the margins."""
        margins = 2 * MARGIN if index < len(self.layers) - 2 else 0
        return self.layers[index].out_size - margins
