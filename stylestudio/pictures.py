"""Pictures of any kind, from files, as plain colours."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    import os

_DEEP_GRAY = 257  # from 16 to 8 bits
_MAX_PIXELS = 178_000_000  # about 0.5 GB; beyond it Pillow takes a file for an attack, too


class PictureError(ValueError):
    """A file is no picture that can be read; the message is one sentence for the user."""


def read_picture(path: str | os.PathLike[str]) -> Image.Image:
    """Read a picture upright, as RGB of 8 bits without transparency; of an animation, the first.

    Raises PictureError, naming the file, for what is missing, damaged, too large or no picture.
    """
    path = Path(path)
    try:
        # Pillow warns of large pictures long before they are too large for us.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _check_size(path.name, image)
                return opaque_rgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise PictureError(f"{path.name} is not a picture that can be read.") from None
    except Image.DecompressionBombError:
        raise PictureError(
            f"{path.name} has more than {_MAX_PIXELS // 10**6} million pixels; make it smaller."
        ) from None
    except PictureError:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow raises many kinds on damaged files
        reason = getattr(error, "strerror", None) or error
        raise PictureError(f"{path.name} cannot be read as a picture: {reason}.") from None


def _check_size(name: str, image: Image.Image) -> None:
    if image.width * image.height > _MAX_PIXELS:
        raise PictureError(
            f"{name} has {image.width} x {image.height} pixels, more than "
            f"{_MAX_PIXELS // 10**6} million; make it smaller."
        )


def opaque_rgb(image: Image.Image) -> Image.Image:
    """RGB of 8 bits; what is transparent lies over white, 16 bits of gray become 8."""
    if image.mode.startswith("I"):  # Pillow would clip 16-bit grays at 255
        gray = np.asarray(image, np.float64) / _DEEP_GRAY
        return Image.fromarray(gray.clip(0, 255).round().astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")
