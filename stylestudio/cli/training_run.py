"""What the training commands share: beginning or resuming, the bar, sample sheets, Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor

    from stylestudio.progress import Cancel
    from stylestudio.training.runs import Reported, Resumable

    class Trainer(Resumable[Reported], Protocol[Reported]):
        """A resumable training that can show what it has come to."""

        def samples(self, count: int) -> Tensor:
            """Rows of `count` pictures, one after the other: [rows * count, 3, R, R] in -1..1."""


Command = TypeVar("Command", bound="Callable[..., Any]")

SHEET_EVERY = 500  # steps
SHEET_COLUMNS = 8

resume_option = click.option(
    "--resume", is_flag=True, help="Go on from the state in the working folder."
)


def threads_option(default: int = 1) -> Callable[[Command], Command]:
    """How many threads of the processor a training takes."""
    return click.option(
        "--threads",
        type=click.IntRange(1),
        default=default,
        show_default=True,
        help="CPU threads to use.",
    )


def prepare(threads: int) -> None:
    """Set torch up for long work on the processor.

    Numbers too small to matter count as 0; they are many times slower than others.
    """
    import torch

    from stylestudio.memory import keep_freed_memory

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    keep_freed_memory()


def multiplies_bfloat16() -> bool:
    """Whether this processor is faster with bfloat16; without such instructions it crawls."""
    import torch

    from stylestudio.render.precision import fastest_type

    return fastest_type(torch.device("cpu")) == torch.bfloat16


def check_folder_of(out: Path) -> None:
    """Raise UsageError where the folder that --out lies in does not exist."""
    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"the folder of --out, {out.absolute().parent}, does not exist.")


def begin(trainer: Resumable[Reported], state: Path, resume: bool) -> None:
    """Load the state to resume, or see to it that none would be overwritten."""
    from stylestudio.training.runs import load_state

    if resume:
        load_state(trainer, state)
    elif state.exists():
        raise click.UsageError(f"{state} exists; add --resume, or choose another --work-dir.")


def drive(
    trainer: Trainer[Reported],
    state: Path,
    out: Path,
    *,
    total_steps: int,
    label: Callable[[Reported], str],
    write: Callable[[Path], None],
) -> int:
    """Train with a bar, write the model; 130 where Ctrl-C stopped it, as shells expect."""
    from stylestudio.training.sheets import save_sheet

    for progress in with_bar(trainer, state, total_steps=total_steps, label=label):
        if progress.done % SHEET_EVERY == 0 or trainer.finished:
            sheet = state.with_name(f"samples-{progress.done:06d}.png")
            save_sheet(trainer.samples(SHEET_COLUMNS), SHEET_COLUMNS, sheet)
    if not trainer.finished:
        click.echo(f"Stopped at step {trainer.step} of {total_steps}; --resume goes on.", err=True)
        return 130
    write(out)
    click.echo(f"Wrote {out}")
    return 0


def with_bar(
    trainer: Resumable[Reported],
    state: Path,
    *,
    total_steps: int,
    label: Callable[[Reported], str],
) -> Iterator[Reported]:
    """Train to the end with a bar, or until Ctrl-C, which ends it after the current step."""
    from stylestudio.progress import Cancel
    from stylestudio.training.runs import run

    state.parent.mkdir(parents=True, exist_ok=True)
    cancel = Cancel()
    steps = run(trainer, state, cancel)
    with (
        finishing_by_ctrl_c(cancel),
        contextlib.closing(steps),
        click.progressbar(length=total_steps, label="Training", file=sys.stderr) as bar,
    ):
        bar.update(trainer.step)
        for progress in steps:
            bar.label = label(progress)
            bar.update(1)
            yield progress


@contextlib.contextmanager
def finishing_by_ctrl_c(cancel: Cancel) -> Iterator[None]:
    """Let Ctrl-C end the work after the step it is in, so that no step is cut in half.

    A second one ends it at once.
    """

    def finish(_number: int, _frame: object) -> None:
        if cancel.is_finishing:
            raise KeyboardInterrupt
        cancel.finish()

    previous = signal.signal(signal.SIGINT, finish)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
