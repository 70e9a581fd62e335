"""One training in the window: its work on a task's thread, and all that it has come to so far."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from filelock import Timeout

from stylestudio.errors import StyleStudioError
from stylestudio.files import locked
from stylestudio.measures.training_fid import TrainingFid
from stylestudio.progress import Progress
from stylestudio.render import open_model
from stylestudio.training.adversarial.figures import read_figures
from stylestudio.training.adversarial.finish import write_model, write_model_of_state
from stylestudio.training.adversarial.keeping import FIGURES, Keeper, Schedule
from stylestudio.training.adversarial.pictures import find_files, read_pictures
from stylestudio.training.adversarial.starting import few_note, takes_bfloat16
from stylestudio.training.adversarial.trainer import migrate_identity
from stylestudio.training.runs import load_state, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from stylestudio.app.features.train.trainings import Training
    from stylestudio.progress import Cancel
    from stylestudio.training.adversarial.figures import Figures
    from stylestudio.training.adversarial.pictures import Pictures
    from stylestudio.training.adversarial.trainer import AdversarialTrainer

COLUMNS = 4  # of the sheet: three rows of generated pictures, above one of real ones
SHEET_EVERY = 5.0  # seconds; more, where a sheet takes long
SHEET_SHARE = 20  # times as long as a sheet takes, at least
SHOWN = 480  # pixels of its side, at most about


class TrainError(StyleStudioError, ValueError):
    """A training can't be worked on; the message is one sentence for the user."""


class TrainRun:
    """The work of one task. Knows no Qt; other threads may read all that has no underscore."""

    def __init__(self, training: Training, device: Callable[[], tuple[str, str]]) -> None:
        """`device` says where to compute, as for the models that are opened."""
        self.training = training
        self.notes: list[str] = []  # sentences: what the user should know, but what ends nothing
        self.figures: list[Figures] = read_figures(training.folder / FIGURES)
        self.trainer: AdversarialTrainer | None = None
        self._device = device

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> Path | None:
        """Train to the end, or until told to finish early; the model's file once it is done.

        Raises Cancelled, TrainError, and what opening its parts raises.
        """
        torch.set_flush_denormal(True)  # numbers too small to matter are many times slower
        self.training.write()
        with self._alone():
            trainer = self._open(report, cancel)
            keeper = Keeper(
                trainer, self.training.folder, Schedule(), TrainingFid(), self._complain
            )
            self.trainer, self.figures = trainer, keeper.figures.found
            shown, took, picture = time.monotonic(), 0.0, _sheet(trainer)
            steps = run(trainer, self.training.state, cancel, self._complain)
            with contextlib.closing(steps):
                for progress in steps:
                    keeper.after(progress, cancel)
                    now = time.monotonic()
                    if now - shown > max(SHEET_EVERY, SHEET_SHARE * took) or trainer.finished:
                        picture = _sheet(trainer)
                        shown = time.monotonic()
                        took = shown - now
                    report(replace(progress, picture=picture))
            return self.write_model() if trainer.finished else None

    def write_model(self) -> Path:
        """Write the model as it stands, between two steps; by any thread.

        Raises CheckpointError and RunError.
        """
        folder, name, trainer = self.training.folder, self.training.name, self.trainer
        if trainer is None:
            return standing_model(self.training)
        with trainer.between_steps:
            path = folder / f"{name}-{trainer.step:06d}.safetensors"
            write_model(trainer, path)
        return path

    def _open(self, report: Callable[[Progress], None], cancel: Cancel) -> AdversarialTrainer:
        asked = self.training.asked
        report(Progress(0, 0, "Opening"))
        init = open_model(asked.init, device="cpu") if asked.init else None
        side = asked.start.config(init).img_resolution
        pictures = self._read(side, report, cancel)
        device = torch.device(_named(self._device, self.notes))
        trainer = asked.start.begin(pictures, init, device, bfloat16=takes_bfloat16(device))
        if trainer.transfer is not None and trainer.transfer.left:
            self.notes.append(f"Of the model to start from, {trainer.transfer}.")
        if self.training.state.exists():
            load_state(trainer, self.training.state, migrate_identity)
        if trainer.pictures_before is not None:
            self.notes.append(
                f"The pictures have changed: {len(pictures)} where there were "
                f"{trainer.pictures_before}. Training continues with them."
            )
        return trainer

    def _read(self, side: int, report: Callable[[Progress], None], cancel: Cancel) -> Pictures:
        files = find_files(self.training.asked.pictures)

        def reported() -> Iterator[Path]:
            for number, path in enumerate(files):
                cancel.check()
                report(Progress(number, len(files), "Reading pictures"))
                yield path

        pictures = read_pictures(self.training.asked.pictures, reported(), side)
        if few := few_note(len(pictures)):
            self.notes.append(few[0].upper() + few[1:])
        if pictures.skipped:
            name, reason = next(iter(pictures.skipped.items()))
            self.notes.append(f"Skipped {len(pictures.skipped)} files, such as {name}: {reason}")
        return pictures

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep two trainings from writing one state."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.training.folder / ".state.lock"))
            except Timeout:
                raise TrainError(
                    f"{self.training.name} is being trained by another window or command; wait "
                    "for it, or stop it there."
                ) from None
            yield

    def _complain(self, error: OSError) -> None:
        said = (
            f"Training continues, but {self.training.folder} can't be written "
            f"({error.strerror or error}); free some space before you stop it."
        )
        if said not in self.notes:
            self.notes.append(said)


def standing_model(training: Training) -> Path:
    """Write the model of a training that rests. Raises CheckpointError and RunError."""
    path = training.folder / f"{training.name}-as-it-stands.safetensors"
    write_model_of_state(training.state, path)
    return path


def _named(device: Callable[[], tuple[str, str]], notes: list[str]) -> str:
    from stylestudio.render.device import choose_device

    name, remark = device()
    if remark:
        notes.append(remark)
    return str(choose_device(name))


def _sheet(trainer: AdversarialTrainer) -> NDArray[np.uint8]:
    """Three rows of generated pictures, then one of real ones: uint8 [H, W, 3]."""
    pictures = trainer.samples(COLUMNS)
    side = pictures.shape[-1]
    if side * COLUMNS > SHOWN:
        pictures = torch.nn.functional.adaptive_avg_pool2d(pictures, SHOWN // COLUMNS)
        side = SHOWN // COLUMNS
    grid = pictures.reshape(-1, COLUMNS, 3, side, side).permute(0, 3, 1, 4, 2)
    pixels = ((grid.clamp(-1, 1) + 1) * 127.5).round().byte()
    array: NDArray[np.uint8] = pixels.reshape(-1, COLUMNS * side, 3).contiguous().numpy()
    return array
