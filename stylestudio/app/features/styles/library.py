"""The banks of styles at hand: built-in ones, those opened before, and the one on show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from stylestudio.app.core.settings import RecentFile
from stylestudio.checkpoints import hash_styles
from stylestudio.render import StyleError, builtin_styles, open_styles

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.jobs import JobRunner
    from stylestudio.app.core.settings import Settings
    from stylestudio.recipe import BankRef
    from stylestudio.render import Assets, StyleModel

FILES = "style files"  # of the settings
KINDS = "Styles (*.safetensors *.pth model.json);;All files (*)"


class Choice(NamedTuple):
    """A bank that can be shown."""

    name: str
    place: str  # a path, or the name of a built-in bank


@dataclass(frozen=True)
class Found:
    """A bank that a job has read, or None where there is none for a recipe's `ref`."""

    bank: StyleModel | None
    place: str = ""
    ref: BankRef | None = None
    is_new: bool = False  # the user opened this file


class StyleLibrary(QObject):
    """Reads banks on a job thread and adds them to `assets`, where the render thread looks into.

    Nothing is read before a bank is asked for. Files that were opened are found again in later
    runs, by their content; their paths stay on this machine.
    """

    changed = Signal()  # another bank is on show, or is missing, or there is one more to choose
    opened = Signal()  # a file of the user's is open, for which a picture may have waited
    failed = Signal(str)

    def __init__(
        self, assets: Assets, jobs: JobRunner, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.bank: StyleModel | None = None  # on show
        self.place = ""  # where it is among the choices
        self.missing: BankRef | None = None  # what a recipe asked for in vain
        self._assets = assets
        self._jobs = jobs
        self._settings = settings
        self._asked = 0
        self._awaited = 0  # how many of those asked for have not been answered
        self._shown = 0
        self._tried_first = False
        for file in settings.recents(FILES):
            assets.locate(file.sha256, partial(open_styles, Path(file.path)))

    def choices(self) -> list[Choice]:
        """What can be shown: built-in banks, then files, the latest opened first."""
        files = [Choice(file.name, file.path) for file in self._settings.recents(FILES)]
        return [*(Choice(name, name) for name in builtin_styles()), *files]

    def show_any(self) -> None:
        """Show the first bank there is, once, unless one is on show or on its way."""
        choices = self.choices()
        if choices and self.bank is None and not self._awaited and not self._tried_first:
            self._tried_first = True
            self.show_place(choices[0].place)

    def show_place(self, place: str) -> None:
        """Show a bank by its place among the choices."""
        self._start(lambda: Found(open_styles(place), place))

    def show_bank(self, ref: BankRef) -> None:
        """Show the bank that a recipe names; where there is none, the one on show stays."""
        self._start(partial(_find, self._assets, ref, self._place_of(ref)))

    def open_paths(self, paths: list[Path]) -> None:
        """Open and show files of styles; several folders are taken as the parts of one network."""
        folders = [path for path in paths if path.is_dir()]
        files = [path for path in paths if not path.is_dir()]
        for group in ([folders] if folders else []) + [[path] for path in files]:
            self._start(partial(_open, group))

    def ask_for_file(self, window: QWidget) -> None:
        """Let the user choose a file of styles, and open it."""
        folder = self._settings.directory("styles")
        chosen, _ = QFileDialog.getOpenFileName(window, "Open style file", folder, KINDS)
        if chosen:
            self._settings.set_directory("styles", Path(chosen).parent)
            self.open_paths([Path(chosen)])

    def _place_of(self, ref: BankRef) -> str:
        files = self._settings.recents(FILES)
        return next((file.path for file in files if file.sha256 == ref.sha256), ref.name)

    def _start(self, work: Callable[[], Found]) -> None:
        self._asked += 1
        self._awaited += 1
        number = self._asked
        self._jobs.start(lambda: (number, work()), self._on_found, self._on_failure)

    @Slot(object)
    def _on_found(self, answer: tuple[int, Found]) -> None:
        self._awaited -= 1
        number, found = answer
        if found.bank is None:
            self.missing = found.ref
            self.show_any()
            self.changed.emit()
            return
        self._assets.hold(found.bank)
        if found.is_new:
            file = RecentFile(found.place, found.bank.name, found.bank.sha256)
            self._settings.add_recent(file, FILES)
        if number > self._shown:
            self._shown = number
            self.bank, self.place = found.bank, found.place
        if self.missing is not None and self.missing.sha256 == found.bank.sha256:
            self.missing = None
        self.changed.emit()
        if found.is_new:
            self.opened.emit()

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self._awaited -= 1
        self.failed.emit(sentence)


def _find(assets: Assets, ref: BankRef, place: str) -> Found:
    try:
        return Found(assets.style(ref), place)
    except StyleError:
        return Found(None, ref=ref)


def _open(paths: list[Path]) -> Found:
    bank = open_styles(*paths)
    if not bank.names:
        raise StyleError(f"{bank.label} knows no style by name, so there is none to choose.")
    painter = next(path for path in paths if hash_styles(path) == bank.sha256)
    return Found(bank, str(painter.resolve()), is_new=True)
