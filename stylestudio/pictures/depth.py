"""Numbers of more than 8 bits, whole or floating-point, as levels of 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylestudio.pictures.colours import Note

    Numbers = NDArray[Any]

BITS, PHOTOMETRIC, FORMAT = 258, 262, 339  # tags of TIFF
UNSIGNED = 1  # of FORMAT
WHITE_IS_ZERO = 0  # of PHOTOMETRIC
CEILINGS = (255.0, 65535.0, 2.0**24 - 1, 2.0**31 - 1, 2.0**32 - 1)  # of whole numbers
_SAMPLE = 512  # pixels of each side by which floating-point numbers are judged
_BRIGHT = 16.0  # pictures in 0..1 seldom pass it in a hundredth of their pixels; 0..255 do
_BAND = 1 << 22  # pixels converted at a time, so that a large picture takes little memory


class UnusableNumbers(ValueError):
    """The rest of a sentence that begins with the file's name."""


class Depth(NamedTuple):
    """What the numbers of a picture mean."""

    ceiling: float  # the number that stands for white
    unsigned: bool = False  # Pillow reads 32 bits with a sign, whatever the file says
    negative: bool = False  # 0 is white


def is_deep(image: Image.Image) -> bool:
    """Whether a picture has more than 8 bits a channel, so that Pillow would clip it."""
    return image.mode.startswith(("I", "F"))


def in_eight_bits(image: Image.Image, note: Note | None = None) -> Image.Image:
    """Gray of 8 bits from a deep picture as it was opened.

    Raises UnusableNumbers where they have no meaning as brightness. `note` is told where
    brightness beyond white is lost.
    """
    depth = _depth(image, note)
    gray = Image.new("L", image.size)
    rows = max(1, _BAND // image.width)
    for top in range(0, image.height, rows):
        numbers = np.asarray(image.crop((0, top, image.width, min(top + rows, image.height))))
        levels = as_levels(numbers.view(np.uint32) if depth.unsigned else numbers, depth)
        gray.paste(Image.fromarray(levels), (0, top))
    gray.info = {key: value for key, value in image.info.items() if key != "transparency"}
    return gray


def as_levels(numbers: Numbers, depth: Depth) -> NDArray[np.uint8]:
    """Numbers as 0..255, `depth.ceiling` as white; what is no number is black."""
    with np.errstate(invalid="ignore"):  # what is no number may come in several forms
        scaled = numbers.astype(np.float64) * (255 / depth.ceiling)
    scaled = np.nan_to_num(scaled, posinf=255, neginf=0)
    levels = scaled.clip(0, 255).round().astype(np.uint8)
    return 255 - levels if depth.negative else levels


def _depth(image: Image.Image, note: Note | None) -> Depth:
    tags: Any = getattr(image, "tag_v2", {})
    negative = tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
    bits = first(tags.get(BITS, 16))
    if image.mode.startswith("I;16"):
        return Depth(2.0**bits - 1 if 8 < bits < 16 else CEILINGS[1], negative=negative)
    if image.mode == "I":
        if not tags:
            return Depth(CEILINGS[1])  # PNG and PPM, which have 16 bits at most
        lowest, highest = image.getextrema()
        unsigned = bits == 32 and first(tags.get(FORMAT, UNSIGNED)) == UNSIGNED
        if unsigned and lowest < 0:  # type: ignore[operator]  # one band has two extremes
            highest = CEILINGS[-1]
        return Depth(whole_ceiling(highest), unsigned, negative)  # type: ignore[arg-type]
    size = min(image.width, _SAMPLE), min(image.height, _SAMPLE)
    sample = np.asarray(image.resize(size, Image.Resampling.NEAREST))
    return Depth(float_ceiling(sample, note), negative=negative)


def first(value: Any) -> int:
    """The first of a TIFF tag's values."""
    return int(value[0] if isinstance(value, tuple) else value)


def whole_ceiling(highest: float) -> float:
    """The largest number of the shortest common kind that holds `highest`."""
    return next((ceiling for ceiling in CEILINGS if highest <= ceiling), CEILINGS[-1])


def float_ceiling(numbers: Numbers, note: Note | None = None) -> float:
    """1, or 255 or 65535 where floating-point numbers tell that they are levels."""
    sample = numbers[np.isfinite(numbers)].astype(np.float64)
    highest = float(sample.max()) if sample.size else 0.0
    if not sample.size or (highest <= 0 and sample.min() < 0):
        raise UnusableNumbers("has no values above 0; save it with brightness from 0 to 1")
    if highest <= 1:
        return 1.0
    if not (sample == sample.round()).all() and np.percentile(sample, 99) <= _BRIGHT:
        if note:
            note("has brightness above 1, which is shown as white")
        return 1.0
    if highest > CEILINGS[1]:
        raise UnusableNumbers(
            f"holds numbers up to {highest:.6g}; save it with brightness from 0 to 1"
        )
    return whole_ceiling(highest)
