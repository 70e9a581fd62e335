"""`stylestudio train encoder` and `cropper`: what helps inversions, taught by a model's samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.cli.paths import Command
    from stylestudio.inversion.sample_trainer import SampleTrainer
    from stylestudio.inversion.stored import NetworkStore


def out_option(kind: str) -> Callable[[Command], Command]:
    """--out: where a network of a kind is written."""
    return click.option(
        "--out",
        type=NEW_FILE,
        help=f"The {kind} to write.  [default: where the studio finds it]",
    )


def steps_option(default: int) -> Callable[[Command], Command]:
    """--steps."""
    return click.option("--steps", type=click.IntRange(1), default=default, show_default=True)


def start_option(kind: str) -> Callable[[Command], Command]:
    """--start: what a training begins with."""
    help_ = f"Begin with another {kind}, e.g. of an earlier state of the model."
    return click.option("--start", type=FILE, help=help_)


@click.command("encoder", short_help="Train an encoder, which gives inversions a good start.")
@click.argument("model", metavar="MODEL")
@out_option("encoder")
@work_dir_option("encoder", "Where the resumable state goes.")
@steps_option(1500)
@start_option("encoder")
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
    from stylestudio.inversion.encoder import ENCODERS
    from stylestudio.inversion.encoder_training import EncoderSettings, EncoderTrainer
    from stylestudio.render import open_model

    prepare(threads)
    if out:
        check_folder_of(out)
    opened = open_model(model)
    first = ENCODERS.read(start).network if start else None
    trainer = EncoderTrainer(opened, EncoderSettings(steps=steps), first)
    return _taught(trainer, ENCODERS, out, work_dir, resume, "the average picture")


@click.command("cropper", short_help="Train a cropper, which finds the square of a photo.")
@click.argument("model", metavar="MODEL")
@out_option("cropper")
@work_dir_option("cropper", "Where the resumable state goes.")
@steps_option(3000)
@start_option("cropper")
@resume_option
@threads_option()
def cropper(
    model: str,
    out: Path | None,
    work_dir: Path,
    steps: int,
    start: Path | None,
    resume: bool,
    threads: int,
) -> int:
    """Train a cropper for MODEL (a file, or the name of a built-in) on the model's own samples.

    It finds in photos what the model paints, such as heads, for the search for the crop. No photos
    are needed. One that is no better than a fixed answer is not installed. Ctrl-C stops after the
    current step; the same command with --resume continues from there.
    """
    from stylestudio.inversion.cropper import CROPPERS
    from stylestudio.inversion.cropper_training import CropperSettings, CropperTrainer
    from stylestudio.render import open_model

    prepare(threads)
    if out:
        check_folder_of(out)
    first = CROPPERS.read(start).network if start else None
    trainer = CropperTrainer(open_model(model), CropperSettings(steps=steps), first)
    return _taught(trainer, CROPPERS, out, work_dir, resume, "a fixed answer")


def _taught(
    trainer: SampleTrainer[Any],
    store: NetworkStore[Any],
    out: Path | None,
    work_dir: Path,
    resume: bool,
    worst: str,
) -> int:
    """Train and write a network, unless it is no better than the worst; return the status."""
    state, steps = work_dir / "state.pt", trainer.settings.steps
    begin(trainer, state, resume)
    if not trained(
        trainer, state, total_steps=steps, label=lambda progress: f"error {progress.loss:.3f}"
    ):
        return 130
    error, of_worst = trainer.held_out_errors()
    if error >= of_worst:
        worse = (
            f"after {steps} steps the {store.kind} is no better than {worst} "
            f"(error {error:.2f}, the other's {of_worst:.2f})"
        )
        if out is None:
            raise click.ClickException(
                f"{worse}, so it was not installed; train it again with more --steps."
            )
        say_note(f"{worse}; train it again with more --steps.")
    path = out or store.own_path(trainer.model)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.save(trainer.network, trainer.model, path)
    click.echo(f"Error on samples that it has not seen: {error:.3f}; of {worst}: {of_worst:.3f}")
    click.echo(f"Wrote {click.format_filename(path)}")
    return 0
