"""Colours of any space and profile as plain RGB: sRGB of 8 bits, over white."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from collections.abc import Callable

    Note = Callable[[str], object]  # told the rest of a sentence that begins with the file's name

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # by the colour space of a profile
_PROBE_STEPS = 9  # colours a channel by which a profile is compared with sRGB
_DATE = slice(24, 36)  # where a profile says when it was made


def plain_rgb(image: Image.Image, note: Note | None = None) -> Image.Image:
    """RGB of 8 bits in sRGB by the picture's profile; what is transparent lies over white.

    Takes any mode of 8 bits a channel or fewer. `note` is told of a profile that can't be used.
    """
    if image.mode == "1":
        image = image.convert("L")
    if image.mode == "LAB":
        image = _from_lab(image)
    if not image.has_transparency_data:
        return _in_srgb(image, note)
    clear = image.convert("LA" if image.mode in ("LA", "La") else "RGBA")
    colours = _in_srgb(clear.convert(clear.mode[:-1]), note)
    colours.putalpha(clear.getchannel("A"))
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, colours).convert("RGB")


@functools.cache
def srgb_profile() -> bytes:
    """An ICC profile that says sRGB (IEC 61966-2-1), the same bytes every time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_DATE] = bytes((0x07, 0xCF, 0, 1, 0, 1)) + bytes(6)  # lcms writes the time of day
    return bytes(profile)


def _in_srgb(image: Image.Image, note: Note | None) -> Image.Image:
    """A picture without transparency, as RGB."""
    content = image.info.get("icc_profile")
    if not content:
        return image.convert("RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        mode = _MODES[profile.profile.xcolor_space.strip()]
        if (image.mode == "CMYK") != (mode == "CMYK") or (mode == "L" and image.mode != "L"):
            raise ValueError("the profile is one for other pictures")
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if mode == "RGB" and _leaves_colours(transform):
            return image.convert("RGB")
        converted = ImageCms.applyTransform(image.convert(mode), transform)
        assert converted is not None
        return converted
    except (ImageCms.PyCMSError, OSError, KeyError, TypeError, ValueError):
        if note:
            note("has a colour profile that is damaged or does not fit, so it was left out")
        return image.convert("RGB")


def _leaves_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether no colour changes by more than a level: the profile is sRGB by another name."""
    steps = np.linspace(0, 255, _PROBE_STEPS).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(_PROBE_STEPS, -1, 3)
    moved = ImageCms.applyTransform(Image.fromarray(colours), transform)
    return bool(np.abs(np.asarray(moved).astype(int) - colours).max() <= 1)


def _from_lab(image: Image.Image) -> Image.Image:
    """CIELAB as sRGB; any profile has done its work already."""
    transform = ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    converted.info.pop("icc_profile", None)
    return converted
