"""The one place where pixels become Qt images, and come from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage

from stylestudio.app.widgets.brush import levels_in

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QMimeData, QSize

    from stylestudio.recipe import Mask
    from stylestudio.render.pixels import Pixels

# As browsers and other programs offer pictures; the first that is there loses least.
_FORMATS = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/gif", "image/bmp")

_FAR = ("http", "https", "ftp", "sftp", "smb")  # schemes of addresses
ONLY_ADDRESS = (
    "That is only a link to a file. Save the file and drop it here, or copy the picture itself "
    "and paste it."
)


def to_qimage(pixels: Pixels) -> QImage:
    """Turn uint8 [H, W, 3 or 4], C-contiguous, into an image that owns its memory."""
    height, width, channels = pixels.shape
    assert channels in (3, 4)
    assert pixels.flags.c_contiguous
    given, native = (
        (QImage.Format.Format_RGB888, QImage.Format.Format_RGB32)
        if channels == 3
        else (QImage.Format.Format_RGBA8888, QImage.Format.Format_ARGB32_Premultiplied)
    )
    # Converting detaches from the array, and the native formats paint several times faster.
    return QImage(pixels.data, width, height, channels * width, given).convertToFormat(native)


def to_pixels(image: QImage) -> Pixels:
    """Turn an image into uint8 [H, W, 4] of its own memory."""
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    lines = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return lines[:, : 4 * plain.width()].reshape(plain.height(), plain.width(), 4).copy()


def mask_in(painted: QImage) -> NDArray[np.float32]:
    """What was painted, of Format_Grayscale8, as float32 [H, W] in 0..1."""
    return levels_in(painted).astype(np.float32) / np.float32(255)


def marks_of(mask: NDArray[np.float32]) -> QImage:
    """A mask [H, W] in 0..1 as a brush has it, of Format_Grayscale8."""
    height, width = mask.shape
    levels = np.rint(mask * 255).astype(np.uint8).tobytes()
    return QImage(levels, width, height, width, QImage.Format.Format_Grayscale8).copy()


def marks_at(mask: Mask | None, size: QSize) -> QImage | None:
    """A recipe's mask as a brush has it on a picture of this size; None where nothing is painted.

    Pixels stay as they are: read back at the mask's size, they are the same.
    """
    if mask is None or mask.is_empty or size.isEmpty():
        return None
    marks = marks_of(mask.array()).scaled(size)
    return marks.convertToFormat(QImage.Format.Format_Grayscale8)


def local_files(data: QMimeData) -> list[Path]:
    """The files of this machine that are dragged or copied."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def image_in(data: QMimeData) -> bytes | QImage | None:
    """The picture that is dragged or copied without a file: an encoded one, or an image of Qt's.

    None for anything else; pictures that are only named by an address are left where they are.
    """
    for name in _FORMATS:
        if data.hasFormat(name):
            return bytes(data.data(name).data())
    image = data.imageData() if data.hasImage() else None
    return image if isinstance(image, QImage) and not image.isNull() else None


def offers_image(data: QMimeData) -> bool:
    """Whether `image_in` will find a picture; nothing is fetched from the other program."""
    return data.hasImage() or any(data.hasFormat(name) for name in _FORMATS)


def is_address(data: QMimeData) -> bool:
    """Whether there is only the address of something on another machine."""
    urls = data.urls() or [QUrl(data.text().strip())]
    return any(url.scheme() in _FAR and url.host() for url in urls)
