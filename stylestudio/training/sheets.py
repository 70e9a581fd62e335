"""Contact sheets: many pictures in one PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from stylestudio.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

SHOWN_SIDE = 128  # pixels to which smaller pictures are enlarged, about
BAND = 32  # pixels of a line of text


def save_sheet(
    pictures: Tensor, columns: int, path: Path, captions: Mapping[int, str] | None = None
) -> None:
    """Write pictures [N, 3, H, W] in -1..1 as rows of `columns` (which divides N) to a PNG.

    Captions stand above the rows that they are for. With them, small pictures are shown enlarged.
    """
    if captions:
        factor = max(1, SHOWN_SIDE // pictures.shape[-1])
        pictures = pictures.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    n, channels, height, width = pictures.shape
    grid = pictures.reshape(n // columns, columns, channels, height, width)
    grid = grid.permute(0, 3, 1, 4, 2).reshape(n // columns * height, columns * width, channels)
    pixels = ((grid.clamp(-1, 1) + 1) * 127.5).round().byte().cpu().numpy()
    sheet = Image.fromarray(pixels)
    if captions:
        sheet = _captioned(sheet, height, captions)
    with replacing(path) as partial:
        sheet.save(partial, format="PNG")


def _captioned(sheet: Image.Image, height: int, captions: Mapping[int, str]) -> Image.Image:
    """With a band of text above some rows, which are `height` pixels high."""
    rows = sheet.height // height
    whole = Image.new("RGB", (sheet.width, sheet.height + BAND * len(captions)), "white")
    draw, y = ImageDraw.Draw(whole), 0
    for row in range(rows):
        if row in captions:
            draw.text((8, y + 6), captions[row], "black", font_size=BAND - 14)
            y += BAND
        whole.paste(sheet.crop((0, row * height, sheet.width, (row + 1) * height)), (0, y))
        y += height
    return whole
