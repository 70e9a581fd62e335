"""Pictures of any kind as plain colours."""

from __future__ import annotations

import numpy as np
from PIL import Image

_DEEP_GRAY = 257  # from 16 to 8 bits


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
