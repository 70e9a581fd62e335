"""Reads pictures upright, or says in one sentence why not."""

from __future__ import annotations

import contextlib
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ExifTags, Image, ImageChops, UnidentifiedImageError

from stylestudio.errors import StyleStudioError
from stylestudio.pictures.colours import plain_rgb
from stylestudio.pictures.deep_tiff import first_directory, read_deep_tiff
from stylestudio.pictures.depth import UnusableNumbers, in_eight_bits, is_deep
from stylestudio.pictures.kinds import (
    CAMERA_RAW,
    HEAD,
    HEIF,
    MOVING,
    READ,
    format_of,
    why_not,
)
from stylestudio.pictures.spaces import read_head, stated_profile

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    Size = tuple[int, int]  # width, height
    Note = Callable[[str], object]  # takes a sentence for the user

LONGEST_RATIO = 32  # of a picture's longer side to its shorter, where it may have to be enlarged
_MAX_PIXELS = 178_000_000  # about 0.5 GB; beyond it Pillow takes a file for an attack, too
_LARGE = 1 << 25  # pixels from which a picture is made smaller before its colours are converted
_SPARE = 3  # times the size that is wanted, so that filtering has something to do
# Tags of TIFF (TIFF 6.0, its Technical Note 1, and DNG), and a bit of the first.
_KIND_OF_PICTURE, _DIRECTORIES_BELOW, _DNG_VERSION = 254, 330, 50706
_REDUCED = 1
_MAX_REASON = 160  # characters of what a decoder says
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureError(StyleStudioError, ValueError):
    """A file is no picture that can be read; the message is one sentence for the user."""


def read_picture(
    path: str | os.PathLike[str],
    wanted: Callable[[Size], Size] | None = None,
    note: Note | None = None,
) -> Image.Image:
    """Read a picture upright, as RGB of 8 bits in sRGB without transparency.

    `wanted` says the size that the caller will make of it, given its own: very large pictures are
    made smaller while they are read, but stay three times as large as that. Of an animation the
    first picture is taken; `note` is told that, and of a colour profile that can't be used.

    Raises PictureError, naming the file, for what is missing, damaged, too large or no picture.
    """
    path = Path(path)

    def enough(size: Size) -> Size:
        if not wanted or math.prod(size) <= _LARGE:
            return size
        width, height = wanted(size)
        return _SPARE * width, _SPARE * height

    with _one_sentence(path):
        return plain_rgb(load_upright(path, enough, note), _about(path, note))


def load_upright(
    path: str | os.PathLike[str],
    enough: Callable[[Size], Size] | None = None,
    note: Note | None = None,
) -> Image.Image:
    """Decode a picture upright, of 8 bits a channel, its colours still to be made `plain_rgb`.

    `enough` says which size would do, given the file's own: JPEGs are decoded at the next larger
    size that comes for nothing, very large pictures of other kinds are made smaller at once.
    Raises PictureError as `read_picture` does.
    """
    path = Path(path)
    about = _about(path, note)
    with _one_sentence(path), _opened(path, about) as image:
        _check_size(path.name, image)
        least = enough(image.size) if enough else image.size
        if about and image.format in (*MOVING, "TIFF") and getattr(image, "is_animated", False):
            several = "several pages" if image.format == "TIFF" else "an animation"
            about(f"is {several}; the first picture is taken")
        image.draft(None, least)
        if image.format == "PNG":
            image.load()  # Exif may come after the pixels there
        if profile := stated_profile(image, read_head(path), about):
            image.info["icc_profile"] = profile
        return _upright(image, least, about)


def plain_picture(image: Image.Image, note: Note | None = None) -> Image.Image:
    """A picture in memory as `read_picture` gives those in files.

    Raises PictureError where its numbers have no meaning as brightness.
    """
    about = None if note is None else lambda text: note(f"The picture {text}.")
    try:
        image.load()
        profile = stated_profile(image, b"", about)
        picture = _upright(image, image.size, about)
        if profile:
            picture = picture.copy() if picture is image else picture
            picture.info["icc_profile"] = profile
        return plain_rgb(picture, about)
    except UnusableNumbers as error:
        raise PictureError(f"The picture {error}.") from None


def refuse_strip(name: str, size: Size) -> None:
    """Raise PictureError for a picture so thin that enlarging it would take memory without end."""
    if max(size) > LONGEST_RATIO * min(size):
        raise PictureError(
            f"{name} has {size[0]} x {size[1]} pixels, a strip too thin to paint or to learn from; "
            f"make it at most {LONGEST_RATIO} times as long as it is wide."
        )


def _upright(image: Image.Image, least: Size, about: Note | None) -> Image.Image:
    """8 bits a channel, turned as the camera says, and of about the size that is enough."""
    image.load()
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    if image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
        # Adobe stores ink the other way round, which Pillow takes for granted.
        image = _with_info(ImageChops.invert(image), image)
    picture = in_eight_bits(image, about) if is_deep(image) else image
    if math.prod(picture.size) > _LARGE:
        picture = _reduced(picture, least)
    return picture if turn is None else picture.transpose(turn)


def _with_info(made: Image.Image, image: Image.Image) -> Image.Image:
    """A picture made of another, which says of it what that one says."""
    made.info = dict(image.info)
    return made


def _reduced(picture: Image.Image, least: Size) -> Image.Image:
    factor = min(picture.width // least[0], picture.height // least[1])
    if factor < 2:
        return picture
    if picture.mode in ("1", "P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture.reduce(factor)


@contextlib.contextmanager
def _opened(path: Path, about: Note | None) -> Iterator[Image.Image]:
    """A picture file, its format told by its content."""
    with path.open("rb") as file:
        kind = format_of(file.read(HEAD))
    if kind == HEIF:
        _register_heif(path)
    Image.init()
    formats = (HEIF,) if kind == HEIF else tuple(name for name in READ if name in Image.OPEN)
    # Pillow warns of pictures that are large but not too large, and of odd metadata.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)
        if kind == "TIFF" and _is_camera_raw(path):
            raise PictureError(f"{path.name} {CAMERA_RAW}.")
        image: Image.Image
        try:
            image = Image.open(path, formats=formats)
        except UnidentifiedImageError:
            if kind != "TIFF":
                raise
            image = read_deep_tiff(path, about)
        with image:
            yield image


def _is_camera_raw(path: Path) -> bool:
    """Whether a TIFF is a DNG, NEF or the like, whose first picture may be a mere thumbnail.

    The photo itself lies in a directory below. Pyramids have such directories, too, but the first
    picture is the whole one there.
    """
    with path.open("rb") as file:
        tags = first_directory(file)
    kind = tags.get(_KIND_OF_PICTURE)
    is_thumbnail = isinstance(kind, int) and bool(kind & _REDUCED)
    return _DNG_VERSION in tags or (is_thumbnail and _DIRECTORIES_BELOW in tags)


def _register_heif(path: Path) -> None:
    """Teach Pillow HEIC. Raises PictureError where the optional decoder is missing."""
    try:
        import pi_heif
    except ImportError:
        raise PictureError(
            f"{path.name} is a HEIC photo; install the decoder with `pip install pi-heif`, "
            "or save it as JPEG."
        ) from None
    pi_heif.register_heif_opener()


def _about(path: Path, note: Note | None) -> Note | None:
    """`note`, with the file's name before and a full stop after what it is told."""
    return None if note is None else lambda text: note(f"{path.name} {text}.")


@contextlib.contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """Whatever goes wrong while a picture is read leaves as a PictureError that names it."""
    try:
        yield
    except UnidentifiedImageError:
        with path.open("rb") as file:
            reason = why_not(file.read(HEAD))
        raise PictureError(f"{path.name} {reason}.") from None
    except Image.DecompressionBombError:
        raise PictureError(
            f"{path.name} has more than {_MAX_PIXELS // 10**6} million pixels; make it smaller."
        ) from None
    except UnusableNumbers as error:
        raise PictureError(f"{path.name} {error}.") from None
    except PictureError:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow raises many kinds on damaged files
        # Decoders speak in several lines, some at great length.
        words = str(getattr(error, "strerror", None) or error).split()
        reason = " ".join(words)[:_MAX_REASON].rstrip(".")
        raise PictureError(f"{path.name} cannot be read as a picture: {reason}.") from None


def _check_size(name: str, image: Image.Image) -> None:
    if image.width * image.height > _MAX_PIXELS:
        raise PictureError(
            f"{name} has {image.width} x {image.height} pixels, more than "
            f"{_MAX_PIXELS // 10**6} million; make it smaller."
        )
