"""The banks of styles at hand: built-in ones, those opened before, and the one on show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from stylestudio.app.core.settings import RecentFile
from stylestudio.app.core.task import FILES as FILE_LANE
from stylestudio.app.features.styles.learned import LearnedBank, LearnedBanks
from stylestudio.checkpoints import CheckpointError, hash_styles
from stylestudio.progress import Progress
from stylestudio.render import StyleError, builtin_styles, open_styles

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.learned_styles import Learned
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.core.task import Task, Work
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.progress import Cancel
    from stylestudio.recipe import BankRef
    from stylestudio.recipe.session import FileRef
    from stylestudio.render import Assets, StyleModel

    Report = Callable[[Progress], None]

FILES = "style files"  # of the settings
KINDS = "Styles (*.safetensors *.pth model.json);;All files (*)"
MANIFEST = "model.json"  # of a TensorFlow.js model, and stands for its folder


class Choice(NamedTuple):
    """A bank that can be shown."""

    name: str
    place: str  # a path, or the name of a built-in bank


@dataclass(frozen=True)
class Found:
    """Banks that a task has read, the last of them to be shown; none for a recipe's `ref`."""

    banks: tuple[tuple[StyleModel, str], ...]  # with their places
    ref: BankRef | None = None
    problems: tuple[str, ...] = ()


class StyleLibrary(QObject):
    """Reads banks by tasks and adds them to `assets`, where the render thread looks into.

    Nothing is read before a bank is asked for. Files that were opened are found again in later
    runs, by their content; their paths stay on this machine.
    """

    changed = Signal()  # another bank is on show, or is missing, or there is one more to choose
    opened = Signal()  # a file of the user's is open, for which a picture may have waited
    failed = Signal(str)  # besides what tasks tell

    def __init__(self, assets: Assets, tasks: Tasks, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self.bank: StyleModel | None = None  # on show
        self.place = ""  # where it is among the choices
        self.ancestors: set[str] = set()  # hashes of the banks that the one on show grew from
        self.missing: BankRef | None = None  # what a recipe asked for in vain
        self._assets = assets
        self._tasks = tasks
        self._settings = settings
        self._learned = LearnedBanks(settings)
        self._hashes: dict[str, str] = {}  # of banks that were read, by their places
        self._reading: list[Task] = []
        self._asked = 0
        self._shown = 0
        self._tried_first = False
        for file in self._files():
            assets.locate(file.sha256, partial(open_styles, Path(file.path)))

    def choices(self) -> list[Choice]:
        """What can be shown: built-in banks, learned ones, then files, the latest opened first.

        A bank that has grown is offered as it is now; as it was before, only while it is on show.
        """
        learned = self._learned.all()
        every = [Choice(name, name) for name in builtin_styles()]
        every += [Choice(bank.name, bank.path) for bank in learned]
        every += [Choice(file.name, file.path) for file in self._settings.recents(FILES)]
        outgrown = {bank.base for bank in learned}
        listed = [choice for choice in every if choice.place not in outgrown]
        if self.bank is not None and self.place in outgrown:
            listed.append(Choice(f"{self.bank.name} (earlier)", self.place))
        return listed

    def places_to_grow(self) -> tuple[str, ...]:
        """Where to add learned styles: to the bank on show, else to a built-in one."""
        places = [self.place, *builtin_styles()[:1]] if self.place else []
        return tuple(self._learned.newest(place) for place in places)

    def show_any(self) -> None:
        """Show the first bank there is, once, unless one is on show or on its way."""
        choices = self.choices()
        is_awaited = any(not task.state.is_over for task in self._reading)
        if choices and self.bank is None and not is_awaited and not self._tried_first:
            self._tried_first = True
            self.show_place(choices[0].place)

    def show_place(self, place: str) -> None:
        """Show a bank by its place among the choices."""
        self._show(lambda: Found(((open_styles(place), place),)))

    def show_bank(self, ref: BankRef) -> None:
        """Show the bank that a recipe names; where there is none, the one on show stays."""
        self._show(partial(_find, self._assets, ref, self._place_of(ref)))

    def open_paths(self, paths: list[Path]) -> None:
        """Open and show files of styles; several folders are taken as the parts of one network."""
        paths = [path.parent if path.name == MANIFEST else path for path in paths]
        folders = [path for path in paths if path.is_dir()]
        files = [path for path in paths if not path.is_dir()]
        groups = ([folders] if folders else []) + [[path] for path in files]
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} style files"
        task = self._start(f"Open {name}", partial(_open, groups), is_listed=True)
        task.succeeded.connect(partial(self._on_opened, self._asked))

    def open_learned(self, learned: Learned) -> None:
        """Show the bank that a style was added to, in place of the one before."""
        task = self._start(f"Open {learned.path.name}", partial(_open, [[learned.path]]))
        task.succeeded.connect(partial(self._on_learned, self._asked, learned))

    def ask_for_file(self, window: QWidget) -> None:
        """Let the user choose files of styles, and open them."""
        folder = self._settings.directory("styles")
        chosen, _ = QFileDialog.getOpenFileNames(window, "Open style files", folder, KINDS)
        if chosen:
            self._settings.set_directory("styles", Path(chosen[0]).parent)
            self.open_paths([Path(path) for path in chosen])

    def ask_for_folder(self, window: QWidget) -> None:
        """Let the user choose a folder with a style network, and open it."""
        folder = self._settings.directory("styles")
        chosen = QFileDialog.getExistingDirectory(window, "Open style folder", folder)
        if chosen:
            self._settings.set_directory("styles", Path(chosen).parent)
            self.open_paths([Path(chosen)])

    def place_of(self, sha256: str) -> str:
        """Where the user's file of this content lies, "" where none is known."""
        return next((file.path for file in self._files() if file.sha256 == sha256), "")

    def remember(self, ref: FileRef, path: str) -> None:
        """Know a file that a session needs, which was looked for."""
        self._assets.locate(ref.sha256, partial(open_styles, Path(path)))
        self._settings.add_recent(RecentFile(path, ref.name, ref.sha256), FILES)

    def name_of(self, place: str) -> str:
        """What the choice at a place is called."""
        names = {choice.place: choice.name for choice in self.choices()}
        return names.get(place, Path(place).stem)

    def _place_of(self, ref: BankRef) -> str:
        return self.place_of(ref.sha256) or ref.name

    def _files(self) -> list[RecentFile | LearnedBank]:
        return [*self._settings.known(FILES), *self._learned.all()]

    def _ancestors_of(self, place: str) -> set[str]:
        hashes = self._hashes | {file.path: file.sha256 for file in self._files()}
        bases = self._learned.bases(place)
        return {hashes[base] for base in bases if base in hashes}

    def _show(self, read: Callable[[], Found]) -> None:
        """Read a bank that is at hand; of several that wait, only the last."""
        task = self._start("Read styles", lambda _report, _cancel: read(), key="show styles")
        task.succeeded.connect(partial(self._on_found, self._asked))

    def _start(
        self, title: str, work: Work, *, key: str | None = None, is_listed: bool = False
    ) -> Task:
        self._asked += 1
        task = self._tasks.start(
            title, work, lane=FILE_LANE, owner=self, key=key, is_listed=is_listed
        )
        self._reading = [*(each for each in self._reading if not each.state.is_over), task]
        return task

    def _on_found(self, number: int, found: Found) -> None:
        """Show what was read; `number` says when it was asked for."""
        if not found.banks:
            self.missing = found.ref
            self.show_any()
        for bank, place in found.banks:
            self._assets.hold(bank)
            self._hashes[place] = bank.sha256
            if number >= self._shown:
                self._shown = number
                self.bank, self.place = bank, place
            if self.missing is not None and self.missing.sha256 == bank.sha256:
                self.missing = None
        self.ancestors = self._ancestors_of(self.place)
        self.changed.emit()

    def _on_opened(self, number: int, found: Found) -> None:
        for bank, place in found.banks:
            if all(place != learned.path for learned in self._learned.all()):
                self._settings.add_recent(RecentFile(place, bank.name, bank.sha256), FILES)
        if found.problems:
            self.failed.emit(" ".join(found.problems))
        if found.banks:
            self._on_found(number, found)
            self.opened.emit()

    def _on_learned(self, number: int, learned: Learned, found: Found) -> None:
        ((bank, place),) = found.banks
        name = self.name_of(learned.base)
        self._learned.add(LearnedBank(place, name, bank.sha256, learned.base))
        self._on_found(number, found)


# --- the work of the tasks, on their threads ---------------------------------------------


def _find(assets: Assets, ref: BankRef, place: str) -> Found:
    try:
        return Found(((assets.style(ref), place),))
    except StyleError:
        return Found((), ref)


def _open(groups: list[list[Path]], report: Report, cancel: Cancel) -> Found:
    """Open the parts of each group as one bank; of several groups, some may fail.

    Files that can't stand alone are taken as the parts of one network.
    """
    banks, problems = [], []
    halves: dict[Path, str] = {}  # and why they can't stand alone
    for done, group in enumerate(groups):
        cancel.check()
        report(Progress(done, len(groups), f"Reading {group[0].name}"))
        try:
            banks.append(_open_one(group))
        except (CheckpointError, StyleError) as problem:
            if len(groups) == 1:
                raise
            if isinstance(problem, StyleError) and not group[0].is_dir():
                halves[group[0]] = str(problem)
            else:
                problems.append(str(problem))
    if len(halves) > 1:
        try:
            banks.append(_open_one([*halves]))
        except (CheckpointError, StyleError) as problem:
            problems.append(str(problem))
    else:
        problems += halves.values()
    return Found(tuple(banks), problems=tuple(problems))


def _open_one(parts: list[Path]) -> tuple[StyleModel, str]:
    bank = open_styles(*parts)
    if not bank.names:
        raise StyleError(
            f"{bank.label} has no named styles to choose from; use its parts in a terminal: "
            "stylestudio stylize photo.jpg --model A --model B --like painting.jpg"
        )
    painter = next(path for path in parts if hash_styles(path) == bank.sha256)
    return bank, str(painter.resolve())
