"""One piece of work off the window's thread: the handle that the window holds, and its thread."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import traceback
import weakref
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from PySide6.QtCore import QObject, QThread, Signal
from shiboken6 import isValid

from stylestudio.app.core.mailbox import Mailbox
from stylestudio.app.core.worker import STACK_BYTES
from stylestudio.errors import sentence_of
from stylestudio.progress import Cancel, Cancelled, Progress, TimeLeft

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from PySide6.QtCore import SignalInstance

    from stylestudio.progress import Picture

    # work(report, cancel) -> result. It knows no Qt; see stylestudio.progress.Cancel.
    Work: TypeAlias = Callable[[Callable[[Progress], None], Cancel], Any]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lane:
    """Tasks that share a number of threads, and wait for no task of another lane."""

    name: str
    threads: int


COMPUTE = Lane("compute", 3)  # minutes or hours: an inversion, a style and an export side by side
FILES = Lane("files", 2)  # seconds: opening and saving


@cache
def load_optimisers() -> None:
    """Import what torch's optimisers need: hundreds of modules, which the first one asks for.

    They are kept out of garbage collections from then on, as is all else there is by now. Going
    through them holds the interpreter, and with it the window, for a third of a second each time.
    """
    importlib.import_module("torch._dynamo")
    gc.freeze()


class TaskState(StrEnum):
    """Where a task stands."""

    WAITING = "Waiting"
    RUNNING = "Running"
    PAUSED = "Paused"
    FINISHING = "Ending early"
    CANCELLING = "Cancelling"
    DONE = "Done"
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self in (TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED)


class OnClose(Enum):
    """What becomes of a task when the window closes."""

    CANCEL = "cancel"
    SUSPEND = "suspend"  # cancelled, but what it has on disk stays, to go on from another day
    FINISH = "finish"  # ended early, with what there is
    WAIT = "wait"  # done to the end: the window waits


class TaskThread(QThread):
    """Does the work. Holds no Qt object of the window, so none can be destroyed here."""

    news = Signal()  # something is in `outbox`; without payload, so that nothing queues up

    def __init__(
        self, title: str, work: Work, control: Cancel, *, needs_grad: bool, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.setStackSize(STACK_BYTES)
        self.outbox: Mailbox[Progress] = Mailbox()
        self.picture: Picture | None = None  # the newest, which later progress may come without
        self.result: Any = None
        self.error = ""  # a sentence
        self.traceback = ""
        self.was_cancelled = False
        self._title, self._work, self._control = title, work, control
        self._needs_grad = needs_grad
        self._time_left = TimeLeft(control.clock)

    def run(self) -> None:
        """Work; how it ended is in `result`, `error` or `was_cancelled`."""
        try:
            with self._grad():
                self.result = self._work(self._report, self._control)
        except Cancelled:
            self.was_cancelled = True
        except Exception as problem:  # noqa: BLE001 - whatever it is, the window must say it
            self.error = sentence_of(problem)
            self.traceback = traceback.format_exc()
            log.error("Failed: %s\n%s", self._title, self.traceback)  # text: it keeps no frame

    def _grad(self) -> contextlib.AbstractContextManager[object]:
        if not self._needs_grad:
            return contextlib.nullcontext()
        load_optimisers()
        return torch.enable_grad()

    def _report(self, progress: Progress) -> None:
        if progress.picture is not None:
            self.picture = progress.picture
        if self.outbox.put(self._time_left.fill(progress)):
            self.news.emit()


class Task(QObject):
    """A piece of work as the window sees it. All of its signals come in the window's thread.

    Where the owner was destroyed, nobody is told of the end. `can_pause` and `can_finish` say
    what the work supports; every work can be cancelled between two of its steps.
    """

    progressed = Signal(object)  # Progress: the newest; those in between are left out
    succeeded = Signal(object)  # what the work returned
    failed = Signal(str)  # a sentence
    ended = Signal()  # last of all, however it ended

    def __init__(
        self,
        title: str,
        work: Work,
        lane: Lane,
        on_change: Callable[[Task], None],
        *,
        owner: QObject | None,
        can_pause: bool,
        can_finish: bool,
        on_close: OnClose,
        needs_grad: bool,
        key: Hashable,
        is_listed: bool,
    ) -> None:
        super().__init__()
        self.title = title
        self.lane = lane
        self.can_pause, self.can_finish = can_pause, can_finish
        self.key = key
        self.is_listed = is_listed
        self.state = TaskState.WAITING
        self.progress: Progress | None = None
        self.picture: Picture | None = None
        self.error = ""  # a sentence
        self.traceback = ""
        self._work: Work | None = work
        self._control = Cancel()
        self._needs_grad = needs_grad
        self.on_close = on_close
        self._on_change = on_change
        self._owner = None if owner is None else weakref.ref(owner)
        self._thread: TaskThread | None = None

    # --- for whoever started it, and for the view ------------------------------------------

    @property
    def owner(self) -> QObject | None:
        """What it was started for; None where that is gone."""
        return None if self._owner is None else self._owner()

    @property
    def status(self) -> str:
        """How it stands, in one line."""
        state, progress = self.state, self.progress
        if state is TaskState.FAILED:
            return self.error
        if state is TaskState.RUNNING:
            return "Starting" if progress is None else str(progress)
        if state is TaskState.PAUSED and progress is not None and progress.done:
            return f"Paused at {progress.done} of {progress.total}"
        if state in (TaskState.FINISHING, TaskState.CANCELLING):
            return f"{state.value} after this step"
        return str(state.value)

    def pause(self) -> None:
        """Rest after the present step."""
        if self.can_pause and self.state is TaskState.RUNNING:
            self._control.pause()
            self._set_state(TaskState.PAUSED)

    def resume(self) -> None:
        """Resume."""
        if self.state is TaskState.PAUSED:
            self._control.resume()
            self._set_state(TaskState.RUNNING)

    def finish(self) -> None:
        """End after the current step with the result so far; cancel what has not begun."""
        if self.state is TaskState.WAITING:
            self.cancel()
        elif self.can_finish and self.state in (TaskState.RUNNING, TaskState.PAUSED):
            self._control.finish()
            self._set_state(TaskState.FINISHING)

    def cancel(self, *, keep_partial: bool = False) -> None:
        """End it without a result: from now on, `succeeded` does not come.

        With `keep_partial`, the work leaves on disk what it needs to go on another day.
        """
        if not self.state.is_over and self.state is not TaskState.CANCELLING:
            self._control.cancel(keep_partial=keep_partial)
            self._set_state(TaskState.CANCELLING)

    def drop(self) -> None:
        """Cancel it, and hear nothing more of it: other work takes its place."""
        self.blockSignals(True)
        self.cancel()

    @property
    def is_dropped(self) -> bool:
        """Whether nobody wants to hear of it any more."""
        return self.signalsBlocked()

    def close(self) -> None:
        """Do what was declared for the window's end; what is ending early continues to."""
        if self.state is TaskState.FINISHING:
            return
        if self.on_close is OnClose.WAIT:
            self.resume()
        elif self.on_close is OnClose.FINISH and self.can_finish:
            self.finish()
        else:
            self.cancel(keep_partial=self.on_close is OnClose.SUSPEND)

    # --- for the service -------------------------------------------------------------------

    def begin(self, parent: QObject) -> TaskThread:
        """Make the thread, which the service starts and then tells of."""
        assert self._work is not None
        self._thread = TaskThread(
            self.title, self._work, self._control, needs_grad=self._needs_grad, parent=parent
        )
        self.state = TaskState.RUNNING
        return self._thread

    @property
    def thread_is_over(self) -> bool:
        """Whether the work has ended."""
        return self._thread is not None and self._thread.isFinished()

    def wait(self) -> None:
        """Let the calling thread wait for the work to end."""
        if self._thread is not None:
            self._thread.wait()

    def collect(self) -> None:
        """Take the newest progress."""
        progress = None if self._thread is None else self._thread.outbox.take()
        if self._thread is not None and progress is not None:
            self.progress, self.picture = progress, self._thread.picture
            self._on_change(self)
            self._tell(self.progressed, progress)

    def settle(self) -> None:
        """Take how the work ended, and tell it."""
        self.wait()
        self.collect()
        thread, self._thread, self._work = self._thread, None, None
        result = None if thread is None else thread.result
        if thread is not None and thread.error:
            self.error, self.traceback = thread.error, thread.traceback
            self._set_state(TaskState.FAILED)
            self._tell(self.failed, self.error)
        elif thread is None or thread.was_cancelled or self._control.is_cancelled:
            self._set_state(TaskState.CANCELLED)
        else:
            self._set_state(TaskState.DONE)
            self._tell(self.succeeded, result)
        self._tell(self.ended)
        if thread is not None:
            thread.deleteLater()

    def _set_state(self, state: TaskState) -> None:
        self.state = state
        self._on_change(self)

    def _tell(self, signal: SignalInstance, *values: object) -> None:
        if self._owner is None or (self.owner is not None and isValid(self.owner)):
            signal.emit(*values)
