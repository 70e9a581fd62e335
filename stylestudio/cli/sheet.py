"""`stylestudio sheet`: tables of pictures, as papers show them."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.deltas import read_look
from stylestudio.cli.edits import open_all
from stylestudio.cli.many_seeds import parse_seeds
from stylestudio.cli.named_files import assets_of, named_files_options
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE
from stylestudio.cli.render import adapted, parse_output
from stylestudio.recipe import PSI_RANGE, Recipe, RecipeError
from stylestudio.recipe.numbers import parse_numbers

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    import numpy as np
    from numpy.typing import NDArray

    from stylestudio.cli.named_files import NamedFiles
    from stylestudio.recipe.sheets import Sheet
    from stylestudio.render import Assets, Model

KINDS = ("mixing", "psi", "seeds", "noise", "directions", "strips", "variations")
DEFAULT_AMOUNTS = "-3,-2,-1,0,1,2,3"
DEFAULT_PSIS = "1,0.7,0.5,0,-0.5,-1"


def _parse_numbers(text: str) -> tuple[float, ...]:
    """Read `-2,0,2`, or `-2;0,5`; BadParameter where it is something else."""
    try:
        return parse_numbers(text)
    except RecipeError as error:
        raise click.BadParameter(str(error)) from None


def _parse_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in re.split("[,;]", text) if name.strip())
    if not names:
        raise click.BadParameter("it names no direction.")
    return names


@click.command("sheet")
@click.argument("model", metavar="MODEL")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("-o", "--output", type=parse_output, metavar="OUT.png", required=True)
@click.option(
    "--recipe",
    "recipe_file",
    type=FILE,
    help="The look to vary, in a JSON file, an exported PNG or a session.  "
    "[default: seed 0 at psi 0.7]",
)
@click.option("--psi", type=Decimal(*PSI_RANGE), help="Truncation of all pictures.")
@click.option(
    "--seeds",
    type=parse_seeds,
    metavar="SEEDS",
    default="0-3",
    show_default=True,
    help="Rows, or ends of strips.",
)
@click.option(
    "--columns",
    type=parse_seeds,
    metavar="SEEDS",
    default="10-14",
    show_default=True,
    help="Of mixing: seeds.",
)
@click.option(
    "--layers", default="middle", show_default=True, help="Of mixing: taken from the columns."
)
@click.option(
    "--psis",
    type=_parse_numbers,
    metavar="NUMBER,...",
    default=DEFAULT_PSIS,
    show_default=True,
    help="Of psi: the columns.",
)
@click.option(
    "--names",
    type=_parse_names,
    metavar="NAME,...",
    help="Of directions and variations: which.  [default: the model's own, or PCA]",
)
@click.option(
    "--amounts",
    type=_parse_numbers,
    metavar="NUMBER,...",
    default=DEFAULT_AMOUNTS,
    show_default=True,
    help="Of directions: sigmas.",
)
@click.option(
    "--directions",
    "direction_files",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Take directions from here; may be given again.",
)
@click.option(
    "--count",
    type=click.IntRange(2, 100),
    default=5,
    show_default=True,
    help="Pictures of a strip, or each way of seeds.",
)
@click.option(
    "--step",
    type=Decimal(0, 1000, min_open=True),
    default=0.25,
    show_default=True,
    help="Of seeds: how far apart.",
)
@click.option(
    "--size",
    type=click.IntRange(16, 4096),
    help="Pixels of each picture.  [default: the model's, at most 256]",
)
@named_files_options
def command(
    model: str,
    kind: str,
    output: Path,
    recipe_file: Path | None,
    psi: float | None,
    seeds: tuple[int, ...],
    columns: tuple[int, ...],
    layers: str,
    psis: tuple[float, ...],
    names: tuple[str, ...] | None,
    amounts: tuple[float, ...],
    direction_files: tuple[Path, ...],
    count: int,
    step: float,
    size: int | None,
    **files: Unpack[NamedFiles],
) -> None:
    """Write a table of pictures of MODEL: one PNG, with the recipe of every picture inside.

    Kinds: mixing (seeds by seeds), psi (seeds by psi), seeds (around a place of the seed plane),
    noise (drawn anew, in all layers, coarse, fine or none); directions (by amounts), strips
    (from seed to seed) and variations (nine neighbours).
    """
    from stylestudio.editing import sheets
    from stylestudio.editing.lookup import chosen_edits
    from stylestudio.recipe.sheets import check_size, save_sheet
    from stylestudio.render import open_model

    assets = assets_of(files)
    given = read_look(recipe_file, assets) if recipe_file else None
    opened = open_model(model)
    start = Recipe.from_seed(0, opened, truncation_psi=0.7)
    recipe = adapted(given, opened) if given else start
    recipe = recipe if psi is None else recipe.replace(truncation_psi=psi)
    chosen = sheets.SheetChoice(seeds, columns, layers, psis, amounts, count, step)
    edits = []
    if kind in ("directions", "variations"):
        known = open_all(direction_files, opened)
        edits = chosen_edits(opened, names or (), known, recipe=recipe)
    sheet = sheets.make_sheet(kind, opened, recipe, chosen, edits)  # type: ignore[arg-type]
    side = size or min(opened.resolution, 256)
    check_size(sheet, side)
    pictures = _rendered(opened, sheet, assets)
    others = sheets.differences(sheet, pictures) if kind == "noise" else None
    save_sheet(output, sheet, pictures, side, others)
    assets.export(recipe, output.absolute().parent)
    click.echo(f"Wrote {click.format_filename(output)}: {len(pictures)} pictures")


def _rendered(model: Model, sheet: Sheet, assets: Assets) -> list[NDArray[np.uint8]]:
    from stylestudio.editing.sheets import render_sheet

    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=len(sheet.recipes), label="Rendering", file=sys.stderr, hidden=hidden
    ) as bar:
        return render_sheet(model, sheet, assets=assets, on_progress=lambda _: bar.update(1))
