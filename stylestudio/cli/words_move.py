"""`stylestudio words move`: a direction or style channels of a model that lead to words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import parse_safetensors
from stylestudio.cli.training_run import finishing_by_ctrl_c
from stylestudio.cli.words_given import instead_option, text_option, weighted, words_argument

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.editing import Directions
    from stylestudio.render import Model
    from stylestudio.text import TextModel
    from stylestudio.text.prompts import Wish

SEEDS, SAMPLES = 32, 4  # of the two ways, where none are given


@click.command("move", short_help="Find a direction of a model that leads to words.")
@click.argument("model", metavar="MODEL")
@words_argument
@instead_option
@click.option(
    "-o",
    "--output",
    type=parse_safetensors,
    metavar="OUT.safetensors",
    help="The file to write.  [default: MODEL-words.safetensors]",
)
@text_option
@click.option(
    "--seeds",
    type=click.IntRange(8, 100_000),
    metavar="N",
    help=f"The number of random pictures to find the direction from.  [default: {SEEDS}]",
)
@click.option(
    "--by-channels",
    is_flag=True,
    help="Choose style channels by what each does, which is measured once for MODEL and the text "
    "model, and kept.",
)
@click.option(
    "--threshold",
    type=Decimal(0, 1),
    metavar="BETA",
    help="With --by-channels: leave out channels that are less relevant.  [default: keep 50]",
)
@click.option(
    "--samples",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="With --by-channels: the number of pictures that each channel is measured in.  "
    f"[default: {SAMPLES}]",
)
def move(
    model: str,
    words: tuple[str, ...],
    instead_of: str,
    output: Path | None,
    text_model: str,
    seeds: int | None,
    by_channels: bool,
    threshold: float | None,
    samples: int | None,
) -> None:
    """Find the direction of MODEL that leads to WORDS, and write it.

    `render --edit` takes it from the file with --directions, by the words as its name. After
    Ctrl-C, measuring channels continues with the next command that needs them.
    """
    from pathlib import Path as AnyPath

    from stylestudio.render import open_model
    from stylestudio.text import open_text_model
    from stylestudio.text.prompts import name_for, wishes_of

    if by_channels and seeds is not None:
        raise click.UsageError("--seeds is for the other way; --by-channels takes --samples.")
    if not by_channels and (threshold is not None or samples is not None):
        raise click.UsageError("--threshold and --samples need --by-channels.")
    path = output or AnyPath(f"{AnyPath(model).stem}-words.safetensors")
    wishes = wishes_of(weighted(words))
    text = open_text_model(text_model)
    opened = open_model(model)
    text.to(opened.device)
    if by_channels:
        found = _by_channels(opened, text, wishes, instead_of, threshold, samples or SAMPLES)
    else:
        found = _in_w(opened, text, wishes, instead_of, seeds or SEEDS)
    found.save(path)
    click.echo(f'Wrote {click.format_filename(path)}: the direction "{name_for(wishes)}"')


def _in_w(
    model: Model, text: TextModel, wishes: tuple[Wish, ...], instead_of: str, seeds: int
) -> Directions:
    from stylestudio.text.moving import Move, MoveSettings

    settings = MoveSettings(wishes=wishes, instead_of=instead_of, seeds=seeds)
    moving, found = Move(model, text, settings), None
    with click.progressbar(
        length=seeds, label="Finding the direction", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for progress in moving.run():
            bar.update(progress.done - bar.pos)
            found = progress.directions or found
    assert found is not None
    return found


def _by_channels(
    model: Model,
    text: TextModel,
    wishes: tuple[Wish, ...],
    instead_of: str,
    threshold: float | None,
    samples: int,
) -> Directions:
    from stylestudio.progress import Cancel
    from stylestudio.recipe import ModelRef
    from stylestudio.text.by_channels import RelevantChannels, way_for
    from stylestudio.text.prompts import name_for
    from stylestudio.text.relevance import RelevanceWork

    way = way_for(model, text, wishes, instead_of)  # so that wrong words are said at once
    work, cancel = RelevanceWork(model, text, samples), Cancel()
    with (
        finishing_by_ctrl_c(cancel),
        click.progressbar(
            length=work.total,
            label="Measuring channels",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar,
    ):
        for progress in work.run(cancel):
            bar.update(progress.done - bar.pos)
    if not work.is_complete:
        click.echo(f"Stopped; measured {work.known}. The same command continues.", err=True)
        raise click.Abort
    channels = RelevantChannels.of(work.known, way, name_for(wishes))
    found = channels.directions(ModelRef.of(model), threshold)
    count = len(found.channels[0].channels)
    click.echo(
        f"{count} channels, from a relevance of {channels.threshold_for(count):.3f}; "
        f"measured {work.known}"
    )
    return found
