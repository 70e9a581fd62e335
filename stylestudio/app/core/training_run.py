"""One training in the window: its work on a task's thread, and all that it has come to so far."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from filelock import Timeout

from stylestudio.errors import StyleStudioError
from stylestudio.files import locked
from stylestudio.progress import Progress
from stylestudio.render.device import choose_device, one_at_a_time
from stylestudio.training.adversarial.pictures import read_pictures
from stylestudio.training.runs import load_state, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from stylestudio.app.core.trainings import Training
    from stylestudio.progress import Cancel
    from stylestudio.training.adversarial.pictures import Pictures

_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^[. ]|[. ]$')  # in names of folders, on some system
LONGEST_NAME = 200  # bytes, of 255 that a file's name may have: those of results have more to say
SHEET_EVERY = 5.0  # seconds; more, where a sheet takes long
SHEET_SHARE = 20  # times as long as a sheet takes, at least
COLUMNS = 4  # of a sheet
SHOWN = 480  # pixels of its width, at most about


class TrainingError(StyleStudioError, ValueError):
    """A training can't be worked on; the message is one sentence for the user."""


class TrainingRun:
    """The work of one task. Knows no Qt; other threads may read all that has no underscore.

    Its folder, which is called as the training is, holds all that it goes on from after any end.
    """

    migrate: Callable[[str], str] = staticmethod(str)  # identities in states of earlier versions

    def __init__(self, training: Training[Any], device: Callable[[], tuple[str, str]]) -> None:
        """`device` says where to compute, as for the models that are opened."""
        self.training = training
        self.name, self.folder, self.state = training.name, training.folder, training.state
        self.notes: list[str] = []  # sentences: what the user should know, but what ends nothing
        self.trainer: Any = None
        self.between_steps = threading.RLock()  # held by a step, and by who reads its result
        self._device = device

    def open(self, report: Callable[[Progress], None], cancel: Cancel) -> Any:
        """What trains: `Resumable`, with `samples` and `device`. Raises Cancelled."""
        raise NotImplementedError

    def write_model(self) -> Path:
        """Write what it has come to, between two steps; by any thread."""
        raise NotImplementedError

    def begin(self, trainer: Any) -> None:
        """Get ready once the trainer stands where an earlier run has left it."""

    def after(self, progress: Any, cancel: Cancel) -> None:
        """Do what is due after a step. Raises Cancelled."""

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> Path | None:
        """Train to the end, or until told to finish early; the file of the result once it is done.

        Raises Cancelled, TrainingError, and what opening its parts raises.
        """
        torch.set_flush_denormal(True)  # numbers too small to matter are many times slower
        is_new = not self.folder.exists()
        try:
            return self._trained(report, cancel)
        except StyleStudioError:
            if is_new and not self.state.exists():  # there is nothing to go on from
                shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _trained(self, report: Callable[[Progress], None], cancel: Cancel) -> Path | None:
        self.training.write()
        with self._alone():
            report(Progress(0, 0, "Opening"))
            trainer = self.open(report, cancel)
            if self.state.exists():
                load_state(trainer, self.state, self.migrate)
            self.begin(trainer)
            self.trainer = trainer
            self._train(report, cancel)
            return self.write_model() if trainer.finished else None

    def _train(self, report: Callable[[Progress], None], cancel: Cancel) -> None:
        trainer = self.trainer
        shown, took, picture = time.monotonic(), 0.0, self._sheet()
        with contextlib.closing(run(trainer, self.state, cancel, self.complain)) as steps:
            while True:
                cancel.check()  # a pause must hold nothing that others wait for
                with self.between_steps, one_at_a_time(trainer.device):
                    progress = next(steps, None)
                if progress is None:
                    return
                self.after(progress, cancel)
                now = time.monotonic()
                if now - shown > max(SHEET_EVERY, SHEET_SHARE * took) or trainer.finished:
                    picture = self._sheet()
                    shown = time.monotonic()
                    took = shown - now
                report(replace(progress, picture=picture))

    def read(
        self,
        folder: Path,
        files: list[Path],
        side: int,
        report: Callable[[Progress], None],
        cancel: Cancel,
    ) -> Pictures:
        """Read pictures, and note what is skipped. Raises Cancelled and PicturesError."""

        def reported() -> Iterator[Path]:
            for number, path in enumerate(files):
                cancel.check()
                report(Progress(number, len(files), "Reading pictures"))
                yield path

        pictures = read_pictures(folder, reported(), side)
        if pictures.skipped:
            count, (name, reason) = len(pictures.skipped), next(iter(pictures.skipped.items()))
            skipped = "1 file" if count == 1 else f"{count} files, such as {name}"
            self.notes.append(f"Skipped {skipped}: {reason}")
        return pictures

    def where(self) -> torch.device:
        """Where to compute."""
        name, remark = self._device()
        if remark:
            self.notes.append(remark)
        return torch.device(choose_device(name))

    def complain(self, error: OSError) -> None:
        """Note that something can't be written, which ends nothing."""
        said = (
            f"Training continues, but {self.folder} can't be written "
            f"({error.strerror or error}); free some space before you stop it."
        )
        if said not in self.notes:
            self.notes.append(said)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep two trainings from writing one state."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.folder / ".state.lock"))
            except Timeout:
                raise TrainingError(
                    f"{self.name} is being trained by another window or command; wait for it, or "
                    "stop it there."
                ) from None
            yield

    def _sheet(self) -> NDArray[np.uint8]:
        with self.between_steps, one_at_a_time(self.trainer.device):
            return sheet(self.trainer.samples(COLUMNS))


def sheet(pictures: Tensor) -> NDArray[np.uint8]:
    """Pictures [N, 3, R, R] in -1..1 as rows of COLUMNS: uint8 [H, W, 3]."""
    side = pictures.shape[-1]
    if side * COLUMNS > SHOWN:
        side = SHOWN // COLUMNS
        pictures = torch.nn.functional.adaptive_avg_pool2d(pictures, side)
    grid = pictures.reshape(-1, COLUMNS, 3, side, side).permute(0, 3, 1, 4, 2)
    pixels = ((grid.clamp(-1, 1) + 1) * 127.5).round().byte()
    array: NDArray[np.uint8] = pixels.reshape(-1, COLUMNS * side, 3).contiguous().numpy()
    return array


def unfit_name(name: str) -> str:
    """Why this can't be the name of a training, in a sentence; "" where it can."""
    if not name.strip():
        return "Give the model a name"
    if len(name.encode()) > LONGEST_NAME:
        return "This name is too long for a file; shorten it"
    return "A name can't have these: < > : \" / \\ | ? *" if _UNFIT.search(name) else ""
