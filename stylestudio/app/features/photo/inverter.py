"""Inversions for the window: the photo, the run at work on it, and what it has found so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.images import to_pixels
from stylestudio.app.core.task import FILES, OnClose
from stylestudio.app.features.photo.crop_finder import CropFinder
from stylestudio.app.features.photo.inversion_run import InversionRun
from stylestudio.app.features.photo.photo_files import read_bytes, read_photos, skipped_text
from stylestudio.inversion import load_photo
from stylestudio.inversion.unfinished import UnfinishedError, load_unfinished

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QImage
    from torch import Tensor

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.features.photo.photo_files import Photos
    from stylestudio.inversion import InversionSettings, Photo, Snapshot, Steering
    from stylestudio.inversion.unfinished import UnfinishedInversion
    from stylestudio.render import Assets, Model


class Inverter(QObject):
    """Opens photos and runs one inversion at a time; everything it tells arrives by signals.

    All results lie in `run`. With another photo or another model, that is dropped, and its thread,
    which ends after its step, is heard of no more; what was found stays in `left`.
    """

    photos_listed = Signal(object)  # list[Path], those opened together
    photo_opened = Signal(object)  # Photo
    left_changed = Signal()
    moved = Signal()  # there is more in `run`, or its task has another state
    ended = Signal()
    failed = Signal(str)
    noted = Signal(str)

    def __init__(
        self,
        tasks: Tasks,
        file: Path,
        assets: Assets,
        names: Callable[[str], bool],
        parent: QObject,
    ) -> None:
        """`names` says whether tuned weights of a hash are to stay, since something names them."""
        super().__init__(parent)
        self._tasks, self._file, self._assets, self._names = tasks, file, assets, names
        self._reading: Task | None = None
        self._has_read_left = False
        self._problem = ""  # that was told last
        self.photo: Photo | None = None
        self.run: InversionRun | None = None
        self.task: Task | None = None  # of the run, also once it is over
        self.left: UnfinishedInversion | None = None  # to go on with, in its model
        self.finder = CropFinder(tasks, assets, self)
        self.finder.failed.connect(self.failed)
        self.finder.noted.connect(self.noted)
        tasks.changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether an inversion is at work, or waits for others to end."""
        return self.task is not None and not self.task.state.is_over

    # --- photos --------------------------------------------------------------------------

    def open_photos(self, paths: list[Path]) -> None:
        """Read the first of several photos, or of those in folders; the others are listed."""
        title = f"Open {paths[0].name}" if len(paths) == 1 else f"Open {len(paths)} photos"
        self._read(title, lambda _, cancel: read_photos(paths, cancel)).succeeded.connect(
            self._on_photos
        )

    def open_photo(self, path: Path) -> Task:
        """Read one of the photos that are listed."""
        task = self._read(f"Open {path.name}", lambda *_: load_photo(path))
        task.succeeded.connect(self._on_photo)
        return task

    def open_image(self, image: bytes | QImage, name: str) -> None:
        """Take a picture that came without a file: the bytes of one, or an image of Qt's."""

        def work(*_: object) -> Photo:
            if isinstance(image, bytes):
                return read_bytes(image, name)
            return load_photo(to_pixels(image), name)

        task = self._read(f"Open {name}", work)
        task.succeeded.connect(self._on_image)

    def take_photo(self, photo: Photo) -> None:
        """Make this the photo to be inverted; what was found for another can be gone on with."""
        self._drop_run()
        self.photo = photo
        if photo.notes:
            self.noted.emit(" ".join(photo.notes))
        self.photo_opened.emit(photo)

    def _read(self, title: str, work: Callable[..., object]) -> Task:
        if self._reading is not None:
            self._reading.drop()  # the photo asked for last is the one that is shown
        self._reading = self._tasks.start(title, work, lane=FILES, owner=self)
        return self._reading

    @Slot(object)
    def _on_photos(self, photos: Photos) -> None:
        self.photos_listed.emit(photos.paths)
        if photos.skipped:
            self.noted.emit(skipped_text(photos.skipped))
        self.take_photo(photos.first)

    @Slot(object)
    def _on_image(self, photo: Photo) -> None:
        self.photos_listed.emit([])
        self.take_photo(photo)

    @Slot(object)
    def _on_photo(self, photo: Photo) -> None:
        self.take_photo(photo)

    # --- models --------------------------------------------------------------------------

    def follow_model(self, model: Model) -> None:
        """Forget what was found in another model; with that model, it can be gone on with."""
        if self.run is not None and self.run.model.sha256 != model.sha256:
            self._drop_run()
        if not self._has_read_left:
            self._has_read_left = True
            task = self._tasks.start(
                "Look for an unfinished inversion",
                lambda *_: _load_left(self._file, self._assets),
                lane=FILES,
                owner=self,
                is_listed=False,
            )
            task.succeeded.connect(self._on_left)

    @Slot(object)
    def _on_left(self, left: UnfinishedInversion | None) -> None:
        self.left = self.left or left
        self.left_changed.emit()

    # --- runs ----------------------------------------------------------------------------

    def start(
        self,
        model: Model,
        settings: InversionSettings,
        steering: Steering,
        mask: Tensor | None,
        start: Snapshot | None,
    ) -> None:
        """Begin, or go on from a snapshot, whose successors are forgotten."""
        if self.photo is None or self.is_running:
            return
        run = InversionRun(
            model,
            self.photo,
            settings,
            steering,
            mask,
            start,
            file=self._file,
            assets=self._assets,
        )
        if self.run is not None:
            run.take_over(self.run)
        self.run = run
        self._problem = ""
        self.task = self._tasks.start(
            f"Invert {self.photo.name or 'a photo'}",
            run,
            owner=self,
            can_pause=True,
            can_finish=True,
            on_close=OnClose.FINISH,
            needs_grad=True,
        )
        self.task.progressed.connect(self._tell_problem)
        self.task.ended.connect(self._on_ended)

    def stop(self) -> None:
        """End it after its step, with what it has found by then."""
        if self.task is None or self.run is None:
            return
        if self.run.snapshots:
            self.task.finish()
        else:
            self.task.cancel()

    def keep(self, snapshot: Snapshot) -> None:
        """See to it that a snapshot on show can be rendered another day, too."""
        run = self.run
        if run is None or snapshot.delta is None:
            return
        # Of a scrub over many snapshots, those passed by while one is written are left out.
        task = self._tasks.start(
            "Keep tuned weights",
            lambda *_: run.keep(snapshot),
            lane=FILES,
            owner=self,
            key="photo.keep",
            on_close=OnClose.WAIT,
            is_listed=False,
        )
        task.ended.connect(self._tell_problem)

    def _drop_run(self) -> None:
        if self.task is not None:
            self.task.drop()
        if self.run is not None:
            self.left = self.run.unfinished() or self.left
        self.task = self.run = None

    @Slot()
    def _on_ended(self) -> None:
        self._tell_problem()
        self.ended.emit()

    @Slot(object)
    def _on_task_changed(self, task: Task) -> None:
        if task is self.task:
            self.moved.emit()
            self._drop_passed()

    def _drop_passed(self) -> None:
        """Of the tuned weights found so far, leave on disk the newest and those still named."""
        run = self.run
        unnamed = [each for each in run.passed() if not self._names(each.sha256)] if run else []
        if run is not None and unnamed:
            self._tasks.start(
                "Remove tuned weights",
                lambda *_: run.drop(unnamed),
                lane=FILES,
                owner=self,
                is_listed=False,
            )

    @Slot()
    def _tell_problem(self) -> None:
        if self.run is not None and self.run.problem != self._problem:
            self._problem = self.run.problem
            self.failed.emit(self._problem)


def _load_left(file: Path, assets: Assets) -> UnfinishedInversion | None:
    """What an earlier run of the program was in the middle of, if anything."""
    try:
        left = load_unfinished(file)
    except UnfinishedError:
        return None
    if left.snapshot.delta:
        assets.remember(left.snapshot.delta)
    return left
