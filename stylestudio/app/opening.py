"""Opening whatever is dropped: models, pictures, videos, recipes, sessions; told by content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.document import Look
from stylestudio.app.settings import RecentFile
from stylestudio.checkpoints import holds_styles
from stylestudio.recipe import (
    NoRecipeError,
    Recipe,
    RecipeError,
    adapt,
    fits,
    may_hold_recipe,
    read_recipe,
)
from stylestudio.render import DeltaError, Model, builtin_models, open_model
from stylestudio.video import SessionError, may_hold_session, read_session

if TYPE_CHECKING:
    from stylestudio.app.autosave import Autosave
    from stylestudio.app.document import Document
    from stylestudio.app.jobs import JobRunner
    from stylestudio.app.settings import Settings
    from stylestudio.render import Assets


@dataclass(frozen=True)
class Opened:
    """A model that a job has read, where from, and the recipe that goes with it."""

    number: int  # counts the openings
    path: str
    model: Model
    sha256: str  # taken in the job, because it may mean reading the whole file
    recipe: Recipe | None


class Opener(QObject):
    """Reads files on a job thread and hands the document what they hold.

    A failed opening changes nothing. A recipe of a model that is not open asks first
    (`foreign_recipe`), with the place of its model where this machine knows it.
    """

    failed = Signal(str)
    noted = Signal(str)
    foreign_recipe = Signal(object, str)  # Recipe, path of its model or ""
    photo_found = Signal(object)  # Path of a picture that holds no recipe
    started = Signal(str)
    found_session = Signal(object)  # Session; its look is shown as a recipe is
    found_styles = Signal(object)  # list of paths; they belong to no look, so others open them

    def __init__(
        self,
        document: Document,
        jobs: JobRunner,
        settings: Settings,
        autosave: Autosave,
        assets: Assets,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._settings = settings
        self._autosave = autosave
        self._assets = assets
        self._asked = 0
        self._shown = 0
        self._tried_first = False

    def open_paths(self, paths: list[Path]) -> None:
        """Open files dropped or named together: the last model, the last recipe on it, styles."""
        models: list[Path] = []
        recipes: list[Path] = []
        styles = [path for path in paths if holds_styles(path)]
        if styles:
            self.found_styles.emit(styles)
        for path in (path for path in paths if path not in styles):
            try:
                is_recipe = path.is_file() and (may_hold_recipe(path) or may_hold_session(path))
            except OSError as error:
                self.failed.emit(f"{path.name} cannot be read: {error.strerror}.")
                continue
            (recipes if is_recipe else models).append(path)
        if models:
            recipe = self._read(recipes[-1]) if recipes else None
            self.open_model(str(models[-1]), recipe)
        elif recipes:
            self.open_recipe(recipes[-1])
        elif styles:
            self.open_first()

    def open_model(self, path: str, recipe: Recipe | None = None) -> None:
        """Open a model file or a built-in by name, showing `recipe` or the current one with it.

        When several are on their way, the last that succeeds is shown.
        """
        self._asked += 1
        number = self._asked

        def work() -> Opened:
            model = open_model(path)
            return Opened(number, path, model, model.sha256, recipe)

        self.started.emit(f"Opening {Path(path).name}…")
        self._jobs.start(work, self._on_model, self._on_failure)

    def open_recipe(self, path: Path) -> None:
        """Show the recipe of a picture or recipe file."""
        recipe = self._read(path)
        if recipe is None:
            return
        model, known = self._document.model, self._find_model(recipe.model.sha256)
        if model is None and (known or builtin_models()):
            self.open_model(known or builtin_models()[0], recipe)
        elif model is None or recipe.model.sha256 != model.sha256:
            self.foreign_recipe.emit(recipe, known)
        elif fits(recipe, model):
            self._document.set(recipe, f"Open {path.name}")
        else:
            self.failed.emit(f"{path.name} does not fit {model.name}: its layers are others.")

    def open_first(self) -> None:
        """Open the built-in model that newcomers see, if no model is on show or on its way."""
        if self._document.model is None and not self._tried_first and builtin_models():
            self._tried_first = True
            self.open_model(builtin_models()[0])

    def _read(self, path: Path) -> Recipe | None:
        """The recipe in a file; a session around it is told of."""
        try:
            session = read_session(path) if may_hold_session(path) else None
            recipe = session.look if session else read_recipe(path)
            if session:
                self._assets.unpack(session.deltas)
            if recipe:
                self._assets.adopt(recipe, path.parent)
        except NoRecipeError:
            self.photo_found.emit(path)
            return None
        except (RecipeError, SessionError, DeltaError) as error:
            self.failed.emit(str(error))
            return None
        except OSError as error:
            self.failed.emit(f"The tuned weights of {path.name} cannot be kept: {error.strerror}.")
            return None
        if session:
            self.found_session.emit(session)
        return recipe

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
        path = opened.path
        if path in builtin_models():
            self._settings.set_text(f"builtin/{path}", model.sha256)
        else:
            path = str(Path(path).resolve())
            self._settings.add_recent(RecentFile(path, model.name, model.sha256))
        self._autosave.note_path(model.sha256, path)
        if opened.number < self._shown:
            return
        self._shown = opened.number
        recipe = opened.recipe
        lost: tuple[str, ...] = ()
        if recipe is not None and fits(recipe, model):
            self._document.set_look(Look(model, recipe), f"Open {model.name}")
        else:
            lost = self._document.open_model(model)
            if recipe is not None and recipe.model.sha256 != opened.sha256:
                self.foreign_recipe.emit(recipe, self._find_model(recipe.model.sha256))
        remarks = [*model.notes, *lost]
        if remarks:
            self.noted.emit(" ".join(remarks))

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        self.failed.emit(sentence)
