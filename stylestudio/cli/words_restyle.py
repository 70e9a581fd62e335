"""`stylestudio words restyle`: a style that words ask for, for a picture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, NEW_FILE
from stylestudio.cli.styles import parse_style, spelled
from stylestudio.cli.training_run import check_folder_of, finishing_by_ctrl_c
from stylestudio.cli.words_given import (
    instead_option,
    seed_option,
    text_option,
    weighted,
    words_argument,
)
from stylestudio.progress import Cancel

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.text.restyling import FoundStyle, Restyle


@click.command("restyle", short_help="Find a style that makes a picture fit words.")
@click.argument("bank", metavar="BANK")
@words_argument
@click.option("--picture", type=FILE, required=True, metavar="FILE", help="The picture to paint.")
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    metavar="OUT.safetensors",
    help="The bank to write, with the style added to it; not needed for a --blend.",
)
@click.option("--name", metavar="NAME", help="Name of the style.  [default: the words]")
@click.option(
    "--blend", is_flag=True, help="Only blend the styles of BANK, and print their weights."
)
@click.option(
    "--start",
    type=parse_style,
    metavar="STYLE[:WEIGHT],...",
    help="The styles to start from.  [default: the one that fits best]",
)
@instead_option
@text_option
@click.option("--steps", type=click.IntRange(0, 10_000), default=60, show_default=True)
@click.option(
    "--near",
    type=Decimal(0, 1),
    default=0.5,
    show_default=True,
    help="0 follows the words wherever they lead, 1 stays near the style at the start.",
)
@seed_option
def restyle(
    bank: str,
    words: tuple[str, ...],
    picture: Path,
    output: Path | None,
    name: str | None,
    blend: bool,
    start: dict[str, float] | None,
    instead_of: str,
    text_model: str,
    steps: int,
    near: float,
    seed: int,
) -> int:
    """Find the style of BANK, or learn a new one, that makes a picture fit WORDS.

    BANK is a file, or the name of a built-in one. After Ctrl-C the style is kept as it
    stands.
    """
    from stylestudio.checkpoints import write_styles
    from stylestudio.render import open_styles
    from stylestudio.text import open_text_model
    from stylestudio.text.prompts import wishes_of
    from stylestudio.text.restyling import PAINTED, Restyle, RestyleSettings, grown_bank
    from stylestudio.transfer.learning import read_bank
    from stylestudio.transfer.pictures import read_picture, shortest_side

    if bool(output) == blend:
        raise click.UsageError("give -o for a new style, or --blend for a blend.")
    if output:
        check_folder_of(output)
        read_bank(bank)  # a network that takes no new styles is refused before the search
    settings = RestyleSettings(
        wishes=wishes_of(weighted(words)),
        instead_of=instead_of,
        blend=blend,
        steps=steps,
        nearness=near,
        seed=seed,
    )
    text, styles = open_text_model(text_model), open_styles(bank)
    side = shortest_side(round(PAINTED * text.image_size))
    work = Restyle(
        styles, text, settings, read_picture(picture, side, say_note), spelled(start, styles)
    )
    found = _run(work)
    if output is None:
        assert found.weights is not None
        shares = sorted(found.weights.items(), key=lambda pair: -pair[1])
        click.echo(",".join(f"{style}:{share:.3f}" for style, share in shares))
    else:
        grown = grown_bank(styles, name or work.name, found.row)
        write_styles(output, grown.network, grown.names, half=True)
        click.echo(f"Wrote {click.format_filename(output)}: likeness {found.likeness:.3f}")
    if found.step < steps:
        click.echo(f"Stopped at step {found.step} of {steps}.", err=True)
        return 130
    return 0


def _run(work: Restyle) -> FoundStyle:
    cancel, hidden, found = Cancel(), not sys.stderr.isatty(), None
    total = work.settings.steps
    with (
        finishing_by_ctrl_c(cancel),
        click.progressbar(
            length=total + 1, label="Comparing styles", file=sys.stderr, hidden=hidden
        ) as bar,
    ):
        for progress in work.run(cancel):
            found = progress.found or found
            bar.label = str(progress)
            bar.update(progress.done + 1 - bar.pos)
    assert found is not None
    return found
