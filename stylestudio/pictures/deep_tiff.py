"""TIFF files whose numbers Pillow doesn't take: colours of 32 bits, half floats and the like.

Baseline strips and tiles (TIFF 6.0, sections 3, 4 and 15) with the predictors of section 14 and of
Adobe's Technical Note 3. What is compressed, libtiff unpacks, as bytes.
"""

from __future__ import annotations

import io
import math
import struct
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image, TiffImagePlugin

from stylestudio.pictures.depth import (
    BITS,
    CEILINGS,
    FORMAT,
    PHOTOMETRIC,
    WHITE_IS_ZERO,
    Depth,
    UnusableNumbers,
    as_levels,
    first,
    float_ceiling,
    whole_ceiling,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from stylestudio.pictures.colours import Note

_MAX_BYTES = 1 << 29  # of numbers, all of which are in memory at once
_PLAIN = 1  # no compression
_PACKED = (5, 8, 32773, 32946, 34925, 50000)  # LZW, Deflate, PackBits, Deflate, LZMA, Zstandard
_KINDS = {1: "u", 2: "i", 3: "f"}
_WORDS = {"u": "whole", "i": "whole", "f": "floating-point"}
_GRAY = (0, 1)  # of PHOTOMETRIC
_RGB = 2


class _Layout(NamedTuple):
    """How the numbers lie in the file."""

    width: int
    height: int
    samples: int
    dtype: np.dtype[Any]
    block: tuple[int, int]  # height and width of a strip or tile
    places: tuple[tuple[int, int], ...]  # where the blocks begin, and their bytes
    tiled: bool
    planar: bool  # each channel by itself
    compression: int
    predictor: int


def read_deep_tiff(path: Path, note: Note | None = None) -> Image.Image:
    """The first picture of such a file, as L, LA, RGB or RGBA of 8 bits.

    Raises UnusableNumbers, the rest of a sentence, for kinds that aren't read.
    """
    with path.open("rb") as file:
        tags = first_directory(file)
        layout = _layout(tags, ">" if tags.prefix == b"MM" else "<")
        numbers = np.zeros((layout.height, layout.width, layout.samples), layout.dtype)
        for index, (start, size) in enumerate(layout.places):
            file.seek(start)
            _place(numbers, index, file.read(size), layout)
    return _picture(numbers, tags, note)


def first_directory(file: BinaryIO) -> Any:
    """What a TIFF says of its first picture, by the numbers of the tags."""
    head = file.read(16)
    head = head if b"+" in head[2:4] else head[:8]  # BigTIFF's is longer
    tags: Any = TiffImagePlugin.ImageFileDirectory_v2(head)
    file.seek(tags.next)
    tags.load(file)
    return tags


def _layout(tags: Any, order: str) -> _Layout:
    width, height, samples = int(tags[256]), int(tags[257]), int(tags.get(277, 1))
    bits, kind = first(tags.get(BITS, 1)), _KINDS.get(first(tags.get(FORMAT, 1)), "?")
    compression, predictor = tags.get(259, 1), tags.get(317, 1)
    named = f"is a TIFF of {samples} x {bits} bits ({_WORDS.get(kind, 'other')} numbers)"
    advice = "save it with 8 or 16 bits a channel"
    usable = bits in ((8, 16, 32, 64) if kind != "f" else (16, 32, 64)) and kind in _WORDS
    colours = tags.get(PHOTOMETRIC, 1)
    if not usable or colours not in (*_GRAY, _RGB) or not 1 <= samples <= 16:
        raise UnusableNumbers(f"{named}, which can't be read; {advice}")
    if samples < (3 if colours == _RGB else 1):
        raise UnusableNumbers("is damaged: channels are missing in it")
    if compression not in (_PLAIN, *_PACKED) or predictor not in (1, 2, 3):
        raise UnusableNumbers(f"{named} in a compression that can't be read; {advice}")
    if width * height * samples * bits // 8 > _MAX_BYTES:
        raise UnusableNumbers(
            f"{named} and {width} x {height} pixels, which is too large; {advice}"
        )
    tiled = 324 in tags
    starts, sizes = (tags[324], tags[325]) if tiled else (tags[273], tags[279])
    block = (tags[323], tags[322]) if tiled else (min(tags.get(278, height), height), width)
    places = tuple(zip(map(int, starts), map(int, sizes), strict=True))
    planar = tags.get(284, 1) == 2 and samples > 1
    count = math.ceil(height / block[0]) * math.ceil(width / block[1])
    if len(places) != count * (samples if planar else 1):
        raise UnusableNumbers("is damaged: parts of the picture are missing")
    if math.prod(block) * samples * bits // 8 > _MAX_BYTES:
        raise UnusableNumbers("is damaged: its parts are larger than the picture")
    dtype = np.dtype(f"{order}{kind}{bits // 8}")
    return _Layout(
        *(width, height, samples, dtype, block, places),
        *(tiled, planar, int(compression), int(predictor)),
    )


def _place(numbers: NDArray[Any], index: int, content: bytes, layout: _Layout) -> None:
    """Decode one strip or tile and put it where it belongs."""
    across = math.ceil(layout.width / layout.block[1])
    down = math.ceil(layout.height / layout.block[0])
    channel, index = divmod(index, across * down)
    top, left = index // across * layout.block[0], index % across * layout.block[1]
    channels = 1 if layout.planar else layout.samples
    rows, columns = layout.block
    if not layout.tiled:  # the last strip ends with the picture; tiles are all whole
        rows = min(rows, layout.height - top)
    size = rows * columns * channels * layout.dtype.itemsize
    if layout.compression != _PLAIN:
        content = _unpacked(content, layout.compression, size)
    if len(content) < size:
        raise UnusableNumbers("is truncated or damaged: part of the picture is missing")
    shape = (rows, columns, channels)
    if layout.predictor == 3:
        # Differences of bytes, the highest bytes of a row's numbers first.
        planes = np.frombuffer(content, np.uint8, size).reshape(rows, -1, channels)
        planes = planes.cumsum(axis=1, dtype=np.uint8).reshape(rows, layout.dtype.itemsize, -1)
        big = np.ascontiguousarray(planes.transpose(0, 2, 1))
        block = big.view(layout.dtype.newbyteorder(">")).reshape(shape)
    else:
        # Differences are those of whole numbers, whatever the bits mean.
        bits = np.dtype(layout.dtype.str.replace(layout.dtype.kind, "u"))
        block = np.frombuffer(content, bits, math.prod(shape)).reshape(shape)
        if layout.predictor == 2:
            block = block.cumsum(axis=1, dtype=bits.newbyteorder("=")).astype(bits)
        block = block.view(layout.dtype)
    part = numbers[top : top + rows, left : left + columns]
    part = part[..., channel : channel + 1] if layout.planar else part
    part[...] = block[: part.shape[0], : part.shape[1]]


def _unpacked(content: bytes, compression: int, size: int) -> bytes:
    """`size` bytes from compressed ones, by a file around them that says they are gray levels."""
    values = (size, 1, 8, compression, 1, 8, 1, 1, len(content))
    entries = zip((256, 257, 258, 259, 262, 273, 277, 278, 279), values, strict=True)
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    head = b"II*\0" + struct.pack("<I", 8 + len(content))
    file = head + content + struct.pack("<H", len(values)) + directory + bytes(4)
    with Image.open(io.BytesIO(file), formats=("TIFF",)) as image:
        return image.tobytes()


def _picture(numbers: NDArray[Any], tags: Any, note: Note | None) -> Image.Image:
    photometric = tags.get(PHOTOMETRIC, 1)
    count = 3 if photometric == _RGB else 1
    colours = numbers[..., :count]
    if numbers.dtype.kind == "f":
        ceiling, clear = float_ceiling(colours, note), 1.0
    elif numbers.dtype.itemsize < 4:
        ceiling = clear = float(np.iinfo(numbers.dtype).max)
    else:
        ceiling = whole_ceiling(float(colours.max()))
        clear = ceiling if ceiling < CEILINGS[2] else float(np.iinfo(numbers.dtype).max)
    planes = [as_levels(colours, Depth(ceiling, negative=photometric == WHITE_IS_ZERO))]
    extra = tags.get(338)
    if numbers.shape[2] > count and extra is not None and first(extra) in (1, 2):
        planes.append(as_levels(numbers[..., count : count + 1], Depth(clear)))
    levels = np.concatenate(planes, axis=-1)
    picture = Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    if 34675 in tags:
        picture.info["icc_profile"] = tags[34675]
    if 274 in tags:
        picture.getexif()[274] = tags[274]  # which way is up
    return picture
