"""Opening whatever is dropped: the content decides which feature reads a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.reading import (
    MODEL_PATTERNS,
    Opened,
    Sorted,
    read_model,
    reopen_model,
    sort_files,
)
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.core.task import FILES, TaskState
from stylestudio.recipe import Recipe, RecipeError, adapt, fits
from stylestudio.render import builtin_models
from stylestudio.render.model_opening import opened_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.feature import FileKind
    from stylestudio.app.core.model_paths import ModelPaths
    from stylestudio.app.core.reading import Kind
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks

EVERYTHING = "Everything that opens"
NAMED_ENDINGS = 6  # of a kind of files


@dataclass(frozen=True)
class Wanted:
    """A model that is being read, and what to show with it."""

    number: int  # counts the openings
    path: str
    recipe: Recipe | None
    note: str


class Opener(QObject):
    """Reads models and recipes by tasks, and hands files of other kinds to their features.

    A failed opening changes nothing. Of several on their way, the last that was asked for is shown.
    A recipe of a model that is not open asks first (`foreign_recipe`), with the place of its model
    where this machine knows it.
    """

    failed = Signal(str)  # besides what tasks tell
    noted = Signal(str)
    foreign_recipe = Signal(object, str)  # Recipe, path of its model or ""
    started = Signal(str)
    ended = Signal()  # nothing is on its way any more
    brought = Signal(object)  # the Path of a file with a recipe, which is shown or on its way
    model_missing = Signal()  # all that was asked for is open, and there is no model among it

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        settings: Settings,
        paths: ModelPaths,
        device: Callable[[], tuple[str, str]],
        parent: QObject,
    ) -> None:
        """`device` says, on a task's thread, where to open models, and a remark or ""."""
        super().__init__(parent)
        self._document = document
        self._tasks = tasks
        self._settings = settings
        self._paths = paths
        self._device = device
        self._kinds: list[Kind] = []
        self._asked = 0
        self._shown = 0
        self._under_way = 0  # tasks
        self._later: list[tuple[FileKind, list[Path]]] = []  # files, for a model on its way
        self._reopening = ""  # sha256 of a model that undo waits for
        document.model_wanted.connect(self._on_wanted)

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked for is not open yet."""
        return self._under_way > 0

    def add_kinds(self, kinds: Iterable[Kind]) -> None:
        """Open more kinds of files from now on."""
        self._kinds = sorted([*self._kinds, *kinds], key=lambda kind: kind.order)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What can be opened besides models, in the order in which files are asked about."""
        return tuple(self._kinds)

    @property
    def filters(self) -> str:
        """What the open dialog offers: everything that opens, then each kind by itself."""
        kinds = {"Models": MODEL_PATTERNS} | {kind.title: kind.patterns for kind in self._kinds}
        every = dict.fromkeys(pattern for patterns in kinds.values() for pattern in patterns)
        named = {EVERYTHING: tuple(every)} | kinds
        return ";;".join([*starmap(_filter, named.items()), "All files (*)"])

    def ask(self, window: QWidget) -> None:
        """Let the user choose files, and open them."""
        chosen = self.choose(window, "Open", "models", self.filters)
        if chosen:
            self.open_paths(chosen)

    def ask_for(self, kind: FileKind, window: QWidget) -> None:
        """Let the user choose files of one kind, and open them as that, whatever else they hold."""
        filters = f"{_filter(kind.title, kind.patterns)};;All files (*)"
        chosen = self.choose(window, f"Open {kind.title.lower()}", kind.id, filters)
        if chosen:
            kind.open(chosen)

    def choose(
        self, window: QWidget, title: str, purpose: str, filters: str | None = None
    ) -> list[Path]:
        """Let the user choose files, of any kind that opens; none where that is given up."""
        folder, filters = self._settings.directory(purpose), filters or self.filters
        # The patterns of all kinds would take more room than there is.
        brief = QFileDialog.Option.HideNameFilterDetails
        chosen, _ = QFileDialog.getOpenFileNames(window, title, folder, filters, "", brief)
        if chosen:
            self._settings.set_directory(purpose, Path(chosen[0]).parent)
        return [Path(path) for path in chosen]

    def open_paths(self, paths: list[Path]) -> None:
        """Open files dropped or named together: the last model, the last recipe on it, the rest."""
        number = self._number()
        work = partial(sort_files, paths, tuple(self._kinds))
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        task = self._tasks.start(f"Open {name}", work, lane=FILES, owner=self, is_listed=False)
        self.follow(task, partial(self._on_sorted, number))

    def open_model(self, path: str, recipe: Recipe | None = None, note: str = "") -> None:
        """Open a model file or a built-in by name, showing `recipe` or the current one with it.

        `note` is a sentence about the recipe, said once it is on show.
        """
        self._read_model(Wanted(self._number(), path, recipe, note))

    def open_recipe(self, recipe: Recipe, name: str, note: str = "") -> None:
        """Show a recipe that a file called `name` holds, as if it had been dropped.

        `note` is a sentence about it, said once it is on show.
        """
        self._show_recipe(Wanted(self._number(), "", recipe, note), recipe, name)

    def adapt_here(self, recipe: Recipe) -> None:
        """Show another model's recipe on the current model, as far as it goes."""
        model = self._document.model
        assert model is not None
        try:
            adapted, lost = adapt(recipe, model)
        except RecipeError as error:
            self.failed.emit(str(error))
            return
        self._document.set(adapted, "Adapt a recipe")
        if lost:
            self.noted.emit(" ".join(lost))

    def _number(self) -> int:
        self._asked += 1
        return self._asked

    def follow(self, task: Task, on_success: Callable[..., None]) -> None:
        """Be busy until a task has ended that opens something."""
        self._under_way += 1
        task.succeeded.connect(on_success)
        task.ended.connect(self._on_ended)

    @Slot()
    def _on_ended(self) -> None:
        self._under_way -= 1
        if self.is_busy:
            return
        self.ended.emit()
        if self._document.model is None:
            self.model_missing.emit()
        elif not self.is_busy:  # nothing else has followed
            later, self._later = self._later, []
            for kind, paths in later:
                kind.open(paths)

    def _on_sorted(self, number: int, found: Sorted) -> None:
        for sentence in found.problems:
            self.failed.emit(sentence)
        for kind, paths in found.others.values():
            if kind.needs_model:
                self._later.append((kind, paths))
            else:
                kind.open(paths)
        file = found.file
        if number < self._shown:
            return
        recipe, note = (None, "") if file is None else (file.recipe, file.note)
        note = " ".join(filter(None, (*found.left_out, note)))
        if found.file_path is not None:
            self._settings.add_recent_file(found.file_path)
            self.brought.emit(found.file_path)  # which may clear what an earlier session left
        if file is not None and file.take is not None:
            file.take()
        if found.models:
            self._read_model(Wanted(number, opened_as(found.models[-1]), recipe, note))
        elif recipe is not None:
            self._show_recipe(Wanted(number, "", recipe, note), recipe, found.file_name)
        elif note:
            self.noted.emit(note)

    def _show_recipe(self, wanted: Wanted, recipe: Recipe, name: str) -> None:
        model, known = self._document.model, self._paths.find(recipe.model.sha256)
        if model is None and (known or builtin_models()):
            path = known or builtin_models()[0]
            self._read_model(Wanted(wanted.number, path, recipe, wanted.note))
            return
        self._shown = wanted.number
        if model is None or recipe.model.sha256 != model.sha256:
            self.foreign_recipe.emit(recipe, known)
        elif fits(recipe, model):
            self._document.set(recipe, f"Open {name}")
        else:
            self.failed.emit(
                f"{name} does not fit {model.name}: it has a different number of layers."
            )
            return
        if wanted.note:
            self.noted.emit(wanted.note)

    def _read_model(self, wanted: Wanted) -> None:
        name = Path(wanted.path).name
        self.started.emit(f"Opening {name}…")
        work = partial(read_model, wanted.path, self._device)
        task = self._tasks.start(f"Open {name}", work, lane=FILES, owner=self)
        self.follow(task, partial(self._on_model, wanted))

    def _on_model(self, wanted: Wanted, opened: Opened) -> None:
        model = opened.model
        self._paths.note(model, wanted.path)
        if wanted.number < self._shown:
            return
        self._shown = wanted.number
        recipe = wanted.recipe
        lost: tuple[str, ...] = ()
        if recipe is not None and fits(recipe, model):
            self._document.set_current(ModelRecipe(model, recipe), f"Open {model.name}")
        else:
            lost = self._document.open_model(model)
            if recipe is not None and recipe.model.sha256 != model.sha256:
                self.foreign_recipe.emit(recipe, self._paths.find(recipe.model.sha256))
        remarks = [opened.remark, wanted.note, *model.notes, *lost]
        if any(remarks):
            self.noted.emit(" ".join(filter(None, remarks)))

    # --- models that undo needs again ----------------------------------------------------

    @Slot(object)
    def _on_wanted(self, recipe: Recipe) -> None:
        sha256 = recipe.model.sha256
        if self._reopening == sha256:
            return  # it is on its way
        path = self._paths.find(sha256)
        if not path:
            self._document.stay()
            self.failed.emit(
                f"That step needs the model {recipe.model.name}, which is no longer open, and "
                "its file can't be found."
            )
            return
        self._reopening = sha256
        name = Path(path).name
        self.started.emit(f"Opening {name}…")
        work = partial(reopen_model, path, self._device)
        task = self._tasks.start(f"Open {name}", work, lane=FILES, owner=self)
        task.ended.connect(partial(self._on_reopening_ended, task))
        self.follow(task, partial(self._on_reopened, path, sha256))

    def _on_reopened(self, path: str, sha256: str, opened: Opened) -> None:
        model = opened.model
        self._reopening = ""
        wanted = self._document.wanted
        if wanted is None:
            return
        if wanted.model.sha256 == model.sha256:
            self._document.show(ModelRecipe(model, wanted))
        elif wanted.model.sha256 == sha256:
            self._document.stay()
            self.failed.emit(
                f"That step needs the model {wanted.model.name}, and {Path(path).name} is "
                "a different model now."
            )

    def _on_reopening_ended(self, task: Task) -> None:
        if task.state is not TaskState.DONE:
            self._reopening = ""
            self._document.stay()


def _filter(title: str, patterns: tuple[str, ...]) -> str:
    """A kind of file for a dialog, which hides the patterns: its name tells the first endings."""
    endings = [pattern.removeprefix("*") for pattern in patterns]
    more = " …" if len(endings) > NAMED_ENDINGS else ""
    told = "" if title == EVERYTHING else f": {' '.join(endings[:NAMED_ENDINGS])}{more}"
    return f"{title}{told} ({' '.join(patterns)})"
