"""One long piece of work with paintings at a time, as a task."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.learned_styles import Learned
from stylestudio.app.core.recipes import suggested_name
from stylestudio.app.features.styles.work import Ranking, learn, paint_still, rank
from stylestudio.app.widgets.save_dialog import ask_where

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task, Work
    from stylestudio.app.features.styles.library import StyleLibrary

PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.bmp);;All files (*)"
BUSY = "One painting at a time: wait for the current one, or cancel it."
NO_BANK = "There is no style bank to add to; open a style file first."
NO_STYLES = "There are no styles to compare with; open a style file first."


class StyleTasks(QObject):
    """Learns styles, paints stills and ranks styles, one after the other.

    Whatever fails or is cancelled leaves everything as it was.
    """

    started = Signal(object)  # Task
    changed = Signal()  # its state or its progress
    ended = Signal()
    learned = Signal(str)  # a style, which the library is about to show
    ranked = Signal(object)  # Ranking
    saved = Signal(object)  # Path
    said = Signal(str)
    failed = Signal(str)  # besides what tasks tell

    def __init__(self, studio: Studio, library: StyleLibrary, parent: QObject) -> None:
        super().__init__(parent)
        self._document = studio.document
        self._library = library
        self._assets = studio.assets
        self._settings = studio.settings
        self._window = studio.window
        self._tasks = studio.tasks
        self._task: Task | None = None  # the latest
        self._tasks.changed.connect(self._on_changed)

    @property
    def is_busy(self) -> bool:
        """Whether something is in the making."""
        return self._task is not None and not self._task.state.is_over

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
        title, kinds = "Save the painted still as", "PNG picture (*.png)"
        path = ask_where(self._window, title, folder / name, kinds)
        if path is not None:
            self._settings.set_directory("pictures", path.parent)
            self.paint(painting, path)

    @Slot(object)
    def learn(self, painting: Path) -> None:
        """Learn the style of a painting, and have the library show it."""
        current, places = self._document.current, self._library.places_to_grow()
        if current is None or not places:
            self.failed.emit(NO_BANK)
            return
        folder = self._settings.folder / "styles"
        work = partial(learn, current, self._assets, places, painting, folder)
        self._start(f"Learn the style of {painting.name}", work)

    def paint(self, painting: Path, path: Path) -> None:
        """Paint the picture on show after a painting, and save it."""
        current = self._document.current
        if current is not None:
            work = partial(paint_still, current, self._assets, painting, path)
            self._start(f"Paint this still in the style of {painting.name}", work)

    @Slot(object)
    def rank(self, picture: Path) -> None:
        """Rank the styles on show by their likeness to a picture."""
        bank = self._library.bank
        if bank is None:
            self.failed.emit(NO_STYLES)
            return
        self._start(f"Rank styles by {picture.name}", partial(rank, bank, picture), learns=False)

    @Slot(object)
    def take(self, learned: Learned) -> None:
        """Have the library show a style that was learned, here or by another feature."""
        self.learned.emit(learned.name)
        self._library.open_learned(learned)
        bank = self._library.name_of(learned.base)
        weak = ", but stays weak: it shows little of the painting" if learned.is_weak else ""
        self.said.emit(f"Learned the style {learned.name}{weak}; it is in the bank {bank}")

    def _ask_for_picture(self, title: str) -> Path | None:
        folder = self._settings.directory("paintings")
        chosen, _ = QFileDialog.getOpenFileName(self._window, title, folder, PICTURES)
        if not chosen:
            return None
        self._settings.set_directory("paintings", Path(chosen).parent)
        return Path(chosen)

    def _start(self, title: str, work: Work, *, learns: bool = True) -> None:
        """Begin; learning can be ended early and keeps the result so far."""
        if self.is_busy:
            self.failed.emit(BUSY)
            return
        task = self._task = self._tasks.start(
            title, work, owner=self, can_pause=True, can_finish=learns, needs_grad=learns
        )
        task.succeeded.connect(self._on_success)
        task.ended.connect(self.ended)
        self.started.emit(task)

    @Slot(object)
    def _on_changed(self, task: Task) -> None:
        if task is self._task:
            self.changed.emit()

    @Slot(object)
    def _on_success(self, result: object) -> None:
        if isinstance(result, Learned):
            self.take(result)
        elif isinstance(result, Ranking):
            self.ranked.emit(result)
            self.said.emit(f"The styles are sorted by similarity to {result.picture}")
        elif isinstance(result, Path):
            self.saved.emit(result)
