"""What the training commands share: beginning or resuming, the bar, sample sheets, Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.paths import FOLDER
from stylestudio.files import locked, replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import torch
    from torch import Tensor

    from stylestudio.progress import Cancel
    from stylestudio.training.runs import Reported, Resumable

    class Trainer(Resumable[Reported], Protocol[Reported]):
        """A resumable training that can show what it has come to."""

        def samples(self, count: int) -> Tensor:
            """Rows of `count` pictures, one after the other: [rows * count, 3, R, R] in -1..1."""


Command = TypeVar("Command", bound="Callable[..., Any]")

SHEET_COLUMNS = 8
SHEET_EVERY = 600.0  # seconds
LOG_EVERY = 60.0  # seconds
FIRST_LOG = 10.0  # seconds

resume_option = click.option(
    "--resume", is_flag=True, help="Continue from the state in the working folder."
)
seed_option = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True
)


def _chosen(_context: click.Context, _parameter: click.Parameter, asked: str) -> torch.device:
    from stylestudio.render.device import DeviceError, choose_device

    try:
        return choose_device(asked)
    except DeviceError as error:
        raise click.BadParameter(str(error)) from error


device_option = click.option(
    "--device",
    callback=_chosen,
    default="auto",
    show_default=True,
    help='Where to compute: "cpu", "cuda", "cuda:1"; auto takes a GPU if there is one.',
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


def training_options(command: Command) -> Command:
    """What trainings of a network have in common: --resume, --seed, --device and --threads."""
    for option in (threads_option(), device_option, seed_option, resume_option):
        command = option(command)
    return command


def photos_option(help_: str) -> Callable[[Command], Command]:
    """Folders of photos to learn from, beside what the studio has itself."""
    return click.option(
        "--content", "photos", multiple=True, type=FOLDER, metavar="FOLDER", help=help_
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


def check_folder_of(out: Path) -> None:
    """Raise UsageError where the folder that --out lies in does not exist."""
    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"the folder of --out, {out.absolute().parent}, does not exist.")


def begin(
    trainer: Resumable[Reported],
    state: Path,
    resume: bool,
    migrate: Callable[[str], str] = str,
) -> None:
    """Load the state to resume, or see to it that none would be overwritten."""
    from stylestudio.training.runs import load_state

    if resume:
        load_state(trainer, state, migrate)
    elif state.exists():
        raise click.UsageError(f"{state} exists; add --resume, or choose another --work-dir.")


def drive(
    trainer: Trainer[Reported],
    state: Path,
    out: Path,
    *,
    total_steps: int,
    label: Callable[[Reported], str],
    write: Callable[[Path], str | None],
    captions: Callable[[int], Mapping[int, str]] | None = None,
    as_it_stands: str | None = None,
    after: Callable[[Reported], object] | None = None,
    complain: Callable[[OSError], object] | None = None,
) -> int:
    """Train with a bar, write the model; 130 where Ctrl-C stopped it, as shells expect.

    Sheets of samples are written at the start, every ten minutes and at the end, also by Ctrl-C;
    `captions` says for a step what is to be read above which row. `as_it_stands` names a file in
    the working folder to which Ctrl-C writes the model. `write` may say what it has written instead
    of the file that it was given. `after` is told of each step, and
    `complain` of what can't be written to the working folder.
    """
    from stylestudio.training.sheets import save_sheet

    complain = complain or complain_of(state)

    def show(step: int) -> None:
        sheet = state.with_name(f"samples-{step:06d}.png")
        words = captions(step) if captions else None
        try:
            save_sheet(trainer.samples(SHEET_COLUMNS), SHEET_COLUMNS, sheet, words)
        except OSError as error:
            complain(error)

    shown = None
    for progress in with_bar(
        trainer, state, total_steps=total_steps, label=label, begun=show, complain=complain
    ):
        if after:
            after(progress)
        now = time.monotonic()
        if shown is None:
            shown = now
        if now - shown > SHEET_EVERY and not trainer.finished:
            show(progress.done)
            shown = now
    show(trainer.step)
    if not trainer.finished:
        said = f"Stopped at step {trainer.step} of {total_steps}; --resume continues."
        if as_it_stands:
            path = state.with_name(as_it_stands)
            said += f" The model as it stands is {write(path) or path}."
        click.echo(said, err=True)
        return 130
    click.echo(f"Wrote {write(out) or out}")
    return 0


def trained(
    trainer: Resumable[Reported],
    state: Path,
    *,
    total_steps: int,
    label: Callable[[Reported], str],
) -> bool:
    """Train with a bar; whether to the end, or Ctrl-C stopped it, which is said."""
    for _ in with_bar(trainer, state, total_steps=total_steps, label=label):
        pass
    if not trainer.finished:
        click.echo(
            f"Stopped at step {trainer.step} of {total_steps}; --resume continues.", err=True
        )
    return trainer.finished


def with_bar(
    trainer: Resumable[Reported],
    state: Path,
    *,
    total_steps: int,
    label: Callable[[Reported], str],
    begun: Callable[[int], object] | None = None,
    log: bool = True,
    complain: Callable[[OSError], object] | None = None,
) -> Iterator[Reported]:
    """Train to the end with a bar, or until Ctrl-C, which ends it after the current step.

    With `log`, the working folder keeps the options of the command, and a log with a line now and
    then; where there is no terminal, these lines are printed in place of the bar. `begun` is told
    the step to begin with, once the folder is there; `complain` of what can't be written there
    meanwhile, which ends no training. Raises ClickException where another training works there.
    """
    from stylestudio.progress import Cancel, TimeLeft, duration
    from stylestudio.training.runs import run

    state.parent.mkdir(parents=True, exist_ok=True)
    complain = complain or complain_of(state)
    cancel = Cancel()
    left = TimeLeft(cancel.clock)
    log_file: contextlib.AbstractContextManager[_Log | None] = contextlib.nullcontext()
    if log:
        log_file = _Log(state, trainer.step, total_steps, complain)
    with (
        _alone_in(state),
        finishing_by_ctrl_c(cancel),
        contextlib.closing(run(trainer, state, cancel, complain)) as steps,
        log_file as lines,
        click.progressbar(
            length=total_steps,
            label="Training",
            file=sys.stderr,
            show_eta=False,
            hidden=not sys.stderr.isatty(),
        ) as bar,
    ):
        if begun:
            begun(trainer.step)
        bar.update(trainer.step)
        for progress in steps:
            seconds = left.fill(progress).seconds_left
            words = label(progress)
            if seconds:
                words = f"{duration(seconds)} left, {words}"
            bar.label = words
            bar.update(1)
            if lines:
                lines.log(progress.done, words, last=trainer.finished or cancel.is_finishing)
            yield progress


@contextlib.contextmanager
def _alone_in(state: Path) -> Iterator[None]:
    """Keep two trainings from writing one state."""
    from filelock import Timeout

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(state.with_name(f".{state.stem}.lock")))
        except Timeout:
            raise click.ClickException(
                f"another training is using {state.parent}; wait for it, or choose another "
                "--work-dir."
            ) from None
        yield


def complain_of(state: Path) -> Callable[[OSError], object]:
    """What says once that the working folder, that of `state`, can't be written."""
    return _Complaint(state.parent)


class _Complaint:
    """Says once that the working folder can't be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_said = False

    def __call__(self, error: OSError) -> None:
        if not self._is_said:
            self._is_said = True
            say_note(
                f"Training continues, but its working folder {self._folder} can't be written "
                f"({error.strerror or error}); free some space before you stop it."
            )


class _Log:
    """Plain lines about a training, in its working folder and where no terminal shows a bar."""

    def __init__(
        self, state: Path, step: int, total: int, complain: Callable[[OSError], object]
    ) -> None:
        self._complain = complain
        self._path = state.with_name("log.txt")
        self._total = total
        self._step, self._logged_at, self._pause = step, time.monotonic(), FIRST_LOG
        context = click.get_current_context(silent=True)
        self._options = {} if context is None else context.params

    def __enter__(self) -> _Log:
        options = {name: value for name, value in self._options.items() if value is not None}
        kept = json.dumps(options, default=str, indent=1, ensure_ascii=False)
        try:
            with replacing(self._path.with_name("options.json")) as temporary:
                temporary.write_text(kept + "\n", encoding="utf-8")
        except OSError as error:
            self._complain(error)
        self._write(f"begins at step {self._step} of {self._total}")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and kind is not GeneratorExit:
            self._write(f"stopped by {kind.__name__}")

    def log(self, step: int, words: str, *, last: bool) -> None:
        """Write a line where one is due."""
        now = time.monotonic()
        if now - self._logged_at < self._pause and not last:
            return
        pace = (now - self._logged_at) / max(1, step - self._step)
        line = f"step {step} of {self._total}, {pace:.3g} s a step, {words}"
        self._step, self._logged_at, self._pause = step, now, LOG_EVERY
        self._write(line)
        if not sys.stderr.isatty():
            click.echo(line, err=True)

    def _write(self, line: str) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
        except OSError as error:
            self._complain(error)


@contextlib.contextmanager
def finishing_by_ctrl_c(cancel: Cancel) -> Iterator[None]:
    """Let Ctrl-C end the work after the step it is in, so that no step is cut in half.

    A second one ends it at once. A request to end (SIGTERM) counts as Ctrl-C.
    """

    def finish(_number: int, _frame: object) -> None:
        if cancel.is_finishing:
            raise KeyboardInterrupt
        cancel.finish()

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, finish) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
