"""A photo, and the square of it that a model is to show."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from stylestudio.pictures import PictureError, plain_picture, read_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 2048  # pixels of a photo that are kept
SHORTEST = 8  # a model can be held against no fewer
FADE = 0.06  # of a crop's side, beyond an edge, over which the mirror image gives way
COARSE = 24  # pixels of the shorter side, at most, where colours are taken from that run on

Point = tuple[float, float]


class Crop(NamedTuple):
    """A square of a photo, in units of the photo's shorter side; the default is its middle."""

    x: float = 0.0  # of the centre, to the right of the photo's
    y: float = 0.0  # down
    side: float = 1.0
    angle: float = 0.0  # degrees that the square is turned, clockwise


@dataclass(frozen=True)
class Photo:
    """Pixels [3, H, W] in -1..1, and the name that results carry; never the path."""

    pixels: Tensor
    name: str = ""
    notes: tuple[str, ...] = ()  # what of the file was left out, a sentence each

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[2], self.pixels.shape[1]


def load_photo(image: Any, name: str = "") -> Photo:
    """Take a path, a Pillow picture, or uint8 [H, W], [H, W, 3] or [H, W, 4].

    Large photos are made smaller. Raises PictureError, one sentence, for anything else.
    """
    notes: list[str] = []
    if isinstance(image, str | os.PathLike):
        name = name or Path(image).name
        picture = read_picture(image, _kept_size, notes.append)
    else:
        picture = plain_picture(
            image if isinstance(image, Image.Image) else _from_array(image), notes.append
        )
    if min(picture.size) < SHORTEST:
        width, height = picture.size
        raise PictureError(
            f"{name or 'The picture'} has {width} x {height} pixels; "
            f"at least {SHORTEST} x {SHORTEST} are needed."
        )
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    if min(picture.size) < SHORTEST:
        raise PictureError(f"{name or 'The picture'} is too narrow to use.")
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float()
    name = name.encode("utf-8", "replace").decode("utf-8")
    return Photo(pixels / 127.5 - 1, name, tuple(notes))


def _kept_size(size: tuple[int, int]) -> tuple[int, int]:
    """Of a photo of this size; one that is too narrow keeps a pixel, to be refused by its size."""
    factor = min(1.0, LONGEST / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _from_array(image: Any) -> Image.Image:
    array = np.asarray(image)
    fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not fits or 0 in array.shape:
        raise PictureError(
            f"The picture is an array {list(array.shape)} of {array.dtype}; "
            "uint8 [H, W, 3] is needed."
        )
    return Image.fromarray(array)


def cut(photo: Photo, crop: Crop, resolution: int) -> Tensor:
    """Return what lies in the crop, [1, 3, R, R]; beyond the photo's edges its colours run on."""
    return Cutter(photo, resolution)(torch.tensor([crop], dtype=torch.float32))


class Cutter:
    """Cuts crops out of a photo, differentiably, at one resolution.

    The photo is kept at a few sizes, so that what is made smaller is averaged, not skipped.
    Beyond its edges a narrow strip is mirrored, which hides the border itself; farther out the
    colours along the edge run on. A whole mirror image would show second faces.
    """

    def __init__(self, photo: Photo, resolution: int, device: str | torch.device = "cpu") -> None:
        self.resolution = resolution
        self._levels = [photo.pixels[None].to(device)]
        while min(self._levels[-1].shape[-2:]) >= 2 * SHORTEST:
            height, width = self._levels[-1].shape[-2:]
            size = (max(1, height // 2), max(1, width // 2))
            smaller = F.interpolate(
                self._levels[-1], size=size, mode="bilinear", antialias=True, align_corners=False
            )
            self._levels.append(smaller)
        # The last level has fewer than 2 * SHORTEST pixels, so there is one.
        self._coarse = next(each for each in self._levels if min(each.shape[-2:]) <= COARSE)
        at = (torch.arange(resolution) + 0.5) / resolution - 0.5
        grid = torch.stack([at.expand(resolution, -1), at[:, None].expand(-1, resolution)])
        self._grid = grid.to(device)

    def __call__(self, crops: Tensor) -> Tensor:
        """Crops [N, 4], all of about one side -> pictures [N, 3, R, R], on the cutter's device.

        The side is read, so crops that lie on the processor spare a GPU a wait.
        """
        height, width = self._levels[0].shape[-2:]
        short = min(height, width)
        pixels_each = float(crops[:, 2].mean().detach()) * short / self.resolution
        level = min(
            max(math.floor(math.log2(max(pixels_each, 1.0)) + 0.25), 0), len(self._levels) - 1
        )
        crops = crops.to(self._grid.device)
        places, edge = self._places(crops)
        mirrored = _sampled(self._levels[level], places / edge, "reflection")
        running_on = _sampled(self._coarse, places / edge, "border")
        beyond = (places.abs() - edge).amax(-1) / crops[:, 2, None, None]  # sides
        return mirrored.lerp(running_on, (beyond / FADE).clamp(0, 1)[:, None])

    def beyond(self, crops: Tensor) -> Tensor:
        """The share of each crop [N, 4] that lies beyond the photo's edges, [N]."""
        places, edge = self._places(crops.to(self._grid.device))
        return (places.abs() > edge).any(-1).float().mean((1, 2))

    def _places(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Where a crop's pixels lie, [N, R, R, 2] from the photo's middle, and its edge [2].

        Both in shorter sides of the photo.
        """
        angle = torch.deg2rad(crops[:, 3])
        cos, sin = angle.cos() * crops[:, 2], angle.sin() * crops[:, 2]
        turn = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
        places = torch.einsum("nij,jhw->nhwi", turn, self._grid) + crops[:, None, None, :2]
        height, width = self._levels[0].shape[-2:]
        short = min(height, width)
        return places, places.new_tensor([width / short / 2, height / short / 2])


def _sampled(photo: Tensor, places: Tensor, beyond: str) -> Tensor:
    """Colours of a photo [1, 3, H, W] at places [N, R, R, 2], -1..1 inside it."""
    photo = photo.expand(len(places), -1, -1, -1)
    return F.grid_sample(photo, places, padding_mode=beyond, align_corners=False)


def crop_by_handles(photo: Photo, on_photo: Sequence[Point], on_model: Sequence[Point]) -> Crop:
    """Find the crop that brings points of the photo to points of the model's picture.

    Both are shares of the width and height, 0..1, in the same order: eyes, corners of the mouth,
    or any two and more. The crop fits best in the sense of least squares (Umeyama 1991).
    Raises ValueError where fewer than two points are given or all points coincide.
    """
    if len(on_photo) != len(on_model) or len(on_photo) < 2:
        raise ValueError("at least two points are needed, as many on the photo as on the model")
    width, height = photo.size
    short = min(width, height)
    there = [complex((x - 0.5) * width / short, (y - 0.5) * height / short) for x, y in on_photo]
    here = [complex(x - 0.5, y - 0.5) for x, y in on_model]
    middle_there, middle_here = sum(there) / len(there), sum(here) / len(here)
    spread = sum(abs(h - middle_here) ** 2 for h in here)
    # One complex number turns and scales: the least squares over it have a closed form.
    turn = sum(
        (h - middle_here).conjugate() * (t - middle_there) for h, t in zip(here, there, strict=True)
    )
    if not spread or not turn:
        raise ValueError("the points lie on top of each other")
    factor = turn / spread
    centre = middle_there - factor * middle_here
    return Crop(
        centre.real, centre.imag, abs(factor), math.degrees(math.atan2(factor.imag, factor.real))
    )
