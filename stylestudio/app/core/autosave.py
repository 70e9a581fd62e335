"""Keeps the current recipe on disk, so that a crash or a closed window loses nothing."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Slot

from stylestudio.files import replacing
from stylestudio.recipe import Recipe, RecipeError

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.model_paths import ModelPaths

DELAY_MS = 1000


class AutosaveError(Exception):
    """The recipe of an earlier run cannot be read; the message is for the user."""


class SavedRecipe(NamedTuple):
    """The recipe of an earlier run."""

    model_path: str
    recipe: Recipe


class Autosave(QObject):
    """Writes the recipe a moment after each change; the paths of models stay on this machine."""

    def __init__(
        self, document: Document, paths: ModelPaths, file: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._file = file
        self._paths = paths
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.save)
        document.recipe_changed.connect(self._schedule)

    def load(self) -> SavedRecipe | None:
        """Return the recipe of the last run, None where there is none.

        Raises AutosaveError for one that cannot be read, after it was kept aside.
        """
        try:
            content = self._file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        if not content.strip():
            return None
        try:
            stored = json.loads(content)
            content = str(stored["recipe"])
            return SavedRecipe(str(stored["model_path"]), Recipe.from_json(content))
        except RecipeError as error:
            raise AutosaveError(self._kept_unread(content, str(error))) from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise AutosaveError(self._kept_unread(content, "Its file is damaged.")) from None

    def _kept_unread(self, content: str, reason: str) -> str:
        """Write what cannot be read to a file of its own, and say so."""
        name = hashlib.sha256(content.encode()).hexdigest()[:12]
        kept = self._file.with_name(f"kept-{name}.json")
        try:
            with replacing(kept) as temporary:
                temporary.write_text(content, encoding="utf-8")
        except OSError as error:
            end = f"It cannot be kept, either: {error.strerror or error}."
        else:
            end = f"It is kept in {kept}."
        return f"The picture of the last run cannot be shown. {reason} {end}"

    def keep_aside(self, saved: SavedRecipe) -> Path:
        """Write a recipe that cannot be shown now to a file of its own; return its path."""
        kept = self._file.with_name(f"kept-{saved.recipe.model.sha256[:12]}.json")
        with replacing(kept) as temporary:
            temporary.write_text(saved.recipe.to_json(), encoding="utf-8")
        return kept

    @Slot()
    def save(self) -> None:
        """Write the current recipe now."""
        self._timer.stop()
        recipe = self._document.recipe
        path = "" if recipe is None else self._paths.opened(recipe.model.sha256)
        if recipe is None or not path:
            return
        content = json.dumps({"model_path": path, "recipe": recipe.to_json()})
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._file) as temporary:
                temporary.write_text(content, encoding="utf-8")
        except OSError:
            return  # a full disk must not disturb the work; the next change tries again

    @Slot(object)
    def _schedule(self, _recipe: Recipe) -> None:
        if not self._timer.isActive():
            self._timer.start()
