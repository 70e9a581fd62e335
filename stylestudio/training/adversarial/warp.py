"""Moves pictures by affine maps, smoothly and without holes (ADA paper, appendix B).

As published: at twice the size between two passes of an orthogonal wavelet's low-pass, so that
little aliases, and mirrored beyond the border. Other than published, positions are mirrored
instead of the picture, which costs the same however far a map reaches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

# The low-pass of the wavelet sym6 (Daubechies' least asymmetric, order 6); its sum is sqrt(2).
SYM6 = (
    0.015404109327027373,
    0.0034907120842174702,
    -0.11799011114819057,
    -0.048311742585633,
    0.4910559419267466,
    0.787641141030194,
    0.3379294217276218,
    -0.07263752278646252,
    -0.021060292512300564,
    0.04472490177066578,
    0.0017677118642428036,
    -0.007800708325034148,
)
CENTRE = 5  # the tap about which it is almost symmetric
MARGIN = len(SYM6) // 2  # pixels around the picture that it is given to look at
BORDER = 3  # pixels around the picture that are left after doubling
FIRST = 2 * MARGIN + CENTRE - (len(SYM6) - 2)  # the sample on the first pixel, after doubling


def warp(pictures: Tensor, to_source: Tensor) -> Tensor:
    """Pictures [N, C, R, R] under affine maps [N, 3, 3], differentiable twice in the pictures.

    A map takes homogeneous coordinates in the result to those in the picture, both in pixels from
    the middle, x to the right and y down. R has to be larger than MARGIN.
    """
    double = _double(F.pad(pictures, [MARGIN] * 4, mode="reflect"))
    edge = (pictures.shape[-1] - 1) / 2  # the outermost pixels
    positions = _sample_positions(pictures.shape[-1], to_source)
    beyond = positions.abs() > edge + BORDER
    samples = 2 * (torch.where(beyond, _mirrored(positions, edge), positions) + edge) + FIRST
    grid = 2 * samples / (double.shape[-1] - 1) - 1
    return _halve(_Sample.apply(double, grid))  # type: ignore[no-untyped-call]


def _sample_positions(resolution: int, to_source: Tensor) -> Tensor:
    """Where in the picture the samples come from that `_halve` needs: [N, 2R + 10, 2R + 10, 2]."""
    samples = torch.arange(2 * resolution + len(SYM6) - 2).to(to_source.device)
    at = (samples.to(to_source.dtype) - CENTRE) / 2 - (resolution - 1) / 2
    y, x = torch.meshgrid(at, at, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1)
    return torch.einsum("nij,hwj->nhwi", to_source[:, :2], points)


def _mirrored(positions: Tensor, edge: float) -> Tensor:
    """Fold positions into +-edge, as if the picture went on as its mirror image."""
    return edge - ((positions + edge) % (4 * edge) - 2 * edge).abs()


def _double(pictures: Tensor) -> Tensor:
    """Twice the size, less the border where the low-pass has too little to see: H -> 2H - 10."""
    channels = pictures.shape[1]
    down, across = _kernels(_taps(pictures), channels)
    x = F.conv_transpose2d(pictures, down, stride=(2, 1), groups=channels)
    x = F.conv_transpose2d(x, across, stride=(1, 2), groups=channels)
    border = len(SYM6) - 2
    return x[..., border:-border, border:-border]


def _halve(pictures: Tensor) -> Tensor:
    """Half the size: 2H + 10 -> H. Undoes `_double` where nothing was moved."""
    channels = pictures.shape[1]
    down, across = _kernels(_taps(pictures) / 2, channels)
    x = F.conv2d(pictures, down, stride=(2, 1), groups=channels)
    return F.conv2d(x, across, stride=(1, 2), groups=channels)


def _taps(like: Tensor) -> Tensor:
    """The low-pass for doubling: its even and its odd taps add up to 1."""
    return torch.tensor(SYM6, dtype=like.dtype, device=like.device) * 2**0.5


def _kernels(taps: Tensor, channels: int) -> tuple[Tensor, Tensor]:
    """The same taps down and across, for each channel."""
    down = taps.view(1, 1, -1, 1).expand(channels, -1, -1, -1)
    return down, down.transpose(2, 3)


def _bilinear(pictures: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(pictures, grid, "bilinear", "border", align_corners=True)


class _Sample(torch.autograd.Function):
    """`_bilinear`, which is linear in the pictures; torch itself derives it only once."""

    @staticmethod
    def forward(ctx: Any, pictures: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.shape = pictures.shape
        return _bilinear(pictures, grid)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (grid,) = ctx.saved_tensors
        transposed = _SampleTransposed.apply(gradients[0], grid, ctx.shape)  # type: ignore[no-untyped-call]
        return transposed, None


class _SampleTransposed(torch.autograd.Function):
    """The transpose of `_Sample`; its own derivative is `_Sample` again."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, grid: Tensor, shape: torch.Size) -> Tensor:
        ctx.save_for_backward(grid)
        with torch.enable_grad():
            pictures = torch.zeros(
                shape, dtype=gradient.dtype, device=gradient.device, requires_grad=True
            )
            sampled = _bilinear(pictures, grid)
        return torch.autograd.grad(sampled, pictures, gradient)[0]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (grid,) = ctx.saved_tensors
        return _Sample.apply(gradients[0], grid), None, None  # type: ignore[no-untyped-call]
