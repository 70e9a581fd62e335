"""`stylestudio words imagine`: new pictures from words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE
from stylestudio.cli.render import parse_output
from stylestudio.cli.training_run import check_folder_of, prepare, threads_option
from stylestudio.cli.words_given import seed_option, text_option, weighted

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.text.imagining import Imagined, Imagining

COLUMNS = 4  # of a sheet


@click.command("imagine", short_help="Imagine pictures that fit words: DALL-E's idea in miniature.")
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "--out",
    type=parse_output,
    metavar="SHEET.png",
    required=True,
    help="The sheet to write.",
)
@click.option("--count", type=click.IntRange(1, 256), default=4, show_default=True)
@click.option(
    "--written",
    type=click.IntRange(1, 256),
    default=48,
    show_default=True,
    help="Pictures to write, of which those that fit best are kept.",
)
@click.option(
    "--guidance",
    type=Decimal(0, 10),
    default=8.0,
    show_default=True,
    help="How closely to follow the words; more costs variety.",
)
@click.option(
    "--temperature",
    type=Decimal(0, 10, min_open=True),
    default=1.0,
    show_default=True,
    help="Below 1, pictures grow more usual.",
)
@click.option(
    "--top-k",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    help="Draw only from so many of the likeliest codes.",
)
@seed_option
@click.option(
    "--writer",
    type=FILE,
    metavar="FILE",
    help="A file of `train tokens` to write with.  [default: the built-in one]",
)
@text_option
@threads_option()
def imagine(
    words: tuple[str, ...],
    output: Path,
    count: int,
    written: int,
    guidance: float,
    temperature: float,
    top_k: int,
    seed: int,
    writer: Path | None,
    text_model: str,
    threads: int,
) -> None:
    """Imagine portraits that fit WORDS, and write the best as a sheet.

    The built-in network is DALL-E's idea in miniature: it writes portraits of 64 pixels in
    StyleStudio's own manner and knows some hundred words. Several WORDS have equal weight; "red
    hair:2" counts twice, and "glasses:-1" is to be avoided.
    """
    from stylestudio.text import open_text_model
    from stylestudio.text.imagining import BUILT_IN, ImagineSettings, Imagining, open_picture_writer
    from stylestudio.text.prompts import wishes_of

    prepare(threads)
    check_folder_of(output)
    settings = ImagineSettings(
        wishes=wishes_of(weighted(words)),
        count=count,
        written=max(count, written),
        guidance=guidance,
        temperature=temperature,
        top_k=top_k,
        seed=seed,
    )
    writes = open_picture_writer(writer or BUILT_IN)
    found = _run(Imagining(settings, open_text_model(text_model), writes))
    _save_sheet(found, output)
    likenesses = ", ".join(f"{one.likeness:.3f}" for one in found)
    click.echo(f"Wrote {click.format_filename(output)}: likeness {likenesses}")


def _run(imagining: Imagining) -> tuple[Imagined, ...]:
    found: tuple[Imagined, ...] = ()
    with click.progressbar(
        length=1, label="Imagining", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for progress in imagining.run():
            found = progress.found
            bar.length = progress.total
            bar.update(progress.done - bar.pos)
    return found


def _save_sheet(found: tuple[Imagined, ...], path: Path) -> None:
    """Write the pictures in rows, the one that fits best first; places that are left stay white."""
    import torch

    from stylestudio.transfer.pictures import save_picture

    columns = min(COLUMNS, len(found))
    side = found[0].picture.shape[0]
    rows = -(-len(found) // columns)
    sheet = torch.ones(3, rows * side, columns * side)
    for index, one in enumerate(found):
        row, column = (side * place for place in divmod(index, columns))
        pixels = torch.from_numpy(one.picture).permute(2, 0, 1) / 255
        sheet[:, row : row + side, column : column + side] = pixels
    save_picture(path, sheet[None])
