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
    from stylestudio.inversion.cropper import Cropper
    from stylestudio.inversion.encoder import Encoder
    from stylestudio.inversion.sample_trainer import SampleTrainer
    from stylestudio.inversion.stored import NetworkStore, NetworkT
    from stylestudio.render import Model


def sample_options(kind: str, steps: int) -> Callable[[Command], Command]:
    """MODEL and the options of both trainings, as `_train` takes them."""
    options = (
        click.argument("model", metavar="MODEL"),
        click.option(
            "--out",
            type=NEW_FILE,
            help=f"The {kind} to write.  [default: where the studio finds it]",
        ),
        work_dir_option(kind, "Where the resumable state goes."),
        click.option("--steps", type=click.IntRange(1), default=steps, show_default=True),
        click.option(
            "--start",
            type=FILE,
            help=f"Begin with another {kind}, e.g. of an earlier state of the model.",
        ),
        resume_option,
        threads_option(),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@click.command("encoder", short_help="Train an encoder, which gives inversions a good start.")
@sample_options("encoder", 1500)
def encoder(**given: Any) -> int:
    """Train an encoder for MODEL (a file, or the name of a built-in) on the model's own samples.

    It serves exactly this model. No photos are needed. One that is worse than the average
    picture is not installed. Ctrl-C stops after the current step; the same command with --resume
    continues from there.
    """
    from stylestudio.inversion.encoder import ENCODERS
    from stylestudio.inversion.encoder_training import EncoderSettings, EncoderTrainer

    def trainer(model: Model, steps: int, start: Encoder | None) -> EncoderTrainer:
        return EncoderTrainer(model, EncoderSettings(steps=steps), start)

    return _train(ENCODERS, trainer, "the average picture", **given)


@click.command("cropper", short_help="Train a cropper, which finds the square of a photo.")
@sample_options("cropper", 3000)
def cropper(**given: Any) -> int:
    """Train a cropper for MODEL (a file, or the name of a built-in) on the model's own samples.

    It finds in photos what the model paints, such as heads, for the search for the crop. No photos
    are needed. One that is no better than a fixed answer is not installed. Ctrl-C stops after the
    current step; the same command with --resume continues from there.
    """
    from stylestudio.inversion.cropper import CROPPERS
    from stylestudio.inversion.cropper_training import CropperSettings, CropperTrainer

    def trainer(model: Model, steps: int, start: Cropper | None) -> CropperTrainer:
        return CropperTrainer(model, CropperSettings(steps=steps), start)

    return _train(CROPPERS, trainer, "a fixed answer", **given)


def _train(
    store: NetworkStore[NetworkT],
    trainer_of: Callable[[Model, int, NetworkT | None], SampleTrainer[NetworkT]],
    worst: str,
    *,
    model: str,
    out: Path | None,
    work_dir: Path,
    steps: int,
    start: Path | None,
    resume: bool,
    threads: int,
) -> int:
    """Train and write a network, unless it is no better than the worst; return the status."""
    from stylestudio.render import open_model

    prepare(threads)
    if out:
        check_folder_of(out)
    opened = open_model(model)
    trainer = trainer_of(opened, steps, store.read(start).network if start else None)
    state = work_dir / "state.pt"
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
    path = out or store.own_path(opened)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.save(trainer.network, opened, path)
    click.echo(f"Error on samples that it has not seen: {error:.3f}; of {worst}: {of_worst:.3f}")
    click.echo(f"Wrote {click.format_filename(path)}")
    return 0
