"""What happens to a rendered frame before it is encoded: size, depth, transparency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from stylestudio.recipe.stills import LANCZOS, at_size

if TYPE_CHECKING:
    from stylestudio.progress import Picture

DEEP = 257  # from 8 to 16 bits a channel


def resized(frame: Picture, size: tuple[int, int]) -> Picture:
    """Resize [H, W, channels] to (width, height) by Lanczos filtering.

    The same frame where its size is right.
    """
    if frame.shape[1::-1] == size:
        return frame
    if frame.dtype == np.uint8:  # Pillow weights colours by how opaque they are, as `at_size` does
        return np.asarray(Image.fromarray(frame).resize(size, LANCZOS))
    return at_size(frame, size)


def over_white(frame: Picture) -> Picture:
    """Lay a transparent frame [H, W, 4] over white: [H, W, 3]."""
    if frame.shape[2] == 3:
        return frame
    full = np.iinfo(frame.dtype).max
    alpha = frame[..., 3:].astype(np.float32) / full
    mixed = frame[..., :3] * alpha + full * (1.0 - alpha)
    whole = mixed.round()
    return whole.astype(np.uint8) if frame.dtype == np.uint8 else whole.astype(np.uint16)
