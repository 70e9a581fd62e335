"""`stylestudio words draw`: words drawn in pen strokes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, NEW
from stylestudio.cli.training_run import (
    check_folder_of,
    finishing_by_ctrl_c,
    prepare,
    threads_option,
)
from stylestudio.cli.words_given import seed_option, text_option, weighted

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.text import TextModel
    from stylestudio.text.drawing import Drawing, Drawn, DrawSettings

ENDINGS = (".svg", ".png")
PNG_SIDE = 1024
PHRASES = (
    "a person with red hair",
    "a person with blond hair",
    "black glasses",
    "a happy smile",
    "curly hair",
    "long hair",
    "dark skin",
    "blue eyes",
    "red lips",
    "an old face",
)
JUDGED = 32  # perspectives, other than those that were drawn by


@click.command("draw", short_help="Draw words in pen strokes: SVG or PNG.")
@click.argument("words", metavar="WORDS...", nargs=-1)
@click.option("-o", "--output", type=NEW, metavar="OUT", help="The .svg or .png to write.")
@text_option
@click.option("--strokes", type=click.IntRange(1, 1024), default=96, show_default=True)
@click.option("--steps", type=click.IntRange(0, 100_000), default=250, show_default=True)
@click.option(
    "--views",
    type=click.IntRange(0, 64),
    default=4,
    show_default=True,
    help="Random perspectives that each step is judged in; 0 uses the drawing as it is.",
)
@click.option("--painting", type=FILE, metavar="FILE", help="Draw in the manner of this painting.")
@click.option(
    "--manner",
    type=Decimal(0, 100),
    default=1.0,
    show_default=True,
    help="How much the painting counts against the words.",
)
@seed_option
@click.option(
    "--size",
    type=click.IntRange(16, 16384),
    default=PNG_SIDE,
    show_default=True,
    help="Side of a .png in pixels.",
)
@click.option(
    "--evaluate",
    is_flag=True,
    help="Draw nothing; measure drawings of ten phrases, with perspectives and without.",
)
@threads_option()
def draw(
    words: tuple[str, ...],
    output: Path | None,
    text_model: str,
    strokes: int,
    steps: int,
    views: int,
    painting: Path | None,
    manner: float,
    seed: int,
    size: int,
    evaluate: bool,
    threads: int,
) -> None:
    """Draw WORDS in pen strokes, by what a text model sees in them.

    Several WORDS have equal weight; "glasses:-1" is to be avoided. Ctrl-C stops after the current
    step and writes the result so far.
    """
    from stylestudio.text import open_text_model
    from stylestudio.text.drawing import DrawSettings
    from stylestudio.text.prompts import wishes_of

    prepare(threads)
    text = open_text_model(text_model)
    if evaluate:
        _evaluate(text, strokes, steps, views or 4, seed)
        return
    if not words or output is None:
        raise click.UsageError("name the WORDS to draw and, with -o, the file to write.")
    if output.suffix.lower() not in ENDINGS:
        raise click.UsageError(f"{output.name} must end in {' or '.join(ENDINGS)}.")
    check_folder_of(output)
    settings = DrawSettings(
        wishes=wishes_of(weighted(words)),
        strokes=strokes,
        steps=steps,
        views=views,
        manner=manner,
        seed=seed,
    )
    drawn = _draw(_drawing(text, settings, painting))
    if output.suffix.lower() == ".svg":
        drawn.curves.save_svg(output)
    else:
        from stylestudio.transfer.pictures import save_picture

        save_picture(output, drawn.curves.picture(size / drawn.curves.size)[None])
    click.echo(f"Wrote {click.format_filename(output)}: likeness {drawn.likeness:.3f}")


def _drawing(text: TextModel, settings: DrawSettings, painting: Path | None) -> Drawing:
    from stylestudio.cli.notes import say_note
    from stylestudio.text.drawing import Drawing
    from stylestudio.transfer.loss_network import default_loss_network
    from stylestudio.transfer.pictures import longest_side, read_picture

    if painting is None:
        return Drawing(text, settings)
    as_large = longest_side(2 * text.image_size, enlarge=False)
    picture = read_picture(painting, as_large, say_note)[0]
    return Drawing(text, settings, picture, default_loss_network())


def _draw(drawing: Drawing) -> Drawn:
    from stylestudio.progress import Cancel

    cancel, drawn = Cancel(), None
    with (
        finishing_by_ctrl_c(cancel),
        click.progressbar(
            length=drawing.settings.steps + 1,
            label="Drawing",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar,
    ):
        for progress in drawing.run(cancel):
            drawn = progress.drawn or drawn
            bar.label = str(progress)
            bar.update(progress.done + 1 - bar.pos)
    assert drawn is not None
    return drawn


def _evaluate(text: TextModel, strokes: int, steps: int, views: int, seed: int) -> None:
    """Print how well drawings fit ten phrases, in perspectives that they were not drawn by."""
    from dataclasses import replace

    from stylestudio.text.drawing import Drawing, DrawSettings
    from stylestudio.text.prompts import Wish

    better = helped = 0
    click.echo(f"{'':30}{'start':>8}{'random':>8}{'drawn':>8}{'drawn without views':>22}")
    for phrase in PHRASES:
        settings = DrawSettings(wishes=(Wish(phrase),), strokes=strokes, steps=steps, views=views)
        settings = replace(settings, seed=seed)
        drawing = Drawing(text, settings)
        others = Drawing(text, replace(settings, seed=seed + 1)).start()
        curves = [drawing.start(), others, _draw(drawing).curves]
        curves.append(_draw(Drawing(text, replace(settings, views=0))).curves)
        start, random, drawn, plain = (
            drawing.likeness(each, JUDGED, seed + 1_000_003) for each in curves
        )
        better += drawn > max(start, random)
        helped += drawn > plain
        click.echo(f"{phrase:30}{start:8.3f}{random:8.3f}{drawn:8.3f}{plain:22.3f}")
    click.echo(
        f"Above the start and random strokes: {better} of {len(PHRASES)}; "
        f"better with views than without: {helped} of {len(PHRASES)}"
    )
