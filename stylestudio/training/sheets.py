"""Contact sheets: many pictures in one PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from stylestudio.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


def save_sheet(pictures: Tensor, columns: int, path: Path) -> None:
    """Write pictures [N, 3, H, W] in -1..1 as rows of `columns` (which divides N) to a PNG."""
    n, channels, height, width = pictures.shape
    grid = pictures.reshape(n // columns, columns, channels, height, width)
    grid = grid.permute(0, 3, 1, 4, 2).reshape(n // columns * height, columns * width, channels)
    pixels = ((grid.clamp(-1, 1) + 1) * 127.5).round().byte().cpu().numpy()
    with replacing(path) as partial:
        Image.fromarray(pixels).save(partial, format="PNG")
