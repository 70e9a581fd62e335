"""One inversion in the window: what was asked for, and all that it has found so far."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from typing import TYPE_CHECKING

from stylestudio.inversion import PhotoInversion, inversion_context
from stylestudio.inversion.unfinished import UnfinishedInversion, save_unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from torch import Tensor

    from stylestudio.inversion import InversionSettings, Photo, Snapshot, Steering
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Assets, Delta, Model

SAVE_EVERY = 2.0  # seconds


class InversionRun:
    """The work of one task, and its results. Knows no Qt.

    The lists begin with the snapshot that the run starts from. The thread at work only adds to
    them, or measures that one anew, so any other may read them. What can't be written to disk never
    ends the run; the first such failure is in `problem`.
    """

    def __init__(
        self,
        model: Model,
        photo: Photo,
        settings: InversionSettings,
        steering: Steering,
        mask: Tensor | None,
        start: Snapshot | None,
        *,
        file: Path,
        assets: Assets,
    ) -> None:
        self.model, self.photo, self.settings = model, photo, settings
        self.steering, self.mask = steering, mask
        self.losses = [(start.step, start.loss)] if start else []  # step and distance
        self.snapshots = [start] if start else []
        self.problem = ""  # a sentence
        self._start, self._file, self._assets = start, file, assets
        self._saved_at = time.monotonic()
        self._lock = threading.Lock()  # over what is on disk of its deltas
        self._passed = 0  # snapshots that `passed` has told of

    def take_over(self, earlier: InversionRun) -> None:
        """Begin with what an earlier run found before the snapshot that this one starts from."""
        first = self._start.step if self._start else 0
        before = [found for found in earlier.snapshots if found.step < first]
        self.losses = [pair for pair in earlier.losses if pair[0] < first] + self.losses
        self.snapshots = before + self.snapshots
        self._passed = len(before)

    def __call__(self, report: Callable[[Progress], None], cancel: Cancel) -> None:
        """Run until it is done or told to finish early. Raises Cancelled."""
        inversion = PhotoInversion(
            inversion_context(self.model, self._assets),
            self.photo,
            self.settings,
            self.steering,
            self.mask,
            self._assets,
        )
        if self._start:
            self._keep_for_now(self._start)  # it may come from the file of an unfinished run
        for progress in inversion.run(self._start, cancel):
            if progress.loss is not None:
                if self.losses and self.losses[-1][0] == progress.done:
                    self.losses[-1] = (progress.done, progress.loss)
                else:
                    self.losses.append((progress.done, progress.loss))
            if progress.snapshot:
                self._take(progress.snapshot)
                if time.monotonic() - self._saved_at > SAVE_EVERY:
                    self._save(inversion)
            report(progress)
        self._save(inversion)

    def unfinished(self) -> UnfinishedInversion | None:
        """What it takes to go on with it another time; None before it has found anything."""
        if not self.snapshots:
            return None
        return UnfinishedInversion(
            self.photo,
            self.settings,
            dataclasses.replace(self.steering),
            self.mask,
            self.snapshots[-1],
            self.model.sha256,
        )

    def keep(self, snapshot: Snapshot) -> None:
        """See to it that a snapshot on show can be rendered another day, too. Writes a file."""
        if snapshot.delta:
            with self._lock:
                self._store(snapshot.delta, self._assets.keep)

    def passed(self) -> list[Delta]:
        """The deltas that a newer one has come after since this was asked last."""
        found = self.snapshots[self._passed :]
        self._passed += max(0, len(found) - 1)
        newest = found[-1].delta.sha256 if found and found[-1].delta else ""
        deltas = (snapshot.delta for snapshot in found[:-1])
        return [delta for delta in deltas if delta and delta.sha256 != newest]

    def drop(self, deltas: Iterable[Delta]) -> None:
        """Remove deltas from disk that nothing names, but for those that were kept meanwhile."""
        with self._lock, contextlib.suppress(OSError):  # they may stay where nothing can be written
            for delta in deltas:
                self._assets.drop(delta)

    def _take(self, snapshot: Snapshot) -> None:
        self._keep_for_now(snapshot)
        if self.snapshots and self.snapshots[-1].step == snapshot.step:
            self.snapshots[-1] = snapshot
        else:
            self.snapshots.append(snapshot)

    def _keep_for_now(self, snapshot: Snapshot) -> None:
        if snapshot.delta:
            with self._lock:
                self._store(snapshot.delta, self._assets.keep_for_now)

    def _store(self, delta: Delta, keep: Callable[[Delta], None]) -> None:
        try:
            keep(delta)
        except OSError as error:
            self._complain("its tuned weights", error)

    def _save(self, inversion: PhotoInversion) -> None:
        try:
            save_unfinished(inversion, self.snapshots[-1], self._file)
        except OSError as error:
            self._complain("its progress", error)
        self._saved_at = time.monotonic()

    def _complain(self, what: str, error: OSError) -> None:
        self.problem = self.problem or (
            f"The inversion of {self.photo.name or 'the photo'} continues, but {what} can't be "
            f"saved for later: {error.strerror or error}."
        )
