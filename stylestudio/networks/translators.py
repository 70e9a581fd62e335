"""Networks that turn one picture into another of the same size.

Zhu et al. 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
section 7.2 (the ResNet); Isola et al. 2017, "Image-to-Image Translation with Conditional
Adversarial Networks", section 6.1.1 (the U-Net); Choi et al. 2018, "StarGAN", section 7.2. All take
and give float32 [N, 3, H, W] in -1..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.chain import last

if TYPE_CHECKING:
    from collections.abc import Iterator

Norm = Literal["instance", "affine", "batch"]  # "affine": instance norm with weights


@dataclass(frozen=True)
class ResnetConfig:
    """A ResNet between two halvings and two doublings of the size."""

    widths: tuple[int, int, int]
    blocks: int
    norm: Norm
    bias: bool = True  # of the convolutions before a norm
    labels: int = 0  # channels beside the picture, one for each attribute
    padding: Literal["reflect", "zeros"] = "reflect"
    kernel: Literal[3, 4] = 3  # of the convolutions that change the size
    last_bias: bool = True


class ResnetTranslator(nn.Module):
    """CycleGAN's generator; with labels, zero padding and 4x4 kernels StarGAN's."""

    kind: ClassVar[str] = "translate"
    multiple = 4  # the sides of pictures have to be multiples of this

    def __init__(self, config: ResnetConfig) -> None:
        super().__init__()
        self.config = config
        first, second, third = config.widths
        self.start = _unit(nn.Conv2d(3 + config.labels, first, 7, bias=config.bias), config)
        self.down = nn.ModuleList(
            _unit(nn.Conv2d(a, b, config.kernel, 2, 1, bias=config.bias), config)
            for a, b in ((first, second), (second, third))
        )
        self.blocks = nn.ModuleList(ResnetBlock(third, config) for _ in range(config.blocks))
        extra = 1 if config.kernel == 3 else 0
        self.up = nn.ModuleList(
            _unit(
                nn.ConvTranspose2d(
                    a, b, config.kernel, 2, 1, output_padding=extra, bias=config.bias
                ),
                config,
            )
            for a, b in ((third, second), (second, first))
        )
        self.end = nn.Conv2d(first, 3, 7, bias=config.last_bias)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """[N, 3, H, W] in -1..1, labels [N, labels] -> [N, 3, H, W] in -1..1."""
        return last(self.layers(x, labels))

    def layers(self, x: Tensor, labels: Tensor | None = None) -> Iterator[Tensor]:
        """What each layer makes, the result of `forward` last, so that a caller may stop."""
        if labels is not None:
            planes = labels[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes], 1)
        x = F.relu(self.start(self._padded(x, 3)))
        yield x
        for layer in self.down:
            x = F.relu(layer(x))
            yield x
        for block in self.blocks:
            x = block(x)
            yield x
        for layer in self.up:
            x = F.relu(layer(x))
            yield x
        yield torch.tanh(self.end(self._padded(x, 3)))

    def _padded(self, x: Tensor, by: int) -> Tensor:
        return _pad(x, by, self.config)


class ResnetBlock(nn.Module):
    """Two convolutions beside a way around them."""

    def __init__(self, width: int, config: ResnetConfig) -> None:
        super().__init__()
        self.config = config
        self.first = _unit(nn.Conv2d(width, width, 3, bias=config.bias), config)
        self.second = _unit(nn.Conv2d(width, width, 3, bias=config.bias), config)

    def forward(self, x: Tensor) -> Tensor:
        """[N, width, H, W] -> the same form."""
        y = F.relu(self.first(_pad(x, 1, self.config)))
        return x + self.second(_pad(y, 1, self.config))  # type: ignore[no-any-return]


def _pad(x: Tensor, by: int, config: ResnetConfig) -> Tensor:
    mode = "reflect" if config.padding == "reflect" else "constant"
    return F.pad(x, (by, by, by, by), mode=mode)


def _unit(convolution: nn.Module, config: ResnetConfig) -> nn.Sequential:
    """A convolution and its norm."""
    width = convolution.out_channels
    return nn.Sequential(convolution, _norm(width, config.norm))  # type: ignore[arg-type]


def _norm(width: int, kind: Norm) -> nn.Module:
    if kind == "batch":
        return nn.BatchNorm2d(width)
    return nn.InstanceNorm2d(width, affine=kind == "affine")


@dataclass(frozen=True)
class UnetConfig:
    """How wide the maps are on the way down; the way up has the same."""

    widths: tuple[int, ...]
    norm: Norm
    bias: bool  # of the convolutions before a norm


class UnetTranslator(nn.Module):
    """pix2pix's generator: maps on the way up see those of their size on the way down."""

    kind: ClassVar[str] = "translate"

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        self.config = config
        self.multiple = 2 ** len(config.widths)
        widths = config.widths
        last = len(widths) - 1
        self.down = nn.ModuleList(
            nn.Conv2d(before, width, 4, 2, 1, bias=config.bias)
            for before, width in zip((3, *widths), widths, strict=False)
        )
        self.down_norms = nn.ModuleList(_norm(width, config.norm) for width in widths[1:-1])
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(
                widths[i] * (1 if i == last else 2),
                widths[i - 1] if i else 3,
                4,
                2,
                1,
                bias=config.bias or i == 0,
            )
            for i in range(len(widths))
        )
        self.up_norms = nn.ModuleList(_norm(width, config.norm) for width in widths[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, H, W] in -1..1 -> the same form."""
        return last(self.layers(x))

    def layers(self, x: Tensor) -> Iterator[Tensor]:
        """What each layer makes, the result of `forward` last, so that a caller may stop."""
        on_the_way: list[Tensor] = []
        last = len(self.down) - 1
        for index, layer in enumerate(self.down):
            if index:
                x = F.leaky_relu(x, 0.2)
                on_the_way.append(x)
            x = layer(x)
            if 0 < index < last:
                x = self.down_norms[index - 1](x)
            yield x
        for index in range(last, 0, -1):
            x = self.up_norms[index - 1](self.up[index](F.relu(x)))
            x = torch.cat([on_the_way[index - 1], x], 1)
            yield x
        yield torch.tanh(self.up[0](F.relu(x)))
