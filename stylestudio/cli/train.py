"""`stylestudio train`: the models that ship with the studio, from nothing."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.training.evaluate import Report
    from stylestudio.training.trainer import Trainer

SHEET_EVERY = 500  # steps
SHEET_COLUMNS = 8


@click.group("train")
def command() -> None:
    """Train the models that ship with the studio."""


@command.command("horizons")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("horizons.safetensors"),
    show_default=True,
    help="The model file to write.",
)
@click.option(
    "--work-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/horizons"),
    show_default=True,
    help="Where the resumable state and the sample sheets go.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0, 10, min_open=True),
    default=1.0,
    show_default=True,
    help="Share of the full training: 0.01 is a quick look.",
)
@click.option("--resume", is_flag=True, help="Go on from the state in the working folder.")
@click.option(
    "--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads to use."
)
@click.option(
    "--evaluate",
    "evaluated",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Do not train; measure this Horizons model against its scene.",
)
def horizons(
    out: Path, work_dir: Path, scale: float, resume: bool, threads: int, evaluated: Path | None
) -> int:
    """Train Horizons, the landscapes that the window opens on.

    Ctrl-C stops after the current step; the same command with --resume goes on from there.
    """
    import torch

    from stylestudio.training.horizons import SETTINGS, Horizons
    from stylestudio.training.runs import RunError, load_state
    from stylestudio.training.trainer import Trainer

    torch.set_num_threads(threads)
    if evaluated:
        _print_report(_evaluate(evaluated))
        return 0
    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"the folder of --out, {out.absolute().parent}, does not exist.")
    trainer = Trainer(Horizons(), SETTINGS if scale == 1 else SETTINGS.scaled(scale))
    state = work_dir / "state.pt"
    if resume:
        try:
            load_state(trainer, state)
        except RunError as error:
            raise click.ClickException(str(error)) from error
    elif state.exists():
        raise click.UsageError(f"{state} exists; add --resume, or choose another --work-dir.")
    return _train(trainer, state, out)


def _train(trainer: Trainer, state: Path, out: Path) -> int:
    """Train with a bar, write the model; 130 where Ctrl-C stopped it, as shells expect."""
    from stylestudio.training.finish import write_model
    from stylestudio.training.runs import run
    from stylestudio.training.sheets import save_sheet

    state.parent.mkdir(parents=True, exist_ok=True)
    total = trainer.settings.total_steps
    steps = run(trainer, state)
    with (
        _interrupts() as interrupts,
        contextlib.closing(steps),
        click.progressbar(length=total, label="Training", file=sys.stderr) as bar,
    ):
        bar.update(trainer.step)
        for progress in steps:
            bar.label = f"{progress.resolution} px, loss {progress.loss:.3f}"
            bar.update(1)
            if progress.step % SHEET_EVERY == 0 or trainer.finished:
                sheet = state.with_name(f"samples-{progress.step:06d}.png")
                save_sheet(trainer.samples(SHEET_COLUMNS), SHEET_COLUMNS, sheet)
            if interrupts:
                break
    if not trainer.finished:
        click.echo(f"Stopped at step {trainer.step} of {total}; --resume goes on.", err=True)
        return 130
    write_model(trainer, out)
    click.echo(f"Wrote {out}")
    return 0


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list, so that a step is never cut in half."""
    seen: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, previous)


def _evaluate(path: Path) -> Report:
    from stylestudio.checkpoints import read_checkpoint
    from stylestudio.training.evaluate import evaluate
    from stylestudio.training.horizons import SETTINGS, Horizons

    network = read_checkpoint(path).network
    if network.config != SETTINGS.config:
        raise click.ClickException(f"{path} is not a Horizons model: its architecture differs.")
    return evaluate(network, Horizons(), SETTINGS.seed)


def _print_report(report: Report) -> None:
    click.echo(
        f"Against the painted scene, {report.pictures} held-out landscapes:\n"
        f"  attributes given in W           {report.psnr:6.2f} dB\n"
        f"  through the mapping network     {report.psnr_from_z:6.2f} dB\n"
        f"Noise:\n"
        f"  fine detail left when off       {report.detail_without_noise:6.1%}\n"
        f"  fine detail moved by a reseed   {report.reseed_detail:6.1%}\n"
        f"  layout moved by a reseed        {report.reseed_layout:6.1%}\n"
        f"Rows of one group from another landscape, against the scene\n"
        f"                    mixed likewise       unmixed"
    )
    for swap in report.swaps:
        click.echo(f"  {swap.group:<14} {swap.to_intended:13.2f} dB {swap.to_original:10.2f} dB")
