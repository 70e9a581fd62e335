"""`stylestudio drag`: points of a picture moved to where they should be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.deltas import read_look
from stylestudio.cli.drag_report import print_report
from stylestudio.cli.named_files import assets_of, named_files_options
from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE
from stylestudio.cli.render import adapted, parse_output
from stylestudio.cli.training_run import finishing_by_ctrl_c
from stylestudio.recipe import PSI_RANGE, Recipe, RecipeError, parse_number, save_png
from stylestudio.recipe.numbers import MAX_SEED

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    import numpy as np
    from numpy.typing import NDArray

    from stylestudio.cli.named_files import NamedFiles

LOST = 0.5  # from here on, what was found may be something else


def _parse_point(text: str) -> tuple[float, float]:
    """Read X,Y."""
    x, comma, y = text.partition(",")
    try:
        if comma:
            return parse_number(x), parse_number(y)
    except RecipeError:
        pass
    raise click.BadParameter(f"{text!r} is not X,Y in pixels, such as 120,88.")


@click.command("drag")
@click.argument("model", metavar="MODEL")
@click.option(
    "--from",
    "handles",
    type=_parse_point,
    multiple=True,
    metavar="X,Y",
    help="What should move, in pixels from the upper left corner; may be given again.",
)
@click.option(
    "--to",
    "targets",
    type=_parse_point,
    multiple=True,
    metavar="X,Y",
    help="Where it should go, once for each --from.",
)
@click.option(
    "--mask",
    "mask_file",
    type=FILE,
    metavar="FILE",
    help="A picture that is white where things may move and black where they must stay.",
)
@click.option("--seed", type=click.IntRange(0, MAX_SEED), help="The picture.  [default: 0]")
@click.option("--psi", type=Decimal(*PSI_RANGE), help="Truncation.  [default: 1]")
@click.option(
    "--recipe",
    "recipe_file",
    type=FILE,
    metavar="FILE",
    help="Start from a recipe (.json), a PNG that carries one, such as an inverted photo, or a "
    "session.",
)
@named_files_options
@click.option("--steps", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option(
    "-o", "--output", "output", type=parse_output, metavar="OUT.png", help="The .png to write."
)
@click.option("--evaluate", is_flag=True, help="Drag nothing; measure dragging on Portraits.")
@click.option(
    "--count", type=click.IntRange(1, 100), default=20, show_default=True, help="For --evaluate."
)
def command(
    model: str,
    handles: tuple[tuple[float, float], ...],
    targets: tuple[tuple[float, float], ...],
    mask_file: Path | None,
    seed: int | None,
    psi: float | None,
    recipe_file: Path | None,
    steps: int,
    output: Path | None,
    evaluate: bool,
    count: int,
    **files: Unpack[NamedFiles],
) -> int:
    """Move points of a picture of MODEL, step by step, by changing its latent.

    The result is a PNG that carries its recipe and opens in the studio. Ctrl-C ends early and
    keeps the result so far.
    """
    if evaluate:
        print_report(model, count)
        return 0
    if not handles or output is None:
        raise click.UsageError("--from, --to and -o are needed.")
    if len(handles) != len(targets):
        raise click.UsageError(f"there are {len(handles)} --from and {len(targets)} --to.")
    if recipe_file is not None and seed is not None:
        raise click.UsageError("--recipe takes the place of --seed; leave one out.")
    mask = None if mask_file is None else _read_mask(mask_file)
    from stylestudio.editing import drag
    from stylestudio.progress import Cancel
    from stylestudio.render import open_model, render

    assets = assets_of(files)
    given = None if recipe_file is None else read_look(recipe_file, assets)
    opened = open_model(model)
    recipe = adapted(given, opened) if given else Recipe.from_seed(seed or 0, opened)
    if psi is not None:
        recipe = recipe.replace(truncation_psi=psi)
    cancel = Cancel()
    work = drag(opened, recipe, handles, targets, mask, steps=steps, assets=assets, cancel=cancel)
    with (
        finishing_by_ctrl_c(cancel),
        click.progressbar(
            length=steps, label="Dragging", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar,
    ):
        first = last = next(work)
        for last in work:
            bar.label = f"Dragging, {last.distance:.1f} px to go"
            bar.update(1)
    for number, lost in enumerate(last.lost, start=1):
        if lost > LOST:
            say_note(f"Point {number} may be lost: the picture looks different there now.")
    save_png(output, render(opened, last.recipe, assets=assets), last.recipe)
    assets.export(last.recipe, output.absolute().parent)
    click.echo(
        f"{first.distance:.1f} px to the targets at first, {last.distance:.1f} px after "
        f"{last.done} steps"
    )
    click.echo(f"Wrote {click.format_filename(output)}")
    return 130 if cancel.is_finishing else 0


def _read_mask(path: Path) -> NDArray[np.float32]:
    """The brightness of a picture, [H, W] in 0..1. Raises PictureError."""
    from stylestudio.inversion import load_photo

    photo = load_photo(path)
    mask: NDArray[np.float32] = ((photo.pixels.mean(0) + 1) / 2).numpy()
    return mask
