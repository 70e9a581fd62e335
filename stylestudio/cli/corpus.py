"""`stylestudio corpus`: whether a change of the program moved a bit of any frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import FILE, FOLDER, NEW_FILE

if TYPE_CHECKING:
    from pathlib import Path

WORST = 12  # differences that are listed
_models = click.option(
    "--models",
    type=FOLDER,
    help="A folder of model files to include beside the built-in models.",
)


@click.group("corpus")
def command() -> None:
    """Check that a change to the program doesn't change any frame.

    Record before a change, compare after it, on the same machine.
    """


@command.command("record")
@click.argument("file", type=NEW_FILE)
@click.option("--recipes", type=click.IntRange(min=1), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@_models
def record(file: Path, recipes: int, seed: int, models: Path | None) -> None:
    """Render random recipes in every way and record the results in FILE."""
    from stylestudio.bench import corpus

    count = corpus.record(file, models, recipes, seed)
    click.echo(f"{count} pictures of {recipes} recipes are on record in {file}.")


@command.command("compare")
@click.argument("file", type=FILE)
@_models
def compare(file: Path, models: Path | None) -> int:
    """Render the recipes in FILE again; exit with 1 if any byte differs."""
    from stylestudio.bench import corpus

    there, here = corpus.machine_of(file), corpus.machine()
    for fact in there.keys() | here.keys():
        if there.get(fact) != here.get(fact):
            click.echo(
                f"The record was made with {fact} {there.get(fact)}; here it is {here.get(fact)}, "
                "so bytes may differ without a bug."
            )
    found = list(corpus.compare(file, models))
    differences = [each for each in found if isinstance(each, corpus.Difference)]
    for each in sorted(differences, key=lambda each: each.decibels)[:WORST]:
        case = each.case
        click.echo(
            f"Recipe {case.recipe} on {case.model} ({case.precision}, {case.way}) differs by up to "
            f"{each.largest} of 255 ({each.decibels:.1f} dB)."
        )
    same = len(found) - len(differences)
    click.echo(f"{same} pictures are the same to the byte, {len(differences)} are not.")
    return 1 if differences else 0
