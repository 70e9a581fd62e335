"""Photos and paintings from files, as style networks take them, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo
from torch.nn import functional as F

from stylestudio.files import replacing
from stylestudio.pictures import load_upright, picture_format, refuse_strip, srgb_profile
from stylestudio.pictures import read_picture as read_rgb
from stylestudio.threads import software

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

ENLARGED_RATIO = 8  # as far as the shorter side is brought to a size, whatever the longer becomes
_QUALITY = 95  # of JPEG and WebP
_OPAQUE = (".jpg", ".jpeg")

Size = tuple[int, int]  # width, height


def read_picture(
    path: Path, resized: Callable[[Size], Size], note: Callable[[str], object] | None = None
) -> Tensor:
    """Read a picture upright and without transparency: [1, 3, H, W] float32 in 0..1.

    `resized` says the size it should have, given its own; `note` is told what was left out of it.
    Raises PictureError, naming the file, for what is not a picture, or more than 32 times as long
    as wide.
    """
    picture = read_rgb(path, resized, note)
    refuse_strip(path.name, picture.size)
    size = resized(picture.size)
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(picture))
    return pixels.permute(2, 0, 1)[None].float() / 255


def longest_side(limit: int, *, enlarge: bool) -> Callable[[Size], Size]:
    """Sizes whose longer side is `limit`, or at most that where they shall not grow."""
    return lambda size: _scaled(size, limit / max(size), enlarge)


def shortest_side(limit: int) -> Callable[[Size], Size]:
    """Sizes whose shorter side is `limit`, or less where the longer would be 8 times that."""
    longest = ENLARGED_RATIO * limit
    return lambda size: _scaled(size, min(limit / min(size), longest / max(size)), enlarge=True)


def _scaled(size: Size, factor: float, enlarge: bool) -> Size:
    if factor > 1 and not enlarge:
        return size
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def to_pixels(picture: Tensor) -> NDArray[np.uint8]:
    """[3, H, W] in 0..1 as uint8 [H, W, 3]."""
    rounded = (picture.detach().clamp(0, 1) * 255).round().to(torch.uint8)
    return rounded.permute(1, 2, 0).contiguous().cpu().numpy()


def read_alpha(path: Path, picture: Tensor) -> Tensor | None:
    """The opacity [1, 1, H, W] in 0..1 of a picture that was read, of its size; None where it is
    opaque.
    """
    if picture_format(path) == "JPEG":
        return None
    height, width = picture.shape[-2:]
    image = load_upright(path, lambda _: (width, height))
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A").resize((width, height), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(alpha))[None, None].float() / 255


def alpha_like(alpha: Tensor | None, picture: Tensor) -> Tensor | None:
    """Opacity [1, 1, h, w] in 0..1 at the size of a picture that was made of its picture."""
    if alpha is None or alpha.shape[-2:] == picture.shape[-2:]:
        return alpha
    size = (picture.shape[-2], picture.shape[-1])
    return F.interpolate(alpha, size=size, mode="bicubic").clamp(0, 1)


def save_picture(
    path: Path, picture: Tensor, alpha: Tensor | None = None, made_by: str = ""
) -> None:
    """Write [1, 3, H, W] in 0..1 in the format that the name ends in; all of the file or nothing.

    A picture with `alpha` [1, 1, H, W] is one over white, from which the white is taken again; JPEG
    leaves it there. The file says that its colours are sRGB, and what it was made by: PNG as its
    description, others in Exif. Raises OSError where that fails.
    """
    image = Image.fromarray(to_pixels(picture[0]))
    if alpha is not None and path.suffix.lower() not in _OPAQUE:
        colours = (picture.cpu() - (1 - alpha)) / alpha.clamp(min=1 / 255)
        image = Image.fromarray(to_pixels(colours[0]))
        image.putalpha(Image.fromarray(to_pixels(alpha.expand(-1, 3, -1, -1)[0])[..., 0]))
    info, exif = PngInfo(), Image.Exif()
    if made_by:
        info.add_itxt("Software", software())
        info.add_itxt("Description", made_by)
        exif[ExifTags.Base.Software] = software()
        exif[ExifTags.Base.ImageDescription] = made_by.encode("ascii", "replace").decode()
    notes: dict[str, Any] = {"pnginfo": info} if path.suffix.lower() == ".png" else {"exif": exif}
    with replacing(path) as temporary:
        image.save(temporary, quality=_QUALITY, icc_profile=srgb_profile(), **notes)
