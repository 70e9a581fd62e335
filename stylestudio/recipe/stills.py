"""Stills: the picture in any common format, of any size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard, cast

import numpy as np
from PIL import Image

from stylestudio.files import replacing
from stylestudio.pictures.colours import srgb_profile
from stylestudio.pictures.deep_png import deep_png
from stylestudio.recipe.pictures import RECIPE_KEY, save_png
from stylestudio.threads import software

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from stylestudio.recipe.recipe import Recipe

    AnyPixels = NDArray[np.uint8] | NDArray[np.uint16]

SIDES = (16, 16384)  # pixels
WEBP_LARGEST = 16383  # its sizes have 14 bits
QUALITIES = (1, 100)
LANCZOS = Image.Resampling.LANCZOS


class StillFormat(NamedTuple):
    """A kind of file for a picture."""

    label: str
    suffix: str
    is_deep: bool = False  # 16 bits a channel
    has_quality: bool = False
    keeps_recipe: bool = False
    keeps_alpha: bool = True
    largest: int = SIDES[1]  # pixels on each side

    @property
    def limit(self) -> str:
        """How large it can be, as a sentence."""
        return f"{self.label.split(',')[0]} holds at most {self.largest} pixels on each side."


FORMATS = {
    "png": StillFormat("PNG", ".png", keeps_recipe=True),
    "png16": StillFormat("PNG, 16 bits a channel", ".png", is_deep=True, keeps_recipe=True),
    "jpeg": StillFormat("JPEG", ".jpg", has_quality=True, keeps_alpha=False),
    "webp": StillFormat("WebP", ".webp", has_quality=True, largest=WEBP_LARGEST),
    "webp-lossless": StillFormat("WebP, lossless", ".webp", largest=WEBP_LARGEST),
}


def save_still(
    path: str | os.PathLike[str],
    pixels: AnyPixels,
    recipe: Recipe,
    format: str,
    *,
    side: int | None = None,
    quality: int = 92,
) -> None:
    """Write a picture, [H, W, 3 or 4], in a format of `FORMATS`; all of the file or nothing.

    `pixels` are uint16 for a format of 16 bits, uint8 for others. `side` is the width in pixels
    that it is brought to, by Lanczos's filter; None leaves it. Where the format has no
    transparency, the picture is laid on white. Every file says that its colours are sRGB; those of
    PNG carry the recipe. Raises OSError.
    """
    if side is not None and side != pixels.shape[1]:
        pixels = resized(pixels, side)
    kind = FORMATS[format]
    if max(pixels.shape[:2]) > kind.largest:
        raise OSError(kind.limit)
    if is_deep(pixels):
        texts = {"Software": software(), RECIPE_KEY: recipe.to_json()}
        with replacing(path) as temporary:
            temporary.write_bytes(deep_png(pixels, texts))
        return
    if kind.keeps_recipe:
        save_png(Path(path), cast("NDArray[np.uint8]", pixels), recipe)
        return
    picture = Image.fromarray(pixels)
    if picture.mode == "RGBA" and not kind.keeps_alpha:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    options: dict[str, Any] = {"icc_profile": srgb_profile()}
    if format == "jpeg":
        # Without `optimize`, which has one buffer for the file, too small for much detail.
        options |= {"format": "JPEG", "quality": quality, "subsampling": 0}
    else:
        lossless = not kind.has_quality
        options |= {"format": "WEBP", "quality": quality, "lossless": lossless, "method": 6}
        options |= {"exact": lossless}
    with replacing(path) as temporary:
        picture.save(temporary, **options)


def is_deep(pixels: AnyPixels) -> TypeGuard[NDArray[np.uint16]]:
    """Whether a picture has 16 bits a channel."""
    return bool(pixels.dtype == np.uint16)


def resized(pixels: AnyPixels, side: int) -> AnyPixels:
    """Bring [H, W, C] to a width of `side` pixels, keeping its shape; see `at_size`."""
    return at_size(pixels, (side, max(1, round(pixels.shape[0] * side / pixels.shape[1]))))


def at_size(pixels: AnyPixels, size: tuple[int, int]) -> AnyPixels:
    """Bring [H, W, C] to (width, height) by Lanczos's filter.

    Colours are weighted by how opaque they are, so that what is hidden doesn't bleed out.
    """
    top = float(np.iinfo(pixels.dtype).max)
    planes = pixels.astype(np.float32) / np.float32(top)
    if planes.shape[2] == 4:
        planes[..., :3] *= planes[..., 3:]
    scaled = [
        np.asarray(Image.fromarray(planes[..., i]).resize(size, LANCZOS))
        for i in range(planes.shape[2])
    ]
    result = np.stack(scaled, axis=-1)
    if result.shape[2] == 4:
        alpha = result[..., 3:]
        result[..., :3] = np.divide(
            result[..., :3], alpha, out=np.zeros_like(result[..., :3]), where=alpha > 1e-6
        )
    return cast("AnyPixels", np.rint(result.clip(0.0, 1.0) * top).astype(pixels.dtype))
