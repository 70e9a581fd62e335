"""`stylestudio words`: pictures, directions and rankings from words."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from stylestudio.cli.deltas import read_look
from stylestudio.cli.named_files import assets_of, named_files_options
from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE
from stylestudio.cli.render import parse_output
from stylestudio.cli.training_run import finishing_by_ctrl_c
from stylestudio.cli.words_adapt import adapt
from stylestudio.cli.words_ask import ask
from stylestudio.cli.words_draw import draw
from stylestudio.cli.words_given import (
    instead_option,
    seed_option,
    text_option,
    weighted,
    words_argument,
)
from stylestudio.cli.words_imagine import imagine
from stylestudio.cli.words_map import map_words
from stylestudio.cli.words_measure import measure
from stylestudio.cli.words_move import move
from stylestudio.cli.words_restyle import restyle

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack

    from stylestudio.cli.named_files import NamedFiles
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets
    from stylestudio.text.finding import Found, Search

SAVE_EVERY = 20  # steps between two states that the next run can go on from


@click.group("words")
def command() -> None:
    """Find pictures and directions by words, or rank existing ones.

    Several WORDS have equal weight; "red hair:2" counts twice, and "glasses:-1" is to be
    avoided.
    """


command.add_command(ask)
command.add_command(restyle)
command.add_command(measure)
command.add_command(draw)
command.add_command(adapt)
command.add_command(map_words)
command.add_command(move)
command.add_command(imagine)


@command.command("find", short_help="Find a picture of a model that fits words.")
@click.argument("model", metavar="MODEL")
@words_argument
@click.option("-o", "--output", type=parse_output, metavar="OUT.png", required=True)
@text_option
@click.option("--steps", type=click.IntRange(0, 10_000), default=60, show_default=True)
@click.option(
    "--samples",
    type=click.IntRange(1, 100_000),
    default=128,
    show_default=True,
    help="The number of random pictures to start from; the best is used.",
)
@click.option(
    "--near",
    type=Decimal(0, 1),
    default=0.5,
    show_default=True,
    help="0 follows the words freely, 1 stays near the start.",
)
@instead_option
@seed_option
@click.option(
    "--start",
    type=FILE,
    metavar="RECIPE",
    help="Start from this look, a JSON file, an exported PNG or a session, instead of samples.",
)
@named_files_options
def find(
    model: str,
    words: tuple[str, ...],
    output: Path,
    text_model: str,
    steps: int,
    samples: int,
    near: float,
    instead_of: str,
    seed: int,
    start: Path | None,
    **files: Unpack[NamedFiles],
) -> None:
    """Find a picture of MODEL that fits WORDS, and write it with its recipe.

    Ctrl-C stops after the current step; the same command continues from there.
    """
    from stylestudio.render import open_model, render
    from stylestudio.text import open_text_model
    from stylestudio.text.finding import FindSettings, Search
    from stylestudio.text.prompts import wishes_of

    wishes = wishes_of(weighted(words))
    text = open_text_model(text_model)
    opened = open_model(model)
    settings = FindSettings(
        wishes=wishes,
        steps=steps,
        samples=samples,
        nearness=near,
        instead_of=instead_of,
        seed=seed,
    )
    assets = assets_of(files)
    look = read_look(start, assets) if start else None
    search = Search(opened, text.to(opened.device), settings, look, assets=assets)
    if look is not None:
        # A style or a stage that is nowhere is missed before the search.
        render(opened, look, assets=assets)
    _find(search, output, look, assets)


def _find(search: Search, output: Path, look: Recipe | None, assets: Assets) -> None:
    """Search with a bar, going on from what an interrupted run has left; write the picture."""
    from stylestudio.progress import Cancel
    from stylestudio.recipe import save_png
    from stylestudio.render import render
    from stylestudio.text.unfinished import load_search

    state = output.with_name(f".{output.stem}.search")
    found, total = load_search(search, state), search.settings.steps
    cancel, hidden = Cancel(), not sys.stderr.isatty()
    with (
        finishing_by_ctrl_c(cancel),
        click.progressbar(
            length=total + 1, label="Looking at samples", file=sys.stderr, hidden=hidden
        ) as bar,
    ):
        for progress in search.run(found, cancel):
            found = progress.found or found
            bar.label = str(progress)
            bar.update(progress.done + 1 - bar.pos)
            if progress.found and progress.done and progress.done % SAVE_EVERY == 0:
                _save(search, progress.found, state)
    assert found is not None
    if found.step < total:
        _save(search, found, state)
        click.echo(
            f"Stopped at step {found.step} of {total}; the same command continues.", err=True
        )
        raise click.Abort
    recipe = found.recipe(search.model, search.name[:80], look)
    save_png(output, render(search.model, recipe, assets=assets), recipe)
    assets.export(recipe, output.absolute().parent)
    with suppress(OSError):  # it may not have been written
        state.unlink()
    click.echo(f"Wrote {click.format_filename(output)}: likeness {found.likeness:.3f}")


def _save(search: Search, found: Found, state: Path) -> None:
    """Keep what the next run can go on from, or say that it can't."""
    from stylestudio.text.unfinished import save_search

    try:
        save_search(search, found, state)
    except OSError as error:
        reason = error.strerror or error
        say_note(f"This can't be continued later: {state.name} can't be written: {reason}.")
