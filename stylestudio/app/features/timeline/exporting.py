"""Exports clips as tasks, and remembers those that were interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.model_paths import is_there
from stylestudio.app.core.task import OnClose
from stylestudio.app.features.timeline.unfinished import (
    UnfinishedExport,
    forget,
    remember,
    unfinished_exports,
)
from stylestudio.progress import Cancelled
from stylestudio.render import open_model
from stylestudio.video import ExportError, Session, export_video
from stylestudio.video.export import frames_file, is_being_exported, remove_leftovers

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Stage
    from stylestudio.render import Assets, Model
    from stylestudio.video import ExportReport, Timeline
    from stylestudio.video.codecs import Chroma, Quality


def portable(session: Session, assets: Assets) -> Session:
    """The session with the tuned weights that another machine needs for it."""
    return replace(session, deltas=assets.pack(session.all_recipes))


@dataclass(frozen=True)
class Order:
    """What to export, and how."""

    model: Model
    timeline: Timeline
    session: Session
    path: Path
    codec: str
    sides: int
    quality: Quality
    chroma: Chroma
    sound: Path | None
    enlarge: Stage | None  # what all frames go through, too


class Exporter(QObject):
    """Has at most one export running.

    What it takes to go on with an export that something interrupts is written down before it
    starts, and crossed out when it is done or cancelled.
    """

    started = Signal(str)  # a sentence
    ended = Signal()
    exported = Signal(str)  # a sentence

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._folder = studio.settings.folder / "exports"
        self._task: Task | None = None

    @property
    def is_running(self) -> bool:
        """Whether an export is under way."""
        return self._task is not None

    @property
    def interrupted(self) -> list[UnfinishedExport]:
        """The exports that left frames and that nobody works at, the earliest first."""
        return unfinished_exports(self._folder)

    def start(self, order: Order) -> None:
        """Begin an export; there must be none."""
        model_path = self._studio.paths.find(order.model.sha256)
        self._start(order.path, partial(_export_order, order, model_path, self._work))

    def resume(self, unfinished: UnfinishedExport) -> None:
        """Continue with an export; there must be none under way."""
        path = Path(unfinished.path)
        self._start(path, partial(_resume, unfinished, self._model_of(unfinished), self._work))

    def discard(self, unfinished: UnfinishedExport) -> None:
        """Remove what an interrupted export has left."""
        try:
            remove_leftovers(Path(unfinished.path))
        except OSError as error:
            reason = error.strerror or error
            self._studio.failed.emit(f"{error.filename} cannot be removed: {reason}.")
        else:
            forget(self._folder, Path(unfinished.path))

    def _model_of(self, unfinished: UnfinishedExport) -> Model | None:
        current = self._studio.document.current
        is_shown = current is not None and current.model.sha256 == unfinished.model_sha256
        return current.model if current is not None and is_shown else None

    @property
    def _work(self) -> Work:
        return Work(self._studio.assets, self._folder, self._studio.devices.for_opening)

    def _start(
        self, path: Path, work: Callable[[Callable[[Progress], None], Cancel], ExportReport]
    ) -> None:
        assert self._task is None
        self._task = self._studio.tasks.start(
            f"Export {path.name}",
            work,
            owner=self,
            can_pause=True,
            on_close=OnClose.SUSPEND,
        )
        self._task.succeeded.connect(self._on_success)
        self._task.ended.connect(self._on_end)
        self.started.emit(f"Exporting {path.name}; the Tasks panel shows how far it is.")

    @Slot(object)
    def _on_success(self, report: ExportReport) -> None:
        said = f"Saved {report.path.name}: {report.frames} frames."
        if report.loop:
            said += " The loop closes." if report.loop.is_closed else f" The loop is {report.loop}."
        self._studio.settings.add_recent_file(report.path)
        self._studio.saved.emit(report.path)
        self.exported.emit(said)

    @Slot()
    def _on_end(self) -> None:
        self._task = None
        self.ended.emit()


@dataclass(frozen=True)
class Work:
    """Where an export finds what recipes name, where it is written down, and where it renders."""

    assets: Assets
    folder: Path
    device: Callable[[], tuple[str, str]]  # as DeviceChoice.for_opening

    def export(
        self,
        unfinished: UnfinishedExport,
        model: Model,
        session: Session,
        timeline: Timeline,
        report: Callable[[Progress], None],
        cancel: Cancel,
    ) -> ExportReport:
        """Export; what was interrupted with frames to go on from stays written down."""
        path = Path(unfinished.path)
        if not is_being_exported(path):  # by another window, which wrote down its own
            remember(self.folder, unfinished)
        try:
            return export_video(
                model,
                timeline,
                path,
                unfinished.codec,
                report,
                side=unfinished.sides,
                quality=unfinished.quality,
                chroma=unfinished.chroma,
                sound=unfinished.sound or None,
                session=session,
                enlarge=unfinished.enlarge,
                assets=self.assets,
                cancel=cancel,
            )
        finally:
            if not frames_file(path).exists():
                forget(self.folder, path)


def _export_order(
    order: Order,
    model_path: str,
    work: Work,
    report: Callable[[Progress], None],
    cancel: Cancel,
) -> ExportReport:
    session = portable(order.session, work.assets)
    unfinished = UnfinishedExport(
        path=str(order.path),
        codec=order.codec,
        sides=order.sides,
        quality=order.quality,
        chroma=order.chroma,
        enlarge=order.enlarge,
        sound="" if order.sound is None else str(order.sound),
        model_path=model_path,
        model_sha256=order.model.sha256,
        session=session.to_json(),
    )
    return work.export(unfinished, order.model, session, order.timeline, report, cancel)


def _resume(
    unfinished: UnfinishedExport,
    model: Model | None,
    work: Work,
    report: Callable[[Progress], None],
    cancel: Cancel,
) -> ExportReport:
    """Export what was written down, on the model on show or one that is opened for it."""
    session = Session.from_json(unfinished.session)
    assert session.timeline is not None
    if model is None and not is_there(unfinished.model_path):
        raise ExportError(
            f"{unfinished.name} was exported from a model that is no longer at "
            f"{unfinished.model_path or 'a known place'}; put it back, or open it before going on."
        )
    if model is None:
        model = open_model(unfinished.model_path, device=work.device()[0])
    if cancel.is_cancelled:
        raise Cancelled
    work.assets.unpack(session.deltas)
    return work.export(unfinished, model, session, session.timeline, report, cancel)
