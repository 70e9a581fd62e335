"""`stylestudio train style`: one more style, from one painting."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.paths import FILE, NEW_FILE, keep_what_is_read
from stylestudio.cli.train_styles import (
    content_weight_option,
    contents_option,
    features_option,
    new_name,
    open_features,
    read_contents,
)
from stylestudio.cli.training_run import (
    check_folder_of,
    finishing_by_ctrl_c,
    prepare,
    seed_option,
    threads_option,
)
from stylestudio.progress import Cancel


@click.command("style")
@click.argument(
    "painting",
    type=FILE,
    metavar="PAINTING",
)
@click.option(
    "--bank",
    "bank_name",
    default="atelier",
    show_default=True,
    metavar="BANK",
    help="The style bank to add to, a file or a built-in one; it stays as it is.",
)
@click.option(
    "--out",
    type=NEW_FILE,
    required=True,
    help="The style bank to write, .safetensors.",
)
@click.option("--name", help="What to call the style.  [default: the painting's file name]")
@contents_option
@features_option
@click.option(
    "--steps", type=click.IntRange(1), default=400, show_default=True, help="Training steps."
)
@content_weight_option
@seed_option
@threads_option(2)
def style(
    painting: Path,
    bank_name: str,
    out: Path,
    name: str | None,
    photos: tuple[Path, ...],
    features: tuple[str, ...],
    steps: int,
    content_weight: float,
    seed: int,
    threads: int,
) -> int:
    """Learn the style of PAINTING and write the bank with the style added.

    The network of the bank stays as it is; only the scales and shifts of the new style are
    learned, in minutes. After Ctrl-C the bank is written with the style as far as it was learned.
    """
    from stylestudio.checkpoints import write_styles
    from stylestudio.transfer.learning import WEAK, learn_style, read_bank, style_left, with_style
    from stylestudio.transfer.losses import LossWeights
    from stylestudio.transfer.paintings import read_painting

    check_folder_of(out)
    keep_what_is_read(out, painting, Path(bank_name))
    prepare(threads)
    bank = read_bank(bank_name)
    name = new_name(name or painting.stem, bank.names)
    cancel = Cancel()
    example, contents = read_painting(painting, note=say_note), read_contents(photos)
    loss_network = open_features(*features)
    learning = learn_style(
        bank,
        example,
        contents,
        loss_network,
        steps=steps,
        weights=LossWeights(content=content_weight),
        seed=seed,
        cancel=cancel,
    )
    with (
        finishing_by_ctrl_c(cancel),
        contextlib.closing(learning),
        click.progressbar(length=steps, label="Learning", file=sys.stderr) as bar,
    ):
        for progress in learning:
            bar.label = f"style {progress.loss:.2f}" if progress.done else progress.stage
            bar.update(progress.done - bar.pos)
    grown = with_style(bank, name, progress.row)
    write_styles(out, grown.network, grown.names, half=True)
    click.echo(f"Wrote {out}")
    left = style_left(bank, progress.row, example, contents, loss_network)
    if left > WEAK:
        say_note(
            f"the style is weak: {left:.0%} of the distance to {painting.name} is left. Try a "
            "lower --content-weight (0.1), more --steps, or another part of the painting."
        )
    if progress.done < steps:
        click.echo(f"Stopped after step {progress.done} of {steps}.", err=True)
        return 130
    return 0
