"""Keeps the current recipe on disk, so that a crash or a closed window loses nothing."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from stylestudio.app.core.task import FILES, OnClose
from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.recipe import Recipe, RecipeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.model_paths import ModelPaths
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.progress import Cancel, Progress

DELAY_MS = 1000


class Saver(QObject):
    """Writes a text file off the window's thread, a moment after something changed.

    The moment is counted from the first change that is not on disk yet, so however fast others
    follow, no more than that moment's work can be lost. `compose` is asked in the window's thread
    for a function that makes the text in another; None where there is nothing to be written.
    """

    failed = Signal(str)  # a sentence, once until it succeeds again

    def __init__(
        self,
        tasks: Tasks,
        file: Path,
        compose: Callable[[], Callable[[], str] | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._file = file
        self._compose = compose
        self._is_failing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.save)

    @property
    def is_failing(self) -> bool:
        """Whether the last attempt to write failed."""
        return self._is_failing

    @Slot()
    def save_soon(self) -> None:
        """Write in a moment."""
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def save(self) -> None:
        """Begin to write now; a window that closes waits for it."""
        self._timer.stop()
        compose = self._compose()
        if compose is None:
            return
        task = self._tasks.start(
            f"Save {self._file.name}",
            partial(_write, self._file, compose),
            lane=FILES,
            owner=self,
            on_close=OnClose.WAIT,
            key=self._file,
            is_listed=False,
        )
        task.succeeded.connect(self._on_written)

    @Slot(object)
    def _on_written(self, error: str) -> None:
        if error and not self._is_failing:
            self.failed.emit(error)
        self._is_failing = bool(error)


def _write(
    file: Path, compose: Callable[[], str], _report: Callable[[Progress], None], _cancel: Cancel
) -> str:
    """Write the file; return why that failed, "" where it did not."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            temporary.write_text(compose(), encoding="utf-8")
    except OSError as error:
        return (
            f"Your work can't be saved in {file.parent} ({error.strerror or error}), and would be "
            "lost in a crash. Your next change tries again."
        )
    return ""


class AutosaveError(StyleStudioError):
    """The recipe of an earlier run cannot be read; the message is for the user."""


class SavedRecipe(NamedTuple):
    """The recipe of an earlier run."""

    model_path: str
    recipe: Recipe
    state: dict[str, Any]  # of the session; see WorkingSession.state


class Autosave(QObject):
    """Writes the recipe a moment after each change; the paths of models stay on this machine."""

    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        paths: ModelPaths,
        tasks: Tasks,
        file: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._file = file
        self._paths = paths
        self.state: Callable[[], dict[str, Any]] = dict  # of the session
        self._saver = Saver(tasks, file, self._compose, self)
        self._saver.failed.connect(self.failed)
        document.recipe_changed.connect(self.save_soon)

    @Slot()
    def save_soon(self) -> None:
        """Write in a moment."""
        self._saver.save_soon()

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
            state = stored.get("session", {})
            state = state if isinstance(state, dict) else {}
            return SavedRecipe(str(stored["model_path"]), Recipe.from_json(content), state)
        except RecipeError as error:
            raise AutosaveError(self._kept_unread(content, str(error))) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise AutosaveError(self._kept_unread(content, "Its file is damaged.")) from None

    def _kept_unread(self, content: str, reason: str) -> str:
        """Write what cannot be read to a file of its own, and say so."""
        kept = self._kept_file(content)
        try:
            with replacing(kept) as temporary:
                temporary.write_text(content, encoding="utf-8")
        except OSError as error:
            end = f"It can't be kept either: {error.strerror or error}."
        else:
            end = f"It is kept in {kept}."
        return f"The picture from the last run can't be shown. {reason} {end}"

    def keep_aside(self, saved: SavedRecipe) -> Path:
        """Write a recipe that cannot be shown now to a file of its own; return its path."""
        content = saved.recipe.to_json()
        kept = self._kept_file(content)
        with replacing(kept) as temporary:
            temporary.write_text(content, encoding="utf-8")
        return kept

    def _kept_file(self, content: str) -> Path:
        """A file for what can't be shown: one of its own, whatever else is kept."""
        name = hashlib.sha256(content.encode()).hexdigest()[:12]
        return self._file.with_name(f"kept-{name}.json")

    def save(self) -> None:
        """Begin to write the current recipe now."""
        self._saver.save()

    def _compose(self) -> Callable[[], str] | None:
        recipe = self._document.recipe
        path = "" if recipe is None else self._paths.opened(recipe.model.sha256)
        return partial(_text, path, recipe, self.state()) if recipe is not None and path else None


def _text(path: str, recipe: Recipe, state: dict[str, Any]) -> str:
    return json.dumps({"model_path": path, "session": state, "recipe": recipe.to_json()})
