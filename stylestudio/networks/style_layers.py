"""What the style transfer networks share: padded convolutions, normalisation, fitting of sizes.

Shapes in comments: N batch, C/I/O channels, H W rows and columns, k kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Padding = Literal["reflect", "zeros"]
Channels = tuple[int, int, int]  # of the three layers that contract
Style = Iterator[tuple[Tensor, Tensor]]  # gamma and beta [N, C] of one layer after the other

RESIDUAL_BLOCKS = 5
_FEW = 8  # channels that leave vector units idle
INIT_STD = 0.01  # of fresh convolutions (Dumoulin et al. 2016, appendix)
_SHORTEST = 8  # a quarter of it is the least that can be reflected by one pixel


def fresh_weights(*shape: int) -> Tensor:
    """Normal weights; on the meta device just their shape, as random numbers there are slow."""
    weights = torch.empty(shape)
    return weights if weights.is_meta else weights.normal_(0, INIT_STD)


def pad(x: Tensor, before: int, after: int, padding: Padding) -> Tensor:
    """Widen [N, C, H, W] on both axes; "reflect" needs H and W to be larger than the padding."""
    amounts = (before, after, before, after)
    return F.pad(x, amounts, mode="reflect") if padding == "reflect" else F.pad(x, amounts)


def fit(images: Tensor) -> Tensor:
    """Widen [N, C, H, W] at the right and bottom to multiples of 4, at least 8, by reflection.

    Networks that halve twice and double twice give such sizes back; cutting the result to
    [..., :H, :W] gives any size back.
    """
    height, width = images.shape[-2:]
    down = max(_SHORTEST, -(-height // 4) * 4) - height
    right = max(_SHORTEST, -(-width // 4) * 4) - width
    if not (down or right):
        return images
    mode = "reflect" if down < height and right < width else "replicate"
    return F.pad(images, (0, right, 0, down), mode=mode)


class Conv(nn.Module):
    """Convolution that keeps the size, or divides it by `stride`, with padding of choice.

    `same` pads as TensorFlow's SAME does where the stride divides the size: what the kernel
    lacks, the odd row and column at the bottom and right. Otherwise k // 2 all around.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        bias: bool = False,
        same: bool = False,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.pads = _pads(kernel, stride, same)
        self.weight = nn.Parameter(fresh_weights(out_channels, in_channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        """[N, I, H, W] -> [N, O, H / stride, W / stride]."""
        outputs, inputs, kernel, _ = self.weight.shape
        even = not (x.shape[-2] % 2 or x.shape[-1] % 2)
        x = pad(x, *self.pads, padding)
        if kernel > 3 and self.stride == 1 and self.bias is None:
            if inputs <= _FEW:  # a picture: its pixels side by side fill the vector units better
                x = x.contiguous(memory_format=torch.channels_last)
                return F.conv2d(x, self.weight).contiguous()
            if outputs <= _FEW and even:
                return conv_in_blocks(x, self.weight)
        return F.conv2d(x, self.weight, self.bias, self.stride)

    def doubled(self, x: Tensor, padding: Padding) -> Tensor:
        """A 3 x 3 kernel on the picture as `double` makes it: [N, I, H, W] -> [N, O, 2H, 2W]."""
        y = _conv_doubled(x, self.weight, padding)
        return y if self.bias is None else y + self.bias[:, None, None]


class SeparableConv(nn.Module):
    """A convolution of each channel by itself, then a mixing of channels; neither has a bias."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        same: bool = False,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.pads = _pads(kernel, stride, same)
        self.depthwise = nn.Parameter(fresh_weights(in_channels, 1, kernel, kernel))
        self.pointwise = nn.Parameter(fresh_weights(out_channels, in_channels, 1, 1))

    def doubled(self, x: Tensor, padding: Padding) -> Tensor:
        """On the doubled picture: [N, I, H, W] -> [N, O, 2H, 2W]."""
        doubled: Tensor = self(double(x), padding)
        return doubled

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        """[N, I, H, W] -> [N, O, H / stride, W / stride]."""
        x = pad(x, *self.pads, padding)
        x = F.conv2d(x, self.depthwise, stride=self.stride, groups=x.shape[1])
        return F.conv2d(x, self.pointwise)


def conv_in_blocks(x: Tensor, weight: Tensor) -> Tensor:
    """F.conv2d for an odd kernel and few channels, in less time: [N, I, H, W], H and W even.

    Vector units work on some sixteen channels at once and idle on three; here the outputs of
    2 x 2 pixels are computed together, each as a channel, from 2 x 2 pixels taken as channels.
    """
    placed = [F.pad(weight, (b, 1 - b, a, 1 - a)) for a in (0, 1) for b in (0, 1)]
    kernel = F.pixel_unshuffle(torch.stack(placed, dim=1).flatten(0, 1), 2)
    return F.pixel_shuffle(F.conv2d(F.pixel_unshuffle(x, 2), kernel), 2)


def _conv_doubled(x: Tensor, weight: Tensor, padding: Padding) -> Tensor:
    """A 3 x 3 kernel on a picture whose pixels are doubled, with four ninths of the products.

    Two of three neighbouring pixels are equal there, so that each of the 2 x 2 pixels that come
    from one sees a 2 x 2 kernel: two taps of the three added up.
    """
    height, width = x.shape[-2:]
    first = torch.stack([weight[:, :, 0], weight[:, :, 1] + weight[:, :, 2]], dim=2)
    second = torch.stack([weight[:, :, 0] + weight[:, :, 1], weight[:, :, 2]], dim=2)
    kernels = []
    for rows in (first, second):
        kernels.append(torch.stack([rows[..., 0], rows[..., 1] + rows[..., 2]], dim=3))
        kernels.append(torch.stack([rows[..., 0] + rows[..., 1], rows[..., 2]], dim=3))
    # The first row and column of the doubled picture mirror into themselves.
    mode = "replicate" if padding == "reflect" else "constant"
    y = F.conv2d(F.pad(x, (1, 1, 1, 1), mode=mode), torch.stack(kernels, dim=1).flatten(0, 1))
    y = y.view(len(y), len(weight), 4, height + 1, width + 1)
    parts = [y[:, :, 2 * a + b, a : a + height, b : b + width] for a in (0, 1) for b in (0, 1)]
    return F.pixel_shuffle(torch.stack(parts, dim=2).flatten(1, 2), 2)


def _pads(kernel: int, stride: int, same: bool) -> tuple[int, int]:
    if not same:
        return kernel // 2, kernel // 2
    lacking = kernel - stride
    return lacking // 2, lacking - lacking // 2


def instance_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    """Conditional instance normalisation (Dumoulin et al. 2016, equation 5).

    gamma * (x - mean) / sqrt(var + eps) + beta, with the mean and biased variance of each channel
    of each picture; x [N, C, H, W], gamma and beta [N, C].
    """
    n, c, h, w = x.shape
    # One picture of N * C channels: the library's fused kernel then takes a gamma for each.
    x = F.instance_norm(
        x.reshape(1, n * c, h, w), weight=gamma.reshape(-1), bias=beta.reshape(-1), eps=eps
    )
    return x.view(n, c, h, w)


def layerwise(affines: Tensor, channels: tuple[int, ...]) -> Style:
    """Gamma and beta [N, C] of each layer in turn, from [N, 2 * sum(channels)].

    Such a vector holds the gammas of all layers, then the betas of all layers.
    """
    gammas, betas = affines.chunk(2, dim=1)
    return zip(
        torch.split(gammas, list(channels), dim=1),
        torch.split(betas, list(channels), dim=1),
        strict=True,
    )


def double(x: Tensor) -> Tensor:
    """Repeat every pixel: [N, C, H, W] -> [N, C, 2H, 2W]."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


class StyledBody(nn.Module):
    """What follows the contraction in the networks of Dumoulin et al. and Ghiasi et al.

    Residual blocks without an activation after the sum, then two doublings in size, then RGB.
    """

    def __init__(self, channels: Channels, convolution: type[Conv] | type[SeparableConv]) -> None:
        super().__init__()
        a, b, c = channels
        self.norm_channels = (*[c] * (2 * RESIDUAL_BLOCKS), b, a, 3)
        self.residual = nn.ModuleList(
            convolution(c, c, 3) for _ in range(2 * RESIDUAL_BLOCKS)
        )  # two for each block
        self.expand = nn.ModuleList([convolution(c, b, 3), convolution(b, a, 3)])
        self.last = convolution(a, 3, 9)

    def forward(self, x: Tensor, style: Style, padding: Padding) -> Tensor:
        """[N, C, H, W] -> pictures [N, 3, 4H, 4W] in 0..1."""
        for first, second in zip(self.residual[::2], self.residual[1::2], strict=True):
            y = F.relu(instance_norm(first(x, padding), *next(style)))
            x = x + instance_norm(second(y, padding), *next(style))
        for conv in self.expand:
            x = F.relu(instance_norm(conv.doubled(x, padding), *next(style)))  # type: ignore[operator]
        return instance_norm(self.last(x, padding), *next(style)).sigmoid()
