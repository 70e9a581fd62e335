"""Opening whatever is dropped: models, exported pictures, recipes; told apart by content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.document import Look
from stylestudio.app.settings import RecentModel
from stylestudio.recipe import Recipe, RecipeError, adapt, may_hold_recipe, read_recipe
from stylestudio.render import Model, builtin_models, open_model

if TYPE_CHECKING:
    from stylestudio.app.autosave import Autosave
    from stylestudio.app.document import Document
    from stylestudio.app.jobs import JobRunner
    from stylestudio.app.settings import Settings


@dataclass(frozen=True)
class Opened:
    """A model that a job has read, where from, and the recipe that goes with it."""

    path: str
    model: Model
    recipe: Recipe | None


class Opener(QObject):
    """Reads files on a job thread and hands the document what they hold.

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
        autosave: Autosave,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._settings = settings
        self._autosave = autosave

    def open_path(self, path: Path) -> None:
        """Open any file."""
        try:
            is_recipe = may_hold_recipe(path) if path.is_file() else False
        except OSError as error:
            self.failed.emit(f"{path.name} cannot be read: {error.strerror}.")
            return
        if is_recipe:
            self.open_recipe(path)
        else:
            self.open_model(str(path))

    def open_model(self, path: str, recipe: Recipe | None = None) -> None:
        """Open a model file or a built-in by name, showing `recipe` or the current one with it."""
        self.started.emit(f"Opening {Path(path).name}…")
        self._jobs.start(
            lambda: Opened(path, open_model(path), recipe), self._on_model, self._on_failure
        )

    def open_recipe(self, path: Path) -> None:
        """Show the recipe of a picture or recipe file."""
        try:
            recipe = read_recipe(path)
        except RecipeError as error:
            self.failed.emit(str(error))
            return
        model = self._document.model
        if model is not None and recipe.model.sha256 == model.sha256:
            self._document.set(recipe, f"Open {path.name}")
        else:
            self.foreign_recipe.emit(recipe, self._find_model(recipe.model.sha256))

    def adapt_here(self, recipe: Recipe) -> None:
        """Show another model's recipe on the current model, as far as it goes."""
        model = self._document.model
        assert model is not None
        adapted, lost = adapt(recipe, model)
        self._document.set(adapted, "Adapt a recipe")
        if lost:
            self.noted.emit(" ".join(lost))

    def _find_model(self, sha256: str) -> str:
        for recent in self._settings.recents():
            if recent.sha256 == sha256:
                return recent.path
        for name in builtin_models():
            if self._settings.text(f"builtin/{name}") == sha256:
                return name
        return ""

    @Slot(object)
    def _on_model(self, opened: Opened) -> None:
        model = opened.model
        self._autosave.note_path(model.sha256, opened.path)
        if opened.path in builtin_models():
            self._settings.set_text(f"builtin/{opened.path}", model.sha256)
        else:
            absolute = str(Path(opened.path).resolve())
            self._autosave.note_path(model.sha256, absolute)
            self._settings.add_recent(RecentModel(absolute, model.name, model.sha256))
        if opened.recipe is not None and opened.recipe.model.sha256 == model.sha256:
            self._document.set_look(Look(model, opened.recipe), f"Open {model.name}")
            lost: tuple[str, ...] = ()
        else:
            lost = self._document.open_model(model)
        remarks = [*model.notes, *lost]
        if remarks:
            self.noted.emit(" ".join(remarks))

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self.failed.emit(sentence)
