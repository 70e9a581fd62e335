"""What a feature is built with: the document and everything else that features share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.core.autosave import Autosave
from stylestudio.app.core.document import Document
from stylestudio.app.core.jobs import JobRunner
from stylestudio.app.core.model_paths import ModelPaths, is_there
from stylestudio.app.core.opening import Opener
from stylestudio.app.core.own_files import OwnFiles
from stylestudio.app.core.tasks import Tasks
from stylestudio.app.core.thumbnails import Thumbnails
from stylestudio.app.core.view import View
from stylestudio.app.core.worker import RenderWorker
from stylestudio.app.widgets.canvas import Canvas
from stylestudio.render import Assets
from stylestudio.render.device import unused_card

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.settings import Settings

LAST_LOOK = "last-look.json"


class Studio(QObject):
    """Owns the shared parts and joins them: document -> worker -> view.

    The shell listens to the signals; features emit them, or connect their own to them.
    """

    failed = Signal(str)  # a sentence for the banner, which stays; failed tasks tell it themselves
    noted = Signal(str)  # a sentence for the banner, for a while
    done = Signal(str)  # a sentence for the status bar
    dock_wanted = Signal(str)  # the id of a dock to be brought in sight
    image_dropped = Signal(object)  # a picture without a file; see core.images.image_in
    rendered = Signal(object)  # Rendered; where it has a frame, that is on the canvas

    def __init__(self, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self.settings = settings
        self.window = window  # the parent of dialogs
        self.document = Document(self)
        self.jobs = JobRunner(self)
        self.tasks = Tasks(self)
        self.assets = Assets()
        self.worker = RenderWorker(self.assets, self)
        self.thumbnails = Thumbnails(self.worker, self)
        self.paths = ModelPaths(settings)
        self.own_files = OwnFiles(settings.folder, LAST_LOOK)
        self.autosave = Autosave(
            self.document, self.paths, self.tasks, self.own_files.path(LAST_LOOK), self
        )
        self.opener = Opener(self.document, self.jobs, settings, self.paths, self)
        self.view = View(Canvas(), self.jobs, self.assets, self)
        self.document.recipe_changed.connect(self.render)
        self.document.model_closed.connect(self.thumbnails.forget_model)
        self.worker.rendered.connect(self._on_rendered)
        self.failed.connect(self._on_failure)
        self.opener.failed.connect(self.failed)
        self.opener.noted.connect(self.noted)
        self.view.failed.connect(self.failed)
        self.autosave.failed.connect(self.failed)

    def start(self, files: list[Path]) -> None:
        """Open what was asked for, else the last recipe, else the first built-in model."""
        if unused := unused_card():
            self.noted.emit(unused)
        saved = self.autosave.load()
        if files:
            self.opener.open_paths(files)
        elif saved is not None and is_there(saved.model_path):
            self.opener.open_model(saved.model_path, saved.recipe)
        else:
            self.opener.open_first()
            if saved is not None:
                kept = self.autosave.keep_aside(saved)
                self.failed.emit(
                    f"The last picture's model is no longer at {saved.model_path}; the picture's "
                    f"recipe is kept in {kept}. Drop it here when the model is back."
                )

    @Slot()
    def render(self) -> None:
        """Render what the document shows; again, where something besides the recipe changed."""
        if self.document.current is not None:
            self.worker.request(self.document.current)

    def close(self) -> None:
        """Save the recipe, and leave no thread behind."""
        self.autosave.save()
        self.worker.stop()
        self.jobs.wait()
        self.tasks.close()
        self.own_files.release()

    @Slot()
    def _on_rendered(self) -> None:
        rendered = self.worker.outbox.take()
        if rendered is not None:
            if rendered.frame is not None:
                self.view.show(rendered)
            self.rendered.emit(rendered)

    @Slot(str)
    def _on_failure(self, _sentence: str) -> None:
        self.opener.open_first()  # a first file that cannot be opened still leads to a picture
