"""One long piece of work with paintings at a time, off the window's thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.recipes import suggested_name
from stylestudio.app.core.step_job import StepJob
from stylestudio.app.features.styles.work import Learned, Ranking, learn, paint_still, rank

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.features.styles.library import StyleLibrary

PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.bmp);;All files (*)"
BUSY = "One painting at a time: wait for the one in the making, or cancel it."
NO_BANK = "There is no bank of styles that one could be added to; open a style file first."
NO_STYLES = "There are no styles to compare with; open a style file first."


class StyleJobs(QObject):
    """Learns styles, paints stills and ranks styles, one after the other.

    Whatever fails or is cancelled leaves everything as it was.
    """

    started = Signal(str, bool)  # what it is about, whether what there is can be kept any time
    progressed = Signal(object, QImage)  # Step, its picture, null where there is none
    ended = Signal()
    learned = Signal(str)  # a style, which the library is about to show
    ranked = Signal(object)  # Ranking
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, studio: Studio, library: StyleLibrary, parent: QObject) -> None:
        super().__init__(parent)
        self._document = studio.document
        self._library = library
        self._assets = studio.assets
        self._settings = studio.settings
        self._window = studio.window
        self._job: StepJob | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is in the making."""
        return self._job is not None

    @Slot()
    def ask_to_learn(self) -> None:
        """Let the user choose a painting, and learn its style."""
        painting = self._ask_for_picture("Make a style from a painting")
        if painting is not None:
            self.learn(painting)

    @Slot()
    def ask_to_rank(self) -> None:
        """Let the user choose a picture, and rank the styles by it."""
        picture = self._ask_for_picture("Find styles like a picture")
        if picture is not None:
            self.rank(picture)

    @Slot()
    def ask_to_paint(self) -> None:
        """Let the user choose a painting and a file, and paint the picture on show."""
        current = self._document.current
        painting = self._ask_for_picture("Paint this still after a painting") if current else None
        if current is None or painting is None:
            return
        folder = Path(self._settings.directory("pictures"))
        name = f"{suggested_name(current)}-{painting.stem}.png"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, "Save the painted still as", str(folder / name), "PNG picture (*.png)"
        )
        if chosen:
            path = Path(chosen)
            self._settings.set_directory("pictures", path.parent)
            self.paint(painting, path if path.suffix else path.with_suffix(".png"))

    @Slot(object)
    def learn(self, painting: Path) -> None:
        """Learn the style of a painting, and have the library show it."""
        current = self._document.current
        if current is None or not self._library.place:
            self.failed.emit(NO_BANK)
            return
        folder = self._settings.folder / "styles"
        work = partial(learn, current, self._assets, self._library.place, painting, folder)
        self._start(f"A style from {painting.name}", work, can_be_kept=True)

    def paint(self, painting: Path, path: Path) -> None:
        """Paint the picture on show after a painting, and save it."""
        current = self._document.current
        if current is not None:
            work = partial(paint_still, current, self._assets, painting, path)
            self._start(f"This still after {painting.name}", work, can_be_kept=True)

    @Slot(object)
    def rank(self, picture: Path) -> None:
        """Rank the styles on show by their likeness to a picture."""
        bank = self._library.bank
        if bank is None:
            self.failed.emit(NO_STYLES)
            return
        self._start(f"Styles like {picture.name}", partial(rank, bank, picture), can_be_kept=False)

    @Slot()
    def be_content(self) -> None:
        """Keep what there is after the present step."""
        if self._job is not None:
            self._job.be_content()

    @Slot()
    def cancel(self) -> None:
        """Give up what is in the making."""
        if self._job is not None:
            self._job.give_up()

    def close(self) -> None:
        """Give it up, and wait for the thread."""
        if self._job is not None:
            self._job.give_up()
            self._job.wait()

    def _ask_for_picture(self, title: str) -> Path | None:
        folder = self._settings.directory("paintings")
        chosen, _ = QFileDialog.getOpenFileName(self._window, title, folder, PICTURES)
        if not chosen:
            return None
        self._settings.set_directory("paintings", Path(chosen).parent)
        return Path(chosen)

    def _start(self, title: str, work: Callable[..., Any], *, can_be_kept: bool) -> None:
        if self._job is not None:
            self.failed.emit(BUSY)
            return
        job = self._job = StepJob(work, self)
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(self._on_success)
        job.failed.connect(self.failed)
        job.finished.connect(self._on_finished)
        self.started.emit(title, can_be_kept)
        job.start()

    @Slot()
    def _on_progress(self) -> None:
        step = None if self._job is None else self._job.outbox.take()
        if step is not None:
            image = QImage() if step.picture is None else to_qimage(step.picture)
            self.progressed.emit(step, image)

    @Slot(object)
    def _on_success(self, result: object) -> None:
        if isinstance(result, Learned):
            self.learned.emit(result.name)
            self._library.open_paths([result.path])
            self.said.emit(f"Learned the style {result.name}; it is in the bank {result.path.stem}")
        elif isinstance(result, Ranking):
            self.ranked.emit(result)
            self.said.emit(f"The styles most like {result.picture} come first")
        elif isinstance(result, Path):
            self.said.emit(f"Saved {result.name}")

    @Slot()
    def _on_finished(self) -> None:
        assert self._job is not None
        self._job.deleteLater()
        self._job = None
        self.ended.emit()
