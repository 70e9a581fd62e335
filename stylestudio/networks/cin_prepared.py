"""The network of `cin` laid out for repainting: the same picture, at the speed of the machine.

Its first and last layers have few channels at the full size, where a processor's vector units idle.
So 2 x 2 pixels, a block, are taken together there, as four times the channels at half the size:
what was a kernel on pixels is then one on blocks, with zeros where it does not reach. Feature maps
lie channels-last and may be of a shorter type. The picture itself stays float32, as a hard style
makes strokes of differences in it that a shorter type rounds away; so do statistics and the last
normalisation.

Shapes in comments: C/I/O channels, H W rows and columns, k kernel. The pixels of a block are taken
in the order top left, top right, bottom left, bottom right. Where a convolution reads blocks that
were cut out of a picture, all channels of a pixel lie side by side, as they did there; what it
makes has all pixels of a channel side by side, as normalisation and `pixel_shuffle` take them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.convolution import lay_out
from stylestudio.networks.style_layers import fit, layerwise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.networks.cin import CINTransformer

_EPSILON = 1e-5  # as `group_norm` has it
_FAR = 4  # pixels that the kernels of 9 x 9 reach to every side


class PreparedCIN:
    """Repaints as a `CINTransformer` with reflect padding does, with feature maps of `dtype`.

    It holds copies of the weights, so later changes of the network do not reach it. Without
    gradients.
    """

    def __init__(self, network: CINTransformer, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.norm_channels = network.norm_channels
        body = network.body
        first, second, third = _weights(network.contract)
        self._first = lay_out(_on_blocks(first), torch.float32)
        self._second = lay_out(F.pixel_unshuffle(F.pad(second, (1, 0, 1, 0)), 2), dtype)
        self._third = lay_out(third, dtype)
        self._residual = [lay_out(weight, dtype) for weight in _weights(body.residual)]
        self._expand = [lay_out(_doubling(weight), dtype) for weight in _weights(body.expand)]
        self._last = lay_out(_on_blocks(*_weights([body.last])), dtype)

    def __call__(self, images: Tensor, affines: Tensor) -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1; the result has the same shape and range, float32.

        affines [N, 2 * sum(norm_channels)]: gammas of all layers, then betas of all layers.
        """
        pairs = zip(images, affines, strict=True)
        return torch.cat([self._repainted(image[None], affine[None]) for image, affine in pairs])

    def _repainted(self, image: Tensor, affine: Tensor) -> Tensor:
        """[1, 3, H, W] -> [1, 3, H, W]."""
        height, width = image.shape[-2:]
        style = layerwise(affine.float(), self.norm_channels)
        x = _reflected(fit(image).float().contiguous(memory_format=torch.channels_last), _FAR)
        x = F.conv2d(_blocks(x), self._first).to(self.dtype)
        x = F.relu_(_norm(x, *next(style), pixels=4))
        # A kernel with stride 2 begins one pixel before a block: in the block before it.
        x = F.conv2d(F.pad(x, (1, 0, 1, 0), mode="replicate"), self._second)
        x = F.relu_(_norm(x, *next(style)))
        x = F.conv2d(_reflected(x, 1), self._third, stride=2)
        x = F.relu_(_norm(x, *next(style)))
        for first, second in zip(self._residual[::2], self._residual[1::2], strict=True):
            y = F.relu_(_norm(F.conv2d(_reflected(x, 1), first), *next(style)))
            x = _norm(F.conv2d(_reflected(y, 1), second), *next(style)).add_(x)
        for weight in self._expand:
            # The first row and column of the doubled picture mirror into themselves.
            x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), weight)
            x = F.pixel_shuffle(F.relu_(_norm(x, *next(style), pixels=4)), 2)
        x = F.conv2d(_blocks(_reflected(x, _FAR)), self._last)
        x = F.pixel_shuffle(x.float().contiguous(), 2)
        return _norm(x, *next(style)).sigmoid_()[..., :height, :width]


def _weights(convolutions: Iterable[nn.Module]) -> list[Tensor]:
    return [convolution.get_parameter("weight").detach() for convolution in convolutions]


def _reflected(x: Tensor, amount: int) -> Tensor:
    return F.pad(x, (amount,) * 4, mode="reflect")


def _norm(x: Tensor, gamma: Tensor, beta: Tensor, pixels: int = 1) -> Tensor:
    """`instance_norm` of a picture [1, C * pixels, H, W], gamma and beta [1, C] in float32.

    The library's kernel for groups reads channels-last. That for CPUs sums up a shorter type in
    float32, but of float32 itself it loses digits: it takes the mean of squares less the square of
    the mean.
    """
    on_cpu = x.device.type == "cpu"
    if on_cpu and x.dtype == torch.float32:
        return _norm_exactly(x, gamma, beta, pixels)
    gamma, beta = (affine[0].repeat_interleave(pixels) for affine in (gamma, beta))
    if not on_cpu:  # where the vectors have to be of the picture's type
        gamma, beta = gamma.to(x.dtype), beta.to(x.dtype)
    return F.group_norm(x, x.shape[1] // pixels, gamma, beta)


def _norm_exactly(x: Tensor, gamma: Tensor, beta: Tensor, pixels: int) -> Tensor:
    mean, variance = torch.batch_norm_update_stats(x, None, None, 0.0)  # of every pixel of a block
    means = mean.view(-1, pixels)
    variance = variance.view(-1, pixels).mean(1) + means.var(1, correction=0)
    scale = gamma[0] * torch.rsqrt(variance + _EPSILON)
    shift = beta[0] - means.mean(1) * scale
    scale, shift = (part.repeat_interleave(pixels)[:, None, None] for part in (scale, shift))
    return torch.addcmul(shift, x, scale)


def _blocks(x: Tensor) -> Tensor:
    """Pixels as blocks, channels-last: [1, C, 2H, 2W] -> [1, 4 * C, H, W]."""
    _, channels, height, width = x.shape
    x = x.permute(0, 2, 3, 1).reshape(1, height // 2, 2, width // 2, 2, channels)
    return x.transpose(2, 3).flatten(3).permute(0, 3, 1, 2)


def _on_blocks(weight: Tensor) -> Tensor:
    """The kernel on blocks that does what an odd one does on pixels.

    [O, I, k, k] -> [O * 4, 4 * I, (k + 1) / 2, (k + 1) / 2], for k // 2 even.
    """
    placed = [F.pad(weight, (b, 1 - b, a, 1 - a)) for a in (0, 1) for b in (0, 1)]
    outputs, inputs, kernel, _ = placed[0].shape
    weight = F.pixel_unshuffle(torch.stack(placed, 1).flatten(0, 1), 2)
    weight = weight.view(4 * outputs, inputs, 4, kernel // 2, kernel // 2)
    return weight.transpose(1, 2).flatten(1, 2)


def _doubling(weight: Tensor) -> Tensor:
    """A kernel that makes blocks of a picture whose pixels are to be doubled.

    Two of three neighbours there are one pixel here, so two taps of the three add up:
    [O, I, 3, 3] -> [O * 4, I, 3, 3].
    """
    kernels = []
    for rows in _halves(weight, 2):
        kernels += _halves(rows, 3)
    return torch.stack(kernels, 1).flatten(0, 1)


def _halves(weight: Tensor, axis: int) -> list[Tensor]:
    """The kernels of the first and of the second of two pixels that come from one."""
    before, middle, after = weight.chunk(3, axis)
    none = torch.zeros_like(middle)
    return [
        torch.cat([before, middle + after, none], axis),
        torch.cat([none, before + middle, after], axis),
    ]
