"""Inversions for the window: the photo, the thread at work on it, and what it has found so far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.jobs import JobThread
from stylestudio.app.core.step_job import load_optimisers
from stylestudio.inversion import Photo, PhotoInversion, Steering, inversion_context, load_photo
from stylestudio.inversion.snapshot import STAGES
from stylestudio.inversion.unfinished import UnfinishedError, load_unfinished, save_unfinished

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from stylestudio.app.core.jobs import JobRunner
    from stylestudio.inversion import InversionSettings, Snapshot
    from stylestudio.inversion.unfinished import UnfinishedInversion
    from stylestudio.render import Assets, Delta, Model

SAVE_EVERY = 2.0  # seconds


class InversionRun(JobThread):
    """Does one job; every step can be the last.

    Progress is appended to lists that only this thread writes; `moved` says that there is more,
    and is sent again only after `seen` was called, so that nothing queues up.
    """

    moved = Signal()

    def __init__(
        self,
        model: Model,
        photo: Photo,
        settings: InversionSettings,
        steering: Steering,
        mask: Tensor | None,
        start: Snapshot | None,
        file: Path,
        assets: Assets,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._assets = assets
        self.photo, self.settings, self.steering, self.mask = photo, settings, steering, mask
        self.losses: list[tuple[int, float]] = []
        self.checkpoints: list[Snapshot] = []
        self.stage = STAGES["start"]
        self.total_steps = 0
        self._model, self._start, self._file = model, start, file
        self._unseen = False
        self._saved_at = time.monotonic()
        self._kept: Delta | None = None
        self.pinned: set[str] = set()  # deltas that something else on show needs

    def work(self) -> None:
        """Go on until the job is done or `requestInterruption` is called."""
        load_optimisers()
        with torch.enable_grad():
            self._invert()

    def seen(self) -> None:
        """Say that what there was has been looked at."""
        self._unseen = False

    def _invert(self) -> None:
        context = inversion_context(self._model)
        job = PhotoInversion(
            context, self.photo, self.settings, self.steering, self.mask, self._assets
        )
        self.total_steps = job.total_steps
        for progress in job.run(self._start):
            self.stage = progress.stage
            if progress.loss is not None:
                self.losses.append((progress.done, progress.loss))
            if progress.snapshot:
                self._keep(job, progress.snapshot, last=progress.done == job.total_steps)
            if not self._unseen:
                self._unseen = True
                self.moved.emit()
            if self.isInterruptionRequested():
                break
        if self.checkpoints:
            save_unfinished(job, self.checkpoints[-1], self._file)

    def _keep(self, job: PhotoInversion, checkpoint: Snapshot, *, last: bool) -> None:
        """Take a checkpoint, and now and then put the job away, so that a crash costs seconds."""
        if checkpoint.delta:
            self._assets.keep(checkpoint.delta)
            if self._kept and self._kept.sha256 not in self.pinned:
                self._assets.drop(self._kept)
            self._kept = checkpoint.delta
        self.checkpoints.append(checkpoint)
        if last or time.monotonic() - self._saved_at > SAVE_EVERY:
            save_unfinished(job, checkpoint, self._file)
            self._saved_at = time.monotonic()


class Inverter(QObject):
    """Opens photos and runs one inversion at a time; everything it tells arrives by signals."""

    photo_opened = Signal(object)  # Photo
    moved = Signal()  # there is more in `losses` and `checkpoints`
    ended = Signal()
    failed = Signal(str)

    def __init__(self, jobs: JobRunner, file: Path, assets: Assets, parent: QObject) -> None:
        super().__init__(parent)
        self._assets = assets
        self._jobs = jobs
        self._file = file
        self._run: InversionRun | None = None
        self._read = (0, 0)  # how many of the run's losses and checkpoints were collected
        self.photo: Photo | None = None
        self.losses: list[tuple[int, float]] = []
        self.checkpoints: list[Snapshot] = []

    @property
    def is_running(self) -> bool:
        """Whether a job is at work."""
        return self._run is not None

    @property
    def stage(self) -> str:
        """What the job at work is doing."""
        return self._run.stage if self._run else ""

    @property
    def total_steps(self) -> int:
        """Of the job at work, 0 before that is known."""
        return self._run.total_steps if self._run else 0

    def open_photo(self, path: Path) -> None:
        """Read a photo on a job thread; `photo_opened` or `failed` follows."""
        self._jobs.start(lambda: load_photo(path), self._on_photo, self._on_failure)

    def unfinished(self) -> UnfinishedInversion | None:
        """What an earlier run of the program was in the middle of, if anything."""
        try:
            session = load_unfinished(self._file)
        except UnfinishedError:
            return None
        if session.snapshot.delta:
            self._assets.remember(session.snapshot.delta)
        return session

    def start(
        self,
        model: Model,
        settings: InversionSettings,
        steering: Steering,
        mask: Tensor | None,
        start: Snapshot | None,
    ) -> None:
        """Begin, or go on from a checkpoint, whose successors are forgotten."""
        if self.photo is None or self._run is not None:
            return
        first = start.step if start else 0
        self.losses = [pair for pair in self.losses if start and pair[0] < first]
        self.checkpoints = [c for c in self.checkpoints if start and c.step < first]
        run = InversionRun(
            model, self.photo, settings, steering, mask, start, self._file, self._assets, self
        )
        self._run, self._read = run, (0, 0)
        run.moved.connect(self._on_moved)
        run.failed.connect(self._on_failure)
        run.finished.connect(self._on_finished)
        run.start()

    def stop(self) -> None:
        """Ask the job to end after the step it is in."""
        if self._run:
            self._run.requestInterruption()

    def wait(self) -> None:
        """End the job and wait for it."""
        if self._run:
            self._run.requestInterruption()
            self._run.wait()

    def keep(self, checkpoint: Snapshot) -> None:
        """See to it that a checkpoint that is on show can be rendered in later runs, too."""
        if checkpoint.delta:
            self._assets.keep(checkpoint.delta)
            if self._run:
                self._run.pinned.add(checkpoint.delta.sha256)

    @Slot(object)
    def _on_photo(self, photo: Photo) -> None:
        self.take_photo(photo)

    def take_photo(self, photo: Photo) -> None:
        """Make this the photo to be found; what was found for another is forgotten.

        A run at work on the other ends after its step, and nothing of it is collected any more.
        """
        self.stop()
        self.photo = photo
        self.losses, self.checkpoints = [], []
        self.photo_opened.emit(photo)

    @Slot()
    def _on_moved(self) -> None:
        if self._run:
            self._collect(self._run)
            self.moved.emit()

    def _collect(self, run: InversionRun) -> None:
        run.seen()
        if run.photo is not self.photo:
            return
        losses, checkpoints = run.losses[self._read[0] :], run.checkpoints[self._read[1] :]
        self._read = (self._read[0] + len(losses), self._read[1] + len(checkpoints))
        self.losses += losses
        self.checkpoints += checkpoints

    @Slot()
    def _on_finished(self) -> None:
        if self._run:
            self._collect(self._run)
            self._run.deleteLater()
            self._run = None
        self.moved.emit()
        self.ended.emit()

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self.failed.emit(sentence)
