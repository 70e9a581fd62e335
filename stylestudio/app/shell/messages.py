"""What the banner says, and until when: a message goes once it is no longer true."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from stylestudio.app.core.task import TaskState
from stylestudio.app.shell.dialogs import show_failure

if TYPE_CHECKING:
    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.worker import Rendered
    from stylestudio.app.shell.banner import Banner


class Messages(QObject):
    """Follows the studio; errors stay until they are dismissed, or what failed goes well."""

    def __init__(self, studio: Studio, banner: Banner) -> None:
        super().__init__(studio)
        self._studio = studio
        self._banner = banner
        self._render_failed = False  # the banner shows why the last frame is missing
        self._failed_title = ""  # of the task whose error is in the banner
        studio.rendered.connect(self._on_rendered)
        studio.failed.connect(self._on_failure)
        studio.noted.connect(banner.say)
        studio.done.connect(self._on_success)
        studio.tasks.failed.connect(self._on_failed_task)
        studio.tasks.changed.connect(self._on_task)
        studio.opener.started.connect(self._on_opening)

    @Slot(object)
    def _on_rendered(self, rendered: Rendered) -> None:
        if rendered.frame is None:
            self._render_failed, self._failed_title = True, ""
            self._banner.say_error(rendered.error or "")
        elif self._render_failed and rendered.pair == self._studio.document.current:
            self._render_failed = False
            self._banner.clear()

    @Slot(str)
    def _on_failure(self, sentence: str) -> None:
        # The next frame must not take this sentence away.
        self._render_failed, self._failed_title = False, ""
        self._banner.say_error(sentence)

    @Slot(object)
    def _on_failed_task(self, task: Task) -> None:
        self._render_failed, self._failed_title = False, task.title
        self._banner.say_error(task.error, partial(show_failure, self._studio.window, task))

    @Slot(object)
    def _on_task(self, task: Task) -> None:
        """What has gone well in the end is no longer worth a message."""
        if task.state is TaskState.DONE and task.title == self._failed_title:
            self._on_success()

    @Slot()
    def _on_success(self) -> None:
        self._render_failed, self._failed_title = False, ""
        if self._banner.is_error:
            self._banner.clear()

    @Slot()
    def _on_opening(self) -> None:
        """What was said before is about something else."""
        if self._studio.document.model is not None:
            self._banner.clear()
