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


class _Layout(NamedTuple):
    """Where the pictures and words of a sheet lie, in pixels."""

    side: int  # of a picture
    font: Font
    beside: int  # left of the pictures
    above: int
    size: tuple[int, int]

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """The place of a picture: left, top, right and bottom."""
        left = self.beside + column * (self.side + GAP)
        top = self.above + row * (self.side + GAP)
        return left, top, left + self.side, top + self.side


def check_size(sheet: Sheet, side: int) -> None:
    """Raise RecipeError for a sheet too large to be written, before its pictures are rendered."""
    _recipes_text(sheet, _laid_out(sheet, side))


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
    layout = _laid_out(sheet, side)
    text = _recipes_text(sheet, layout)
    paper = Image.new("RGB", layout.size, PAPER)
    draw = ImageDraw.Draw(paper)
    font = layout.font
    for column, name in enumerate(sheet.column_names):
        at = (layout.box(0, column)[0] + side // 2, layout.above - GAP)
        draw.text(at, _fitting(name, side, font), fill=INK, anchor="ms", font=font)
    for row, name in enumerate(sheet.row_names):
        at = (layout.beside - GAP, layout.box(row, 0)[1] + side // 2)
        draw.text(at, name, fill=INK, anchor="rm", font=font)
    given = iter(pictures)
    for row, recipes in enumerate(sheet.cells):
        for column, recipe in enumerate(recipes):
            left, top, _, _ = layout.box(row, column)
            other = (beside_recipes or {}).get((row, column))
            if other is not None:
                _paste(paper, to_pil(other), (left, top), side)
            if recipe is not None:
                _paste(paper, to_pil(next(given)), (left, top), side)
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


def _laid_out(sheet: Sheet, side: int) -> _Layout:
    """Raises RecipeError where that takes too many pixels."""
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
    return _Layout(side, font, beside, above, size)


def _recipes_text(sheet: Sheet, layout: _Layout) -> str:
    """The recipes and their places, as they stand in the file. Raises RecipeError if too long."""
    about, length = [], 0
    for row, recipes in enumerate(sheet.cells):
        for column, recipe in enumerate(recipes):
            if recipe is None:
                continue
            cell = {"box": layout.box(row, column), "recipe": json.loads(recipe.to_json())}
            about.append(json.dumps(cell))
            length += len(about[-1])
            if length > LARGEST_TEXT:
                raise RecipeError(
                    "the recipes of the sheet are too large for one file; ask for fewer."
                )
    return f'{{"cells": [{", ".join(about)}]}}'


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
