"""What a portrait is painted on: a picture, or a window of it, and the brushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from stylestudio.training.drawing import Drawing, coverage, noise_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

THINNEST = 0.6  # pixels across which the finest line still spreads
FAR = 20.0  # where a bell ends: 2e-9
EDGE = 0.0045  # of the side, over which most edges fade


def blob(x: Tensor, y: Tensor, width: float | Tensor, height: float | Tensor) -> Tensor:
    """A soft round spot: 1 at the centre, near 0 at twice the given half axes."""
    return bell((x / width).square() + (y / height).square())


def bell(squares: Tensor) -> Tensor:
    """exp(-squares) down to what nobody sees: numbers near 0 make processors slow."""
    return torch.exp(-squares.clamp(max=FAR))


class Canvas(Drawing):
    """Pictures [N, 3, H, W] in the making, a window of those of `resolution` pixels a side."""

    def __init__(
        self,
        a: Mapping[str, Tensor],
        noises: Mapping[str, Tensor],
        resolution: int,
        colours: Mapping[str, Tensor],
        picture: Tensor,
        place: tuple[slice, slice] = (slice(None), slice(None)),
    ) -> None:
        super().__init__(a, noises, resolution)
        self.colours = colours
        self.picture = picture
        self.place = place

    def window(self, left: float, top: float, right: float, bottom: float) -> Canvas:
        """A part of the whole picture, to paint in place; edges as shares of its side."""
        rows, columns = (
            slice(int(low * self.resolution), -int(-high * self.resolution // 1))
            for low, high in ((top, bottom), (left, right))
        )
        part = self.picture[:, :, rows, columns]
        return Canvas(self.a, self.noises, self.resolution, self.colours, part, (rows, columns))

    def crop(self, field: Tensor) -> Tensor:
        """What a field [N, R, R] of the whole picture is in this window."""
        return field[:, self.place[0], self.place[1]]

    def paint(self, role: str, mask: Tensor) -> None:
        """Lay a colour over the picture where a mask [N, H, W] in 0..1 says so."""
        colour = self.colours[role].expand_as(self.picture)
        self.picture.lerp_(colour, mask.unsqueeze(1).expand_as(self.picture))

    def over(self, distance: Tensor, softness: float = EDGE) -> Tensor:
        """How much of a pixel lies inside an edge (see `coverage`)."""
        return coverage(distance, self.resolution, softness)

    def line(self, distance: Tensor, width: float | Tensor) -> Tensor:
        """A soft line; where it is finer than the pixels, as much paler as it must be wider."""
        finest = THINNEST / self.resolution
        spread = (width**2 + finest**2) ** 0.5
        return width / spread * bell((distance / spread).square())

    def noise(self, name: str, blur: tuple[int, int] = (1, 1)) -> Tensor:
        """A noise map in this window, smoothed over `blur` rows and columns (see `noise_field`).

        [N, H, W], or one 0 where there is none, or it is finer than the picture.
        """
        field = noise_field(self.noises, name, self.resolution, blur)
        if isinstance(field, torch.Tensor):
            return self.crop(field)
        return self.picture.new_zeros(1, 1, 1)

    def combed(self, name: str, taps: int, right: Tensor, left: Tensor) -> Tensor:
        """A noise map smoothed over `taps` pixels of a column, or of a diagonal.

        That falls to the right or to the left where these shares [N, R, R], 0..1, say so.
        """
        noise = self.noises.get(name)
        if noise is None or noise.shape[-1] > self.resolution:
            return self.picture.new_zeros(1, 1, 1)
        across = self.resolution // noise.shape[-1]
        falling, rising = (F.avg_pool2d(share[:, None], across) for share in (right, left))
        hairs = F.avg_pool2d(noise, (taps, 1), 1, (taps // 2, 0)) * taps**0.5
        hairs = torch.lerp(hairs, _along_diagonal(noise, taps, 1), falling)
        hairs = torch.lerp(hairs, _along_diagonal(noise, taps, -1), rising)
        return F.interpolate(hairs, size=self.resolution, mode="bilinear")[:, 0]


def _along_diagonal(noise: Tensor, taps: int, slant: int) -> Tensor:
    """Noise [N, 1, r, r] averaged over `taps` pixels of a diagonal, to unit variance."""
    kernel = torch.eye(taps, device=noise.device, dtype=noise.dtype) / taps**0.5
    kernel = kernel if slant > 0 else kernel.flip(1)
    return F.conv2d(noise, kernel[None, None], padding=taps // 2)
