"""`stylestudio words ask`: what there is, by likeness to words or to a picture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.many_seeds import parse_seeds
from stylestudio.cli.notes import say_note
from stylestudio.cli.paths import EXISTING, FILE
from stylestudio.cli.words_given import text_option, weighted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stylestudio.text import TextModel
    from stylestudio.text.asking import AnyTarget, Likeness


@click.command("ask", short_help="Rank pictures, seeds, styles or directions by words.")
@click.argument("words", metavar="WORDS...", nargs=-1)
@click.option(
    "--pictures",
    type=EXISTING,
    multiple=True,
    metavar="FILE",
    help="A picture, or a folder of them; may be given again.",
)
@click.option(
    "--like", type=FILE, metavar="PICTURE", help="Rank by likeness to this picture, without words."
)
@click.option("--model", help="Rank this model's seeds, or its directions.")
@click.option(
    "--seeds", type=parse_seeds, metavar="SEEDS", help="[default: 0-49; for --directions, 0-7]"
)
@click.option("--directions", is_flag=True, help="Rank the directions of --model, over the seeds.")
@click.option(
    "--styles",
    metavar="BANK",
    help="Rank the styles of this bank (a file, or the name of a built-in one), by the first of "
    "--pictures painted in each.",
)
@click.option(
    "--top", type=click.IntRange(1), default=10, show_default=True, help="The most results to show."
)
@text_option
def ask(
    words: tuple[str, ...],
    pictures: tuple[Path, ...],
    like: Path | None,
    model: str | None,
    seeds: tuple[int, ...] | None,
    directions: bool,
    styles: str | None,
    top: int,
    text_model: str,
) -> None:
    """Print what fits WORDS best, with likenesses."""
    from stylestudio.text import open_text_model
    from stylestudio.text.prompts import Target, wishes_of

    if bool(words) == bool(like):
        raise click.UsageError("give WORDS, or a picture after --like.")
    if bool(pictures) == bool(model):
        raise click.UsageError("name --pictures or a --model to rank.")
    if styles and not pictures:
        raise click.UsageError("--styles needs --pictures to paint.")
    if directions and not model:
        raise click.UsageError("--directions needs a --model.")
    if seeds and not model:
        raise click.UsageError("--seeds needs a --model.")
    weights = weighted(words)
    wishes = wishes_of(weights) if weights else ()
    text = open_text_model(text_model)
    target = _like(text, like) if like else Target(text, wishes)
    if model:
        found = _asked_model(text, target, model, seeds, directions=directions)
    else:
        found = _asked_pictures(text, target, pictures, styles)
    for one in found[:top]:
        click.echo(f"{one.likeness:7.3f}  {one.name}")


def _like(text: TextModel, file: Path) -> AnyTarget:
    from stylestudio.text.prompts import PictureTarget
    from stylestudio.transfer.pictures import read_picture, shortest_side

    return PictureTarget(text, read_picture(file, shortest_side(text.image_size), say_note))


def _asked_model(
    text: TextModel,
    target: AnyTarget,
    model: str,
    seeds: tuple[int, ...] | None,
    *,
    directions: bool,
) -> list[Likeness]:
    from stylestudio.editing import directions_of
    from stylestudio.recipe import ModelRef, Recipe
    from stylestudio.render import open_model
    from stylestudio.text.asking import ask_directions, ask_seeds, sort
    from stylestudio.text.worlds import check_speaks_of

    opened = open_model(model)
    check_speaks_of(text, opened)
    steps: Iterable[Likeness]
    if directions:
        known = directions_of(ModelRef.of(opened))
        steps = ask_directions(text, target, opened, known, seeds or range(8))
        total = len(known)
    else:
        look = Recipe.from_seed(0, opened, truncation_psi=0.7)
        seeds = seeds or tuple(range(50))
        steps, total = ask_seeds(text, target, opened, look, seeds), len(seeds)
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        steps, length=total, label="Looking", file=sys.stderr, hidden=hidden
    ) as bar:
        return sort(bar)


def _asked_pictures(
    text: TextModel, target: AnyTarget, pictures: tuple[Path, ...], styles: str | None
) -> list[Likeness]:
    from stylestudio.cli.photos import photo_files
    from stylestudio.render import open_styles
    from stylestudio.text.asking import ask_pictures, ask_styles
    from stylestudio.transfer.pictures import read_picture, shortest_side

    side = shortest_side(max(text.image_size, 256) if styles else text.image_size)
    files = photo_files(pictures)
    if styles:
        return ask_styles(text, target, open_styles(styles), read_picture(files[0], side, say_note))
    return ask_pictures(
        text, target, {str(file): read_picture(file, side, say_note) for file in files}
    )
