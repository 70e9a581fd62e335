"""Keeps the current recipe on disk, so that a crash or a closed window loses nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Slot

from stylestudio.files import replacing
from stylestudio.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.model_paths import ModelPaths

DELAY_MS = 1000


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
        """Return the recipe of the last run, None where there is none that can be read."""
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
            return SavedRecipe(str(stored["model_path"]), Recipe.from_json(stored["recipe"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

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
