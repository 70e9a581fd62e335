"""From a finished picture to whole numbers, of 8 or 16 bits a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from stylestudio.errors import StyleStudioError
from stylestudio.render.device import read_back

if TYPE_CHECKING:
    from torch import Tensor

Pixels = NDArray[np.uint8]
DeepPixels = NDArray[np.uint16]


class NotFiniteError(StyleStudioError):
    """A picture holds values that are infinite or no numbers."""

    def __init__(self) -> None:
        super().__init__("The picture contains infinite or undefined values (NaN).")


def to_pixels(img: Tensor) -> Pixels:
    """Round [1, C, R, R] to uint8 [R, R, 3 or 4] as the published tools do.

    Raises NotFiniteError for what shows nothing.
    """
    return read_finite(to_bytes(img), img)


def read_finite(pixels: Tensor, img: Tensor) -> Pixels:
    """The pixels of img, on the processor.

    Whether all of img are numbers is read with them at once, as a GPU would have to be waited for
    a second time. Raises NotFiniteError where they are not.
    """
    is_broken = ~img.sum(dtype=torch.float32).isfinite()
    read = read_back(torch.cat([pixels.reshape(-1), is_broken.to(torch.uint8)[None]])).numpy()
    if read[-1]:
        raise NotFiniteError
    return read[:-1].reshape(pixels.shape)


def to_bytes(img: Tensor) -> Tensor:
    """-1..1 to 0..255, truncated after adding a half-step: [1, C, R, R] -> [R, R, 3 or 4]."""
    img8 = (img[0] * 127.5).add_(128).clamp_(0, 255).to(torch.uint8)
    if img8.shape[0] == 1:
        img8 = img8.expand(3, -1, -1)
    return torch.stack(img8.unbind(), dim=-1)


def to_deep_pixels(img: Tensor) -> DeepPixels:
    """Round -1..1 to 0..65535, to the nearest step. Raises NotFiniteError."""
    read = read_back(img[0]).double()  # which Apple's GPUs lack
    if not read.sum().isfinite():
        raise NotFiniteError
    img16 = ((read + 1.0) * 32767.5).round().clamp(0, 65535)
    if img16.shape[0] == 1:
        img16 = img16.expand(3, -1, -1)
    return img16.permute(1, 2, 0).contiguous().numpy().astype(np.uint16)
