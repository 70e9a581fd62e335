"""Opening whatever is dropped: the content decides which feature reads a file."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from stylestudio.app.core.feature import FileKind, RecipeKind
from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.recipe import Recipe, RecipeError, adapt, fits
from stylestudio.render import Model, builtin_models, open_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.jobs import JobRunner
    from stylestudio.app.core.model_paths import ModelPaths
    from stylestudio.app.core.settings import Settings

log = logging.getLogger(__name__)

MODEL_PATTERNS = ("*.pkl", "*.pt", "*.pth", "*.safetensors")


@dataclass(frozen=True)
class Opened:
    """A model that a job has read, where from, and the recipe that goes with it."""

    number: int  # counts the openings
    path: str
    model: Model
    sha256: str  # taken in the job, because it may mean reading the whole file
    recipe: Recipe | None


class Opener(QObject):
    """Reads models on a job thread and hands files of other kinds to their features.

    A failed opening changes nothing. A recipe of a model that is not open asks first
    (`foreign_recipe`), with the place of its model where this machine knows it.
    """

    failed = Signal(str)
    noted = Signal(str)
    foreign_recipe = Signal(object, str)  # Recipe, path of its model or ""
    started = Signal(str)

    def __init__(
        self,
        document: Document,
        jobs: JobRunner,
        settings: Settings,
        paths: ModelPaths,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._settings = settings
        self._paths = paths
        self._kinds: list[FileKind | RecipeKind] = []
        self._asked = 0
        self._shown = 0
        self._reopening = ""  # sha256 of a model that undo waits for
        self._tried_first = False
        document.model_wanted.connect(self._on_wanted)

    def add_kinds(self, kinds: Iterable[FileKind | RecipeKind]) -> None:
        """Open more kinds of files from now on."""
        self._kinds = sorted([*self._kinds, *kinds], key=lambda kind: kind.order)

    @property
    def filters(self) -> str:
        """What the open dialog offers: everything that opens, then each kind by itself."""
        kinds = {"Models": MODEL_PATTERNS} | {kind.title: kind.patterns for kind in self._kinds}
        every = dict.fromkeys(pattern for patterns in kinds.values() for pattern in patterns)
        named = {"Everything that opens": tuple(every)} | kinds
        entries = [f"{title} ({' '.join(patterns)})" for title, patterns in named.items()]
        return ";;".join([*entries, "All files (*)"])

    def ask(self, window: QWidget) -> None:
        """Let the user choose a file, and open it."""
        folder = self._settings.directory("models")
        chosen, _ = QFileDialog.getOpenFileName(window, "Open", folder, self.filters)
        if chosen:
            self._settings.set_directory("models", Path(chosen).parent)
            self.open_paths([Path(chosen)])

    def open_paths(self, paths: list[Path]) -> None:
        """Open files dropped or named together: the last model, the last recipe on it, the rest."""
        models: list[Path] = []
        recipes: list[tuple[RecipeKind, Path]] = []
        others: dict[str, tuple[FileKind, list[Path]]] = {}
        for path in paths:
            try:
                kind = self._kind_of(path)
            except OSError as error:
                self.failed.emit(f"{path.name} cannot be read: {error.strerror}.")
                continue
            if kind is None:
                models.append(path)
            elif isinstance(kind, RecipeKind):
                recipes.append((kind, path))
            else:
                others.setdefault(kind.id, (kind, []))[1].append(path)
        for kind, found in others.values():
            kind.open(found)
        recipe = self._read(*recipes[-1]) if recipes else None
        if models:
            self.open_model(str(models[-1]), recipe)
        elif recipe is not None:
            self._show_recipe(recipe, recipes[-1][1].name)
        elif others:
            self.open_first()

    def open_model(self, path: str, recipe: Recipe | None = None) -> None:
        """Open a model file or a built-in by name, showing `recipe` or the current one with it.

        When several are on their way, the last that succeeds is shown.
        """
        self._start(path, recipe, self._on_model, self._on_failure)

    def open_first(self) -> None:
        """Open the built-in model that newcomers see, if no model is on show or on its way."""
        if self._document.model is None and not self._tried_first and builtin_models():
            self._tried_first = True
            self.open_model(builtin_models()[0])

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

    def _kind_of(self, path: Path) -> FileKind | RecipeKind | None:
        for kind in self._kinds:
            try:
                if kind.holds(path):
                    return kind
            except OSError:
                raise
            except Exception:
                log.exception("The kind of file %s cannot tell what %s is", kind.id, path)
        return None

    def _read(self, kind: RecipeKind, path: Path) -> Recipe | None:
        try:
            return kind.read(path)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the window must say it
            self.failed.emit(str(problem) or f"{path.name} cannot be read.")
            return None

    def _show_recipe(self, recipe: Recipe, name: str) -> None:
        model, known = self._document.model, self._paths.find(recipe.model.sha256)
        if model is None and (known or builtin_models()):
            self.open_model(known or builtin_models()[0], recipe)
        elif model is None or recipe.model.sha256 != model.sha256:
            self.foreign_recipe.emit(recipe, known)
        elif fits(recipe, model):
            self._document.set(recipe, f"Open {name}")
        else:
            self.failed.emit(f"{name} does not fit {model.name}: its layers are others.")

    def _start(
        self,
        path: str,
        recipe: Recipe | None,
        on_success: Callable[[Opened], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self._asked += 1
        number = self._asked

        def work() -> Opened:
            model = open_model(path)
            return Opened(number, path, model, model.sha256, recipe)

        self.started.emit(f"Opening {Path(path).name}…")
        self._jobs.start(work, on_success, on_failure)

    @Slot(object)
    def _on_model(self, opened: Opened) -> None:
        model = opened.model
        self._paths.note(model, opened.path)
        if opened.number < self._shown:
            return
        self._shown = opened.number
        recipe = opened.recipe
        lost: tuple[str, ...] = ()
        if recipe is not None and fits(recipe, model):
            self._document.set_current(ModelRecipe(model, recipe), f"Open {model.name}")
        else:
            lost = self._document.open_model(model)
            if recipe is not None and recipe.model.sha256 != opened.sha256:
                self.foreign_recipe.emit(recipe, self._paths.find(recipe.model.sha256))
        remarks = [*model.notes, *lost]
        if remarks:
            self.noted.emit(" ".join(remarks))

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self.failed.emit(sentence)

    # --- models that undo needs again ----------------------------------------------------

    @Slot(object)
    def _on_wanted(self, recipe: Recipe) -> None:
        if self._reopening == recipe.model.sha256:
            return  # it is on its way
        path = self._paths.find(recipe.model.sha256)
        if not path:
            self._document.stay()
            self.failed.emit(
                f"That step needs the model {recipe.model.name}, which is no longer open, and "
                "its file is not known."
            )
            return
        self._reopening = recipe.model.sha256
        self._start(path, recipe, self._on_reopened, self._on_not_reopened)

    @Slot(object)
    def _on_reopened(self, opened: Opened) -> None:
        self._reopening = ""
        wanted = self._document.wanted
        if wanted is None or opened.recipe is None:
            return
        if wanted.model.sha256 == opened.sha256:
            self._document.show(ModelRecipe(opened.model, wanted))
        elif wanted.model.sha256 == opened.recipe.model.sha256:
            self._document.stay()
            self.failed.emit(
                f"That step needs the model {wanted.model.name}, and {Path(opened.path).name} is "
                "another by now."
            )

    @Slot(str)
    def _on_not_reopened(self, sentence: str) -> None:
        self._reopening = ""
        self._document.stay()
        self.failed.emit(f"That step needs a model that is no longer open. {sentence}")
