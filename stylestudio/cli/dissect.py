"""`stylestudio dissect`: the units of a model that draw what is brushed, or what words say."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from stylestudio.cli.paths import FILE, NEW_FILE
from stylestudio.cli.training_run import check_folder_of
from stylestudio.cli.words_given import text_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from stylestudio.editing import UnitSet
    from stylestudio.progress import Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

FIRST = 12  # units that are printed


@click.command("dissect")
@click.argument("model", metavar="MODEL")
@click.option(
    "--mask",
    "masks",
    type=(str, FILE),
    multiple=True,
    metavar="PICTURE PNG",
    help="A seed, or a file that carries a recipe, and a mask that is white where "
    "the picture shows what you mean; once for each of 1 to 10 samples.",
)
@click.option(
    "--words",
    default="",
    metavar="WORDS",
    help='What you mean, in words such as "glasses", instead of masks.',
)
@click.option(
    "--samples",
    type=click.IntRange(1, 10),
    default=5,
    show_default=True,
    help="The number of pictures to find the words in.",
)
@text_option
@click.option(
    "--step",
    metavar="STEP",
    help="The step whose units are ranked, by name (b32.conv1) or number.  [default: the best one]",
)
@click.option("--count", type=click.IntRange(1), help="The most units to keep.  [default: a tenth]")
@click.option(
    "--quick",
    is_flag=True,
    help="Rank by where units fire alone, not by what the picture loses without them.",
)
@click.option("--name", help="Of the units.  [default: the words, or units]")
@click.option("--keep", is_flag=True, help="Keep them for this model, for the window too.")
@click.option("-o", "--output", type=NEW_FILE, metavar="OUT.json", help="Write them to a file.")
@click.option("--kept", is_flag=True, help="Find nothing; list the units kept for MODEL.")
def command(
    model: str,
    masks: tuple[tuple[str, Path], ...],
    words: str,
    samples: int,
    text_model: str,
    step: str | None,
    count: int | None,
    quick: bool,
    name: str | None,
    keep: bool,
    output: Path | None,
    kept: bool,
) -> None:
    """Find the units of MODEL (a file, or the name of a built-in model) that draw what you mean.

    You say it by masks or in words. Units are the maps that a step of synthesis hands to the next.
    Those found can be taken away, boosted and inserted: in the window's Dissect dock, or by
    `UnitSet` in Python.
    """
    if not kept and bool(masks) == bool(words.strip()):
        raise click.UsageError("give --words, or --mask SEED PNG once for each sample.")
    if output is not None:
        check_folder_of(output)
    from stylestudio.editing import keep_units, kept_units
    from stylestudio.editing.features import find_step
    from stylestudio.render import open_model
    from stylestudio.text.prompts import name_for, wishes_of

    opened = open_model(model)
    if kept:
        for units in kept_units(opened):
            click.echo(f"{units.name}: {len(units)} units after {units.layer}")
        return
    place = int(step) if step is not None and step.isdecimal() else step
    if place is not None:
        find_step(opened, place)  # to refuse another before the search for words
    pairs = _samples(opened, masks) if masks else _seen(opened, words, samples, text_model)
    name = name or name_for(wishes_of(words or "units"))
    found = _found(opened, pairs, place, count, name, quick=quick)
    click.echo(f"{len(found)} units after {found.layer} (step {found.step}) draw it:")
    for unit, score in [*zip(found.units, found.scores, strict=True)][:FIRST]:
        click.echo(f"  unit {unit:4}  score {score:.3f}")
    if len(found) > FIRST:
        click.echo(f"  and {len(found) - FIRST} more")
    if keep:
        keep_units(found)
        click.echo(f"Kept as {found.name!r} for {opened.name}")
    if output is not None:
        found.save(output)
        click.echo(f"Wrote {click.format_filename(output)}")


def _samples(model: Model, masks: tuple[tuple[str, Path], ...]) -> list[tuple[Recipe, Any]]:
    """Each picture with what is white in its mask, [H, W] in 0..1."""
    import numpy as np

    from stylestudio.editing import DirectionError
    from stylestudio.editing.collecting import recipes_of
    from stylestudio.pictures import read_picture

    found = []
    for word, path in masks:
        recipes = recipes_of([word], model)
        if len(recipes) != 1:
            raise DirectionError(f"{word} names {len(recipes)} pictures; each mask is of one.")
        pixels = np.asarray(read_picture(path).convert("L"), dtype=np.float32)
        found.append((recipes[0], pixels / 255))
    return found


def _seen(model: Model, words: str, samples: int, text_model: str) -> list[tuple[Recipe, Any]]:
    """The pictures that show best what words say, and where, which is told."""
    from stylestudio.recipe.words import describe_source
    from stylestudio.text import open_text_model, regions_by_words

    text = open_text_model(text_model).to(model.device)
    with _shown("Looking at pictures") as show:
        found = regions_by_words(model, words, text, samples=samples, on_progress=show)
    for recipe, mask in found:
        share, source = float(mask.mean()), describe_source(recipe.source)
        click.echo(f'{text.name.capitalize()} sees "{words}" on {share:.1%} of {source}')
    return [*found]


def _found(
    model: Model,
    samples: list[tuple[Recipe, Any]],
    step: int | str | None,
    count: int | None,
    name: str,
    *,
    quick: bool,
) -> UnitSet:
    from stylestudio.editing import dissect

    with _shown("Dissecting") as show:
        return dissect(model, samples, step, count, name=name, learn=not quick, on_progress=show)


@contextmanager
def _shown(label: str) -> Iterator[Callable[[Progress], None]]:
    """A bar that follows what a piece of work reports."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def show(progress: Progress) -> None:
            if progress.stage != bar.label or progress.done < bar.pos:
                bar.label, bar.pos = progress.stage, 0
            bar.length = progress.total
            bar.update(progress.done - bar.pos)

        yield show
