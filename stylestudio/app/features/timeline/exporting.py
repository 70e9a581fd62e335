"""Exports the clip on a thread of its own, and tells the window how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.jobs import GivenUpError, JobThread
from stylestudio.app.core.mailbox import Mailbox
from stylestudio.progress import Cancel, Cancelled, Progress
from stylestudio.video import export_video

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.render import Assets, Model
    from stylestudio.video import ExportReport, Session, Timeline
    from stylestudio.video.codecs import Chroma, Quality

DEEP = 257  # from 16 to 8 bits a channel


def portable(session: Session, assets: Assets) -> Session:
    """The session with the tuned weights that another machine needs for it."""
    return replace(session, deltas=assets.pack(session.all_recipes))


@dataclass(frozen=True)
class Order:
    """What is to be exported, and how."""

    model: Model
    timeline: Timeline
    session: Session
    path: Path
    codec: str
    sides: int
    quality: Quality
    chroma: Chroma
    sound: Path | None


class ExportJob(JobThread):
    """Runs one export; progress waits in `outbox`, the newest alone."""

    progressed = Signal()

    def __init__(self, order: Order, assets: Assets, parent: QObject) -> None:
        super().__init__(parent)
        self.order = order
        self.control = Cancel()
        self.outbox: Mailbox[Progress] = Mailbox()
        self._assets = assets

    def work(self) -> ExportReport:
        """Export."""
        order = self.order
        try:
            return export_video(
                order.model,
                order.timeline,
                order.path,
                order.codec,
                self._tell,
                side=order.sides,
                quality=order.quality,
                chroma=order.chroma,
                sound=order.sound,
                session=portable(order.session, self._assets),
                assets=self._assets,
                cancel=self.control,
            )
        except Cancelled:
            raise GivenUpError from None

    def _tell(self, progress: Progress) -> None:
        if self.outbox.put(progress):
            self.progressed.emit()


class Exporter(QObject):
    """Has at most one export running; the window keeps working meanwhile."""

    started = Signal(str)  # the file's name
    progressed = Signal(object, QImage)  # Progress, its frame, null where there is none yet
    ended = Signal(str, bool)  # a sentence, and whether it is a failure
    paused = Signal(bool)

    def __init__(self, assets: Assets, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._assets = assets
        self._job: ExportJob | None = None

    @property
    def is_running(self) -> bool:
        """Whether an export is under way."""
        return self._job is not None

    def start(self, order: Order) -> None:
        """Begin an export; there must be none."""
        assert self._job is None
        job = self._job = ExportJob(order, self._assets, self)
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(self._on_success)
        job.failed.connect(self._on_failure)
        job.given_up.connect(self._on_cancelled)
        job.start()
        self.started.emit(order.path.name)

    def set_paused(self, paused: bool) -> None:
        """Rest, or go on."""
        if self._job is not None:
            control = self._job.control
            control.pause() if paused else control.resume()
            self.paused.emit(paused)

    def cancel(self) -> None:
        """Stop, and forget what was rendered."""
        if self._job is not None:
            self._job.control.cancel()

    def close(self) -> None:
        """Stop, keep what was rendered for another time, and wait."""
        if self._job is not None:
            self._job.control.cancel(keep_partial=True)
            self._job.wait()

    @Slot()
    def _on_progress(self) -> None:
        progress = None if self._job is None else self._job.outbox.take()
        if progress is None:
            return
        image = QImage()
        if progress.picture is not None:
            frame = progress.picture
            shallow = frame if frame.dtype == np.uint8 else frame // DEEP
            image = to_qimage(shallow.astype(np.uint8))
        self.progressed.emit(progress, image)

    @Slot(object)
    def _on_success(self, report: ExportReport) -> None:
        loop = f" The loop is {report.loop}." if report.loop else ""
        self._end(f"Saved {report.path.name}: {report.frames} frames.{loop}", failed=False)

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self._end(sentence, failed=True)

    @Slot()
    def _on_cancelled(self) -> None:
        self._end("The export was cancelled.", failed=False)

    def _end(self, sentence: str, *, failed: bool) -> None:
        assert self._job is not None
        self._job.wait()
        self._job.deleteLater()
        self._job = None
        self.ended.emit(sentence, failed)
