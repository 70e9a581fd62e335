"""What the window says over the picture, and when it stops saying it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from stylestudio.app.core.task import TaskState
from stylestudio.app.shell.dialogs import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.worker import Rendered
    from stylestudio.app.shell.banner import Banner
    from stylestudio.app.shell.status_bar import StatusBar


class Messages(QObject):
    """Brings what the studio tells to the banner and the status bar.

    A message goes when something later goes well: the picture that failed is rendered, the task
    that failed is done. It also goes when something else is tried: another task of the panel whose
    task failed begins, another model is being opened.
    """

    def __init__(self, studio: Studio, banner: Banner, status: StatusBar) -> None:
        super().__init__(studio)
        self._studio, self._banner, self._status = studio, banner, status
        self._render_failed = False  # the banner shows why the last frame is missing
        self._failed: Task | None = None  # the task whose failure the banner shows
        studio.rendered.connect(self._on_rendered)
        studio.failed.connect(self._on_failure)
        studio.noted.connect(banner.say)
        studio.done.connect(status.say_done)
        studio.done.connect(self._clear_failure)
        studio.saved.connect(status.say_saved)
        studio.saved.connect(self._clear_failure)
        studio.tasks.failed.connect(self._on_failed_task)
        studio.tasks.added.connect(self._on_new_task)
        studio.tasks.changed.connect(self._on_task)
        studio.opener.started.connect(self._on_opening)
        studio.opener.ended.connect(self.name_model)

    @Slot()
    def name_model(self) -> None:
        """Name the model on show, instead of what was being opened."""
        if self._studio.document.model is not None:
            self._status.name_model(self._studio.document.model)

    @Slot(object)
    def _on_rendered(self, rendered: Rendered) -> None:
        if rendered.error is not None:
            self._render_failed = True
            self._banner.say_error(rendered.error)
        if rendered.frame is None:
            return
        # A draft alone is no sign that the full picture will do, unless a clip consists of drafts.
        is_good = rendered.error is None and (rendered.playing or rendered.frame.draft is None)
        if self._render_failed and is_good and rendered.pair == self._studio.document.current:
            self._render_failed = False
            self._banner.clear()
        self._status.speed.note(rendered, self._studio.worker.passed_over)

    @Slot(str)
    def _on_failure(
        self,
        sentence: str,
        details: Callable[[], object] | None = None,
        failed: Task | None = None,
    ) -> None:
        # Neither the next frame nor an earlier task may take this sentence away.
        self._render_failed, self._failed = False, failed
        self._banner.say_error(sentence, details)
        self.name_model()

    @Slot(object)
    def _on_failed_task(self, task: Task) -> None:
        details = partial(show_failure, self._studio.window, task)
        self._on_failure(task.error, details, task)

    @Slot(object)
    def _on_new_task(self, task: Task) -> None:
        """Whoever tries again has read why it failed.

        That another model is opened is told by `_on_opening`: the program also opens one by itself.
        """
        failed = self._failed
        if failed is None or failed.owner is self._studio.opener:
            return
        if task.owner is not None and task.owner is failed.owner:
            self._clear_failure()

    @Slot(object)
    def _on_task(self, task: Task) -> None:
        """What has gone well in the end is no longer worth a message."""
        failed = self._failed
        if task.state is TaskState.DONE and failed is not None and task.title == failed.title:
            self._clear_failure()

    @Slot()
    def _clear_failure(self) -> None:
        self._render_failed, self._failed = False, None
        if self._banner.is_error:
            self._banner.clear()

    @Slot(str)
    def _on_opening(self, sentence: str) -> None:
        """Say what is being opened; what was said before is about something else."""
        self._status.say(sentence)
        if self._studio.document.model is not None:
            self._banner.clear()
