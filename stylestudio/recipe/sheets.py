"""Contact sheets: tables of pictures in one PNG that carries the recipe of every cell."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError
from PIL.PngImagePlugin import MAX_TEXT_CHUNK, PngInfo

from stylestudio.files import replacing
from stylestudio.recipe.errors import NoRecipeError, RecipeError
from stylestudio.recipe.pictures import PERCEPTUAL, open_header, to_pil
from stylestudio.recipe.recipe import Recipe

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

SHEET_KEY = "stylestudio.sheet"
GAP = 4  # pixels between pictures
SMALLEST, SHARE = 10, 16  # pixels of letters, at least; or of a picture's side, one in so many
PAPER, INK = "white", "black"
LARGEST = 30_000  # pixels on a side
LARGEST_TEXT = 60_000_000  # letters; Pillow reads a little more


@dataclass(frozen=True)
class Sheet:
    """Rows of recipes, some of which may be missing, with words beside rows and columns."""

    cells: tuple[tuple[Recipe | None, ...], ...]
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.cells}
        if len(widths) != 1 or 0 in widths:
            raise RecipeError("a sheet needs rows of pictures, of the same number each.")

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Those that there are, row after row."""
        return tuple(recipe for row in self.cells for recipe in row if recipe is not None)


class Cell(NamedTuple):
    """A picture of a sheet in a file: where it lies, in pixels, and what made it."""

    box: tuple[int, int, int, int]  # left, top, right and bottom
    recipe: Recipe


def save_sheet(
    path: str | os.PathLike[str],
    sheet: Sheet,
    pictures: Sequence[NDArray[np.uint8]],
    side: int,
    beside_recipes: Mapping[tuple[int, int], NDArray[np.uint8]] | None = None,
) -> None:
    """Write a sheet as a PNG; `pictures` are those of `sheet.recipes`, shown at `side` pixels.

    `beside_recipes` are pictures for cells without one, by row and column.
    Raises RecipeError for another ending, or a sheet that is too large.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise RecipeError(f"{path.name} does not end in .png, the one format that keeps recipes.")
    letters = max(SMALLEST, side // SHARE)
    font = ImageFont.load_default(letters)
    beside = _width(sheet.row_names, font) + 2 * GAP if any(sheet.row_names) else 0
    above = letters + 2 * GAP if any(sheet.column_names) else 0
    rows, columns = len(sheet.cells), len(sheet.cells[0])
    size = (beside + columns * (side + GAP) - GAP, above + rows * (side + GAP) - GAP)
    if max(size) > LARGEST:
        raise RecipeError(
            f"the sheet would be {size[0]} x {size[1]} pixels; ask for smaller or fewer pictures."
        )
    paper = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(paper)
    for column, name in enumerate(sheet.column_names):
        at = (beside + column * (side + GAP) + side // 2, above - GAP)
        draw.text(at, _fitting(name, side, font), fill=INK, anchor="ms", font=font)
    for row, name in enumerate(sheet.row_names):
        at = (beside - GAP, above + row * (side + GAP) + side // 2)
        draw.text(at, name, fill=INK, anchor="rm", font=font)
    about, given = [], iter(pictures)
    for row, recipes in enumerate(sheet.cells):
        for column, recipe in enumerate(recipes):
            left, top = beside + column * (side + GAP), above + row * (side + GAP)
            other = (beside_recipes or {}).get((row, column))
            if other is not None:
                _paste(paper, to_pil(other), (left, top), side)
            if recipe is None:
                continue
            _paste(paper, to_pil(next(given)), (left, top), side)
            box = (left, top, left + side, top + side)
            about.append({"box": box, "recipe": json.loads(recipe.to_json())})
    text = json.dumps({"cells": about})
    if len(text) > LARGEST_TEXT:
        raise RecipeError("the recipes of the sheet are too large for one file; ask for fewer.")
    info = PngInfo()
    info.add(b"sRGB", PERCEPTUAL)
    info.add_itxt("Software", "StyleStudio")
    # Other programs refuse compressed texts beyond that limit, and the picture with them.
    info.add_itxt(SHEET_KEY, text, zip=len(text) <= MAX_TEXT_CHUNK)
    with replacing(path) as temporary:
        paper.save(temporary, format="PNG", pnginfo=info)


def read_sheet(path: str | os.PathLike[str]) -> tuple[Cell, ...]:
    """The cells of a sheet that `save_sheet` wrote.

    Raises NoRecipeError for another picture, RecipeError for what is none or damaged.
    """
    path = Path(path)
    try:
        with open_header(path) as image:
            text = image.info.get(SHEET_KEY) if max(image.size) <= LARGEST else None
    except UnidentifiedImageError:
        raise RecipeError(f"{path.name} is not a picture.") from None
    except Image.DecompressionBombError:
        text = None  # no PNG
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecipeError(f"{path.name} cannot be read: {reason}.") from None
    if not isinstance(text, str):
        raise NoRecipeError(f"{path.name} is not a StyleStudio contact sheet.")
    try:
        cells = json.loads(str(text))["cells"]
        return tuple(
            Cell(_box(cell["box"]), Recipe.from_json(json.dumps(cell["recipe"]))) for cell in cells
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{path.name} is damaged: its recipes can't be read.") from error


def holds_sheet(path: Path) -> bool:
    """Whether `save_sheet` wrote this file. Raises OSError where it can't be read."""
    if not path.is_file():
        return False
    with path.open("rb"):  # an error of the system is not taken for a damaged picture
        try:
            with open_header(path, formats=("PNG",)) as image:
                return isinstance(image.info.get(SHEET_KEY), str)
        except Exception:  # noqa: BLE001 - damaged or none: whoever reads pictures says so
            return False


def cell_at(cells: Sequence[Cell], x: float, y: float) -> Cell | None:
    """The cell that lies at a point of the sheet, in pixels."""
    for cell in cells:
        left, top, right, bottom = cell.box
        if left <= x < right and top <= y < bottom:
            return cell
    return None


def _box(given: list[int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(number) for number in given)
    return left, top, right, bottom


def _paste(paper: Image.Image, picture: Image.Image, at: tuple[int, int], side: int) -> None:
    if picture.size != (side, side):
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    paper.paste(picture, at, picture.getchannel("A") if picture.mode == "RGBA" else None)


def _width(names: Sequence[str], font: Font) -> int:
    return int(max((font.getlength(name) for name in names), default=0)) + 1


def _fitting(name: str, width: int, font: Font) -> str:
    """The name, cut where it is wider than a column."""
    while len(name) > 1 and font.getlength(name) > width:
        name = name[:-1]
    return name
