"""The one place where pixels become Qt images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from stylestudio.render.renderer import Pixels


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
