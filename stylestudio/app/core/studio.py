"""What a feature is built with: the document and everything else that features share."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from stylestudio.app.core.autosave import Autosave, AutosaveError
from stylestudio.app.core.canvas_tools import CanvasTools
from stylestudio.app.core.device_choice import DeviceChoice
from stylestudio.app.core.document import Document
from stylestudio.app.core.history import DocumentHistory
from stylestudio.app.core.learned_styles import LearnedStyles
from stylestudio.app.core.looks_at_hand import LooksAtHand
from stylestudio.app.core.model_paths import ModelPaths, is_there
from stylestudio.app.core.opening import Opener
from stylestudio.app.core.own_files import OwnFiles, tidy
from stylestudio.app.core.session import WorkingSession
from stylestudio.app.core.session_parts import SessionPart
from stylestudio.app.core.session_work import OPENED_HISTORY
from stylestudio.app.core.sources_at_hand import SourcesAtHand
from stylestudio.app.core.task import FILES
from stylestudio.app.core.tasks import Tasks
from stylestudio.app.core.thumbnails import Thumbnails
from stylestudio.app.core.view import View
from stylestudio.app.core.worker import RenderWorker
from stylestudio.app.widgets.canvas import Canvas
from stylestudio.files import is_reachable
from stylestudio.recipe import deltas_of, unread_note
from stylestudio.render import Assets, builtin_models
from stylestudio.render.device import unused_card

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.autosave import SavedRecipe
    from stylestudio.app.core.settings import Settings
    from stylestudio.recipe.history import History

LAST_LOOK = "last-look.json"
OTHERS = (
    "Another window left work that isn't saved. Start StyleStudio once more, beside this window, "
    "and it comes back there."
)
HISTORY = "history"  # a folder


class Studio(QObject):
    """Owns the shared parts and joins them: document -> worker -> view.

    The shell listens to the signals; features emit them, or connect their own to them.
    """

    failed = Signal(str)  # a sentence for the banner, which stays; failed tasks tell it themselves
    noted = Signal(str)  # a sentence for the banner, for a while
    done = Signal(str)  # a sentence for the status bar
    dock_wanted = Signal(str)  # the id of a dock to be brought in sight
    image_taken = Signal(object, str)  # one without a file (see core.images.image_in), its name
    saved = Signal(object)  # the Path of a file that was written for the user
    directions_made = Signal(str, object)  # a title, Directions of the model on show
    rendered = Signal(object)  # Rendered; where it has a frame, that is on the canvas

    def __init__(self, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self.settings = settings
        self.window = window  # the parent of dialogs
        self.document = Document(self)
        self.tasks = Tasks(self)
        self.assets = Assets()
        self.learned_styles = LearnedStyles(self)
        self.worker = RenderWorker(self.assets, self)
        self.thumbnails = Thumbnails(self.worker, self)
        self.sources_at_hand = SourcesAtHand()
        self.looks_at_hand = LooksAtHand()
        self.paths = ModelPaths(settings)
        self.own_files = OwnFiles(settings.folder, LAST_LOOK)
        self.autosave = Autosave(
            self.document, self.paths, self.tasks, self.own_files.path(LAST_LOOK), self
        )
        self.history = DocumentHistory(
            self.document, self.thumbnails, self.tasks, self.own_files.path(HISTORY), self
        )
        self.devices = DeviceChoice(self.document, self.tasks, settings, self)
        self.opener = Opener(
            self.document, self.tasks, settings, self.paths, self.devices.for_opening, self
        )
        self.view = View(Canvas(), self.tasks, self.assets, self)
        self.canvas_tools = CanvasTools(self)
        self.session = WorkingSession(self)
        self.autosave.state = self.session.state
        self.session.changed.connect(self.autosave.save_soon)
        self.session.failed.connect(self.failed)
        self.session.noted.connect(self.noted)
        self.opener.add_kinds(self.session.kinds)
        self.opener.brought.connect(self._on_brought)
        self.opener.ended.connect(self._open_waiting)
        self.document.model_changed.connect(self._settle)
        self.document.recipe_changed.connect(self.render)
        self.document.model_closed.connect(self.thumbnails.forget_model)
        self.worker.rendered.connect(self._on_rendered)
        self.opener.failed.connect(self.failed)
        self.opener.noted.connect(self.noted)
        self.autosave.failed.connect(self.failed)
        self.history.failed.connect(self.failed)
        self.history.edited.connect(self.session.touch)
        take = partial(self.history.take, moves=True)
        self.session.add_part("history", SessionPart(self._history, take))
        # Queued, so that what is said here comes after what the failed task tells.
        self.opener.model_missing.connect(self._open_any, Qt.ConnectionType.QueuedConnection)
        self._saved: SavedRecipe | None = None  # of the last run
        self._waiting: list[Path] = []  # files, for the look of the last run
        self._tried_saved = self._tried_first = self._is_closed = False
        self._is_settled = False  # whether it is clear what session the window shows

    def start(self, files: list[Path]) -> None:
        """Open what was asked for, else the last recipe, else the first built-in model."""
        if unused := unused_card():
            self.noted.emit(unused)
        self.tasks.start(
            "Tidy up",
            lambda *_: tidy(self.settings.folder, self.assets),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        troubles = [self.settings.obstacle]
        try:
            self._saved = self.autosave.load()
        except AutosaveError as error:
            troubles.append(str(error))
        saved = self._saved
        if saved is not None:
            self._take_up(saved, files)
        elif files:
            self.opener.open_paths(files)
        else:
            self._open_any()
        if any(troubles):
            self.failed.emit(" ".join(filter(None, troubles)))
        if self.own_files.others_unsaved(LAST_LOOK):
            self.noted.emit(OTHERS)

    def _take_up(self, saved: SavedRecipe, files: list[Path]) -> None:
        """Continue with the session of the last run, unless it was given up or files are wanted."""
        self.session.restore(saved.state)
        if saved.state.get("is_discarded"):
            self._saved, file = None, self.session.path
            self.session.start_anew()
            files = files or ([file] if file is not None and is_reachable(file) else [])
            if not files and is_there(saved.model_path):
                self._is_settled = True
                self.opener.open_model(saved.model_path)
                return
        elif files and self.session.is_dirty:
            # Not before the unsaved look is back: what comes then is a step on, or asks.
            self._waiting = files
            files = []
        if files:
            self.opener.open_paths(files)
        else:
            self._open_any()

    @Slot()
    def _open_waiting(self) -> None:
        files, self._waiting = self._waiting, []
        if files and not self._is_closed:
            self.opener.open_paths(files)

    @Slot(object)
    def _on_brought(self, path: Path) -> None:
        """A file has brought a recipe, which may be all of a new session."""
        self._settle()
        self.session.note_copy(path)

    @Slot()
    def _settle(self) -> None:
        """Leave the session of the last run where something else is shown first."""
        if self._saved is not None and not self._is_settled:
            self.session.start_anew()
        self._is_settled = True

    @Slot()
    def _open_any(self) -> None:
        """Open the last recipe, and where that fails, the first built-in model."""
        saved = self._saved
        if self._is_closed:
            return  # what was on its way was given up
        if saved is not None and not self._tried_saved and is_there(saved.model_path):
            self._tried_saved = self._is_settled = True
            note = unread_note(saved.recipe.unread)
            self.opener.open_model(saved.model_path, saved.recipe, note)
        elif not self._tried_first and builtin_models():
            self._tried_first = True
            self.opener.open_model(builtin_models()[0])
            if saved is not None:
                self._is_settled = True
                self.session.keep(saved.recipe)  # which saving would otherwise replace
                self._keep_aside(saved)

    def _keep_aside(self, saved: SavedRecipe) -> None:
        """Keep a recipe whose model cannot be opened, before another takes its place."""
        what = "cannot be opened" if self._tried_saved else "is no longer there"
        try:
            kept = self.autosave.keep_aside(saved)
        except OSError as error:
            end = f"the picture's recipe cannot be kept: {error.strerror or error}."
        else:
            end = f"the picture's recipe is kept in {kept}. Drop it here once the model is back."
        self.failed.emit(f"The last picture's model {saved.model_path} {what}; {end}")

    @Slot()
    def render(self) -> None:
        """Render what the document shows; again, where something besides the recipe changed."""
        if self.document.current is not None:
            self.worker.request(self.document.current)

    def names_weights(self, sha256: str) -> bool:
        """Whether the session, undo, the history or the pinned picture names tuned weights."""
        recipes = [*self.document.past(), *self.session.content().recipes]
        if self.view.pinned is not None:
            recipes.append(self.view.pinned)
        return any(sha256 in deltas_of(each) for each in recipes) or self.history.names(sha256)

    def _history(self) -> History | Path:
        """The history, up to now; the folder of one that is still being read."""
        self.history.settle()
        return self.history.tree or self.own_files.path(HISTORY)

    def close(self) -> None:
        """Save the recipe and its history, and leave no thread behind."""
        self._is_closed = True
        self.autosave.save()
        self.session.close()
        self.history.close()
        self.worker.stop()
        self.tasks.close()
        # What is left is of sessions that were given up while they were read.
        shutil.rmtree(self.own_files.path(OPENED_HISTORY), ignore_errors=True)
        self.own_files.release()

    @Slot()
    def _on_rendered(self) -> None:
        rendered = self.worker.outbox.take()
        if rendered is not None:
            if rendered.frame is not None:
                self.view.show(rendered)
            self.rendered.emit(rendered)
