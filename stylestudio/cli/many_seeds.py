"""`stylestudio render --seeds`: many pictures in one go."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.recipe import Recipe, RecipeError, SeedSource, numbers, save_png

if TYPE_CHECKING:
    from stylestudio.render import Assets, Model


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read `0-49,77`; BadParameter where it is something else."""
    try:
        return numbers.parse_seeds(text)
    except RecipeError as error:
        raise click.BadParameter(str(error)) from None


def parse_folder(text: str) -> Path:
    """Find out before any work whether pictures can be written into this folder."""
    folder = Path(text)
    if folder.exists() and not folder.is_dir():
        raise click.BadParameter(f"{folder} is a file, not a folder.")
    nearest = folder if folder.exists() else folder.absolute().parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise click.BadParameter(f"the folder {nearest} does not exist or cannot be written to.")
    return folder


def render_seeds(
    model: Model,
    recipe: Recipe,
    label: tuple[float, ...],
    seeds: tuple[int, ...],
    folder: Path,
    assets: Assets,
    *,
    grid: bool,
) -> None:
    """Write a picture of the recipe with each seed; with `grid`, all of them side by side, too.

    Raises RecipeError, before any work, where the grid would be too large.
    """
    from PIL import Image

    from stylestudio.files import replacing
    from stylestudio.recipe.sheets import LARGEST
    from stylestudio.render import Renderer, enlargement

    side = model.resolution * enlargement(recipe, assets)
    columns = math.ceil(math.sqrt(len(seeds)))
    rows = math.ceil(len(seeds) / columns)
    if grid and columns * side > LARGEST:
        raise RecipeError(
            f"The grid would be {columns * side} x {rows * side} pixels; ask for fewer seeds, or "
            "leave out --grid."
        )
    folder.mkdir(exist_ok=True)
    renderer = Renderer(model, assets=assets)
    sheet = Image.new("RGB", (columns * side, rows * side), "white") if grid else None
    hidden = not sys.stderr.isatty()
    with click.progressbar(seeds, label="Rendering", file=sys.stderr, hidden=hidden) as bar:
        for number, seed in enumerate(bar):
            shown = recipe.replace(source=SeedSource(seed, label))
            pixels = renderer.render(shown).pixels
            save_png(folder / f"seed{seed:04d}.png", pixels, shown)
            if sheet is not None:
                picture, row = Image.fromarray(pixels), number // columns
                mask = picture.getchannel("A") if picture.mode == "RGBA" else None
                sheet.paste(picture, (number % columns * side, row * side), mask)
    assets.export(recipe, folder)
    click.echo(f"Wrote {len(seeds)} pictures to {click.format_filename(folder)}")
    if sheet is not None:
        path = folder / "grid.png"
        with replacing(path) as temporary:
            sheet.save(temporary, format="PNG")
        click.echo(f"Wrote {click.format_filename(path)}")
