"""Work with words for the window: the run under way, and what it has made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from stylestudio.app.features.words.imagine_run import ImagineRun
from stylestudio.app.features.words.questions import AskRun, NameRun
from stylestudio.app.features.words.runs import Searching

if TYPE_CHECKING:
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks
    from stylestudio.app.features.words.channels_run import ChannelsRun, FoundChannels
    from stylestudio.app.features.words.imagine_run import ImaginedRun, ImaginedSource, Sheet
    from stylestudio.app.features.words.map_run import MapRun
    from stylestudio.app.features.words.questions import Named, Ranked
    from stylestudio.app.features.words.restyle_run import OwnStyle
    from stylestudio.app.features.words.runs import MoveRun
    from stylestudio.editing import Directions
    from stylestudio.recipe import MapperEdit
    from stylestudio.render import Model

    Run = Searching | MoveRun | ChannelsRun | MapRun | AskRun | NameRun | ImagineRun | ImaginedRun
    Result = (
        list[Ranked]
        | Directions
        | FoundChannels
        | MapperEdit
        | Named
        | OwnStyle
        | Sheet
        | ImaginedSource
        | None
    )


class Maker(QObject):
    """Does one thing at a time; with another model, what is under way for the last is dropped."""

    moved = Signal()  # the run has come further, or its task has another state
    made = Signal(object)  # what the run returned
    ended = Signal()

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.run: Run | None = None  # the last one, also once it is over
        self.task: Task | None = None
        tasks.changed.connect(self._on_task_changed)

    @property
    def is_running(self) -> bool:
        """Whether something is in the making, or waits for other work to end."""
        return self.task is not None and not self.task.state.is_over

    def start(self, run: Run, title: str) -> None:
        """Begin, unless something is in the making."""
        if self.is_running:
            return
        self.run = run
        self.task = self._tasks.start(
            title, run, owner=self, can_pause=True, can_finish=True, needs_grad=True
        )
        self.task.succeeded.connect(self.made)
        self.task.ended.connect(self.ended)

    def stop(self) -> None:
        """End it after its step, with the result so far; else without a result."""
        if self.task is None or self.run is None:
            return
        has_none = isinstance(self.run, Searching) and not self.run.found
        if has_none or isinstance(self.run, NameRun | ImagineRun):
            self.task.cancel()
        else:
            self.task.finish()

    def follow_model(self, model: Model) -> None:
        """Forget what was made for another model."""
        if self.run is not None and self.run.model.sha256 != model.sha256:
            if self.task is not None:
                self.task.drop()
            self.task = self.run = None

    @Slot(object)
    def _on_task_changed(self, task: Task) -> None:
        if task is self.task:
            self.moved.emit()
