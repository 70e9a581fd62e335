"""What the surface of a picture is like, in numbers, and which of many pictures is most like it.

Shapes in comments: N pictures, H W rows and columns, S scales, K orientations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from stylestudio.render.colours import luminance
from stylestudio.transfer.colours import colour_distance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

COMPARED_SIDE = 256  # pixels of the shorter side at which pictures are best compared
SCALES, ORIENTATIONS = 4, 6
_FREQUENCIES = (0.05, 0.4)  # of the coarsest and the finest filter, in cycles per pixel
_CIRCLES = ((8, 1.0), (16, 2.0), (24, 3.0))  # points and radius in pixels (Ojala et al. 2002)
_STEP = 1 / 512  # half of one of 8 bits: what differs by less counts as equal


@dataclass(frozen=True)
class TextureDistance:
    """How far one picture is from another: 0 for the same, up to 1 for strangers."""

    name: str
    strokes: float  # strength of strokes by size and direction; turning the picture is free
    grain: float  # frequencies of small patterns
    palette: float  # distance of the colours

    @property
    def distance(self) -> float:
        """The average of the three."""
        return (self.strokes + self.grain + self.palette) / 3


def rank_styles(picture: Tensor, paintings: Mapping[str, Tensor]) -> list[TextureDistance]:
    """Paintings by likeness to a picture, the most alike first.

    All are [1, 3, H, W] in 0..1, of at least 8 pixels, and should be at the same scale: strokes
    of 5 pixels are not like strokes of 10.
    """
    gabor, patterns = gabor_statistics(picture), pattern_histograms(picture)
    found = []
    for name, painting in paintings.items():
        strokes = _stroke_distance(gabor, gabor_statistics(painting))
        grain = _chi_square(patterns, pattern_histograms(painting))
        palette = colour_distance(picture, painting)
        found.append(TextureDistance(name, float(strokes), float(grain), float(palette)))
    return sorted(found, key=lambda likeness: likeness.distance)


def gabor_statistics(pictures: Tensor) -> Tensor:
    """Mean and deviation of the magnitude of each filter of a Gabor bank: [N, S, K, 2].

    pictures [N, 3, H, W] in 0..1. The bank of Manjunath and Ma 1996, section II, on luminance:
    scales from coarse to fine, orientations in steps of 180 / K degrees. The middle of a picture
    counts more than its edges, which are no texture.
    """
    gray = _gray(pictures)
    height, width = gray.shape[-2:]
    taper = (_taper(height)[:, None] * _taper(width)).to(gray.device)
    even = (gray * taper).sum((1, 2), keepdim=True) / taper.sum()
    spectrum = torch.fft.fft2((gray - even) * taper)
    statistics = []
    for window in _gabor_windows(height, width).to(gray.device):
        magnitude = torch.fft.ifft2(spectrum * window).abs()
        mean = magnitude.sum((1, 2)) / taper.sum()
        square = magnitude.square().sum((1, 2)) / taper.square().sum()
        deviation = (square - mean**2).clamp(min=0).sqrt()
        statistics.append(torch.stack([mean, deviation], 1))
    return torch.stack(statistics, 1).view(-1, SCALES, ORIENTATIONS, 2)


def _taper(side: int) -> Tensor:
    """Weights [side] that fade towards both ends, without being 0 anywhere."""
    return torch.hann_window(side + 2, periodic=False)[1:-1]


def _gabor_windows(height: int, width: int) -> Tensor:
    """The filters [S * K, H, W] in the frequencies of fft2: Gaussians beside the origin.

    Neighbours touch where both are at half their height, between scales and orientations.
    """
    lowest, highest = _FREQUENCIES
    ratio = (highest / lowest) ** (1 / (SCALES - 1))
    y, x = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None, :]
    windows = []
    for scale in range(SCALES):
        centre = lowest * ratio**scale
        along = centre * (ratio - 1) / (ratio + 1)  # half widths at half height
        across = math.tan(math.pi / 2 / ORIENTATIONS) * math.sqrt(centre**2 - along**2)
        for orientation in range(ORIENTATIONS):
            angle = math.pi * orientation / ORIENTATIONS
            u = x * math.cos(angle) + y * math.sin(angle) - centre
            v = y * math.cos(angle) - x * math.sin(angle)
            windows.append(torch.exp(-math.log(2) * ((u / along) ** 2 + (v / across) ** 2)))
    return torch.stack(windows)


def pattern_histograms(pictures: Tensor) -> Tensor:
    """Frequencies of rotation-invariant uniform local binary patterns: [N, 54].

    pictures [N, 3, H, W] in 0..1, H and W at least 8. Ojala et al. 2002, equation 9 (LBP riu2) on
    luminance, at three radii, a histogram of P + 2 bins that adds up to 1 for each.
    """
    gray = _gray(pictures)
    return torch.cat([_pattern_histogram(gray, points, r) for points, r in _CIRCLES], dim=1)


def _pattern_histogram(gray: Tensor, points: int, radius: float) -> Tensor:
    """[N, H, W] -> [N, P + 2]: the number of brighter points on the circle, where these are one
    arc; all else in the last bin.
    """
    margin = math.ceil(radius)
    height, width = (side - 2 * margin for side in gray.shape[-2:])
    centre = gray[:, margin : margin + height, margin : margin + width]
    circle = []
    for point in range(points):
        angle = 2 * math.pi * point / points
        y, x = margin - radius * math.sin(angle), margin + radius * math.cos(angle)
        circle.append(_shifted(gray, y, x, height, width) >= centre - _STEP)
    brighter = torch.stack(circle)
    transitions = (brighter != brighter.roll(1, 0)).sum(0)
    codes = torch.where(transitions <= 2, brighter.sum(0), points + 1).flatten(1)
    counts = torch.zeros(len(gray), points + 2, device=gray.device)
    counts.scatter_add_(1, codes, torch.ones_like(codes, dtype=counts.dtype))
    return counts / codes.shape[1]


def _shifted(gray: Tensor, y: float, x: float, height: int, width: int) -> Tensor:
    """The window [N, height, width] whose corner lies at y, x, between pixels if need be."""
    top, left = int(y + 1e-6), int(x + 1e-6)
    down, right = y - top, x - left
    rows = gray[:, top : top + height]
    if down > 1e-6:
        rows = torch.lerp(rows, gray[:, top + 1 : top + 1 + height], down)
    window = rows[..., left : left + width]
    if right > 1e-6:
        window = torch.lerp(window, rows[..., left + 1 : left + 1 + width], right)
    return window


def _gray(pictures: Tensor) -> Tensor:
    return luminance(pictures)[:, 0]


def _stroke_distance(ours: Tensor, theirs: Tensor) -> Tensor:
    """How far Gabor statistics [1, S, K, 2] are apart, turned as they agree best: 0 to 1."""
    turns = torch.stack([theirs.roll(turn, 2) for turn in range(ORIENTATIONS)])
    differences, sums = (ours - turns).abs().sum(3), (ours + turns).sum(3)
    return (differences / sums.clamp(min=1e-9)).mean((1, 2, 3)).min()


def _chi_square(ours: Tensor, theirs: Tensor) -> Tensor:
    """Chi-square distance of histograms [1, B], relative to that of histograms without overlap."""
    total = ours.sum() + theirs.sum()
    return ((ours - theirs) ** 2 / (ours + theirs).clamp(min=1e-12)).sum() / total
