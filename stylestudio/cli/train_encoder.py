"""`stylestudio train encoder`: a network that starts inversions into a model in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.paths import FILE, NEW_FILE, work_dir_option
from stylestudio.cli.training_run import (
    begin,
    check_folder_of,
    prepare,
    resume_option,
    threads_option,
    trained,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command("encoder", short_help="Train an encoder, which gives inversions a good start.")
@click.argument("model", metavar="MODEL")
@click.option(
    "--out",
    type=NEW_FILE,
    help="The encoder to write.  [default: where the studio finds it]",
)
@work_dir_option("encoder", "Where the resumable state goes.")
@click.option("--steps", type=click.IntRange(1), default=1500, show_default=True)
@click.option(
    "--start",
    type=FILE,
    help="Begin with another encoder, e.g. of an earlier state of the model.",
)
@resume_option
@threads_option()
def encoder(
    model: str,
    out: Path | None,
    work_dir: Path,
    steps: int,
    start: Path | None,
    resume: bool,
    threads: int,
) -> int:
    """Train an encoder for MODEL (a file, or the name of a built-in) on the model's own samples.

    It serves exactly this model. No photos are needed. One that is worse than the average
    picture is not installed. Ctrl-C stops after the current step; the same command with --resume
    continues from there.
    """
    from stylestudio.inversion.encoder import own_encoder_path, read_encoder, save_encoder
    from stylestudio.inversion.encoder_training import EncoderSettings, EncoderTrainer
    from stylestudio.render import open_model

    prepare(threads)
    if out:
        check_folder_of(out)
    opened = open_model(model)
    first = read_encoder(start).encoder if start else None
    trainer = EncoderTrainer(opened, EncoderSettings(steps=steps), first)
    state = work_dir / "state.pt"
    begin(trainer, state, resume)
    if not trained(
        trainer, state, total_steps=steps, label=lambda progress: f"error {progress.loss:.3f}"
    ):
        return 130
    error, of_average = trainer.held_out_errors()
    if error >= of_average:
        worse = (
            f"after {steps} steps the encoder is no better than the average picture "
            f"(error {error:.2f}, the average's {of_average:.2f})"
        )
        if out is None:
            raise click.ClickException(
                f"{worse}, so it was not installed; train it again with more --steps."
            )
        say_note(f"{worse}; train it again with more --steps.")
    path = out or own_encoder_path(opened)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_encoder(trainer.encoder, opened, path)
    click.echo(f"Wrote {click.format_filename(path)}")
    return 0
