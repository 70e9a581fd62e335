"""Pictures of many makes, from which a loss network learns to tell how a picture was made."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from stylestudio.render import builtin_models, open_styles
from stylestudio.transfer.contents import model_pictures
from stylestudio.transfer.procedural import PROCEDURAL_STYLES, paint_procedural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor

BANK = "atelier"
OF_MODELS = 12  # pictures of each built-in model
OF_STYLES = 7  # contents that each style of the bank repaints
OF_PROCEDURES = 4  # sheets of each procedural style
SHEET = 320  # pixels
PHOTO_SIDE = 384  # pixels of the longer side of a photo
FIRST_SHEET = 1  # seed; sheet 0 is what styles are learned from
SCALE = 1.75  # times that a square is enlarged or reduced at most
TURN = 0.5  # radians that it is turned at most
_MARGIN = 1.25  # sides of the square that a turned one may reach into


class Specimens:
    """Pictures by what made them, to cut squares from on a device."""

    def __init__(
        self, pictures: Mapping[str, Sequence[Tensor]], device: torch.device | str = "cpu"
    ) -> None:
        """By make, pictures [3, H, W] in 0..1; kept as 8 bits."""
        self._device = torch.device(device)
        self.names = tuple(pictures)
        self._pictures = [
            [(picture * 255).round().byte().to(self._device) for picture in some]
            for some in pictures.values()
        ]

    def cut(self, count: int, side: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Random squares, turned, scaled and half of them mirrored, of makes drawn alike.

        [count, 3, side, side] in 0..1, and the numbers of their makes [count].
        """
        drawn = torch.rand(count, 8, generator=generator, device=generator.device).tolist()
        makes = [int(numbers[0] * len(self.names)) for numbers in drawn]
        squares = [
            _square(self._pictures[make], side, *numbers[1:])
            for make, numbers in zip(makes, drawn, strict=True)
        ]
        return torch.cat(squares), torch.tensor(makes, device=self._device)


def _square(
    pictures: Sequence[Tensor],
    side: int,
    which: float,
    size: float,
    turn: float,
    down: float,
    across: float,
    flip: float,
    _unused: float,
) -> Tensor:
    """Of one of the pictures [1, 3, side, side]; all numbers in 0..1."""
    picture = pictures[int(which * len(pictures))]
    height, width = picture.shape[-2:]
    half = min(side * SCALE ** (2 * size - 1), min(height, width) / _MARGIN) / 2
    angle = (2 * turn - 1) * TURN
    reach = half * _MARGIN
    y, x = reach + down * (height - 2 * reach), reach + across * (width - 2 * reach)
    cosine, sine = half * math.cos(angle), half * math.sin(angle)
    mirror = -1 if flip < 0.5 else 1
    place = 2 * torch.tensor(
        [
            [mirror * cosine / width, -sine / width, x / width - 0.5],
            [mirror * sine / height, cosine / height, y / height - 0.5],
        ],
        device=picture.device,
    )
    pixels = picture[None].float() / 255
    if 2 * half > 1.3 * side:  # finer than what it is reduced to can show
        pixels = F.avg_pool2d(pixels, 2)
    grid = F.affine_grid(place[None], [1, 3, side, side], align_corners=False)
    return F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)


def make_specimens(
    photos: Sequence[Tensor] = (), seed: int = 0
) -> Iterator[tuple[str, list[Tensor]]]:
    """Yield makes and their pictures [3, H, W] in 0..1, one make after the other.

    The makes are the styles of the bank, on pictures of the built-in models and on photos; the
    procedural styles; the models themselves; and each photo.
    """
    models = {name: list(model_pictures(OF_MODELS, models=[name])) for name in builtin_models()}
    contents = [picture for some in models.values() for picture in some]
    bank, random = open_styles(BANK), np.random.default_rng(seed)
    for style in bank.names:
        drawn = random.integers(len(contents), size=OF_STYLES)
        some = [contents[index] for index in drawn]
        if photos:  # half of them
            some[::2] = [photos[index % len(photos)] for index in drawn[::2]]
        painted = [bank.stylize(picture[None], {style: 1.0})[0].clamp(0, 1) for picture in some]
        yield f"{BANK}: {style}", painted
    for name in PROCEDURAL_STYLES:
        seeds = range(FIRST_SHEET, FIRST_SHEET + OF_PROCEDURES)
        yield f"procedural: {name}", [paint_procedural(name, SHEET, each) for each in seeds]
    yield from models.items()
    for photo in photos:
        yield f"photo {hashlib.sha256(photo.numpy().tobytes()).hexdigest()[:12]}", [photo]
