"""All long work of the window: bounded threads, one list, and an orderly end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from stylestudio.app.core.task import COMPUTE, FILES, Lane, OnClose, Task, TaskState

if TYPE_CHECKING:
    from collections.abc import Hashable

    from stylestudio.app.core.task import Work

COLLECT_MS = 33  # between two looks at how the work goes
KEPT = 20  # tasks that are over and still listed


class Tasks(QObject):
    """Runs work on a few threads and says in the window's thread how it goes.

    Everything is decided in the thread that made it; the threads at work only work. When the
    window closes, `close` ends every task as it declared and waits, so that no thread is left.
    """

    added = Signal(object)  # Task, like the others; unlisted ones are not told of
    changed = Signal(object)  # its state or its progress
    removed = Signal(object)
    failed = Signal(object)  # listed or not, unless it was dropped

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: list[Task] = []  # the earliest first, some that are over included
        self._waiting: list[Task] = []
        self._running: list[Task] = []
        self._is_closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COLLECT_MS)
        self._timer.timeout.connect(self._collect)

    @property
    def listed(self) -> list[Task]:
        """What the view shows, the earliest first."""
        return [task for task in self._tasks if task.is_listed]

    @property
    def under_way(self) -> list[Task]:
        """What is listed and waits or runs."""
        return [task for task in self.listed if not task.state.is_over]

    def start(
        self,
        title: str,
        work: Work,
        *,
        lane: Lane = COMPUTE,
        owner: QObject | None = None,
        can_pause: bool = False,
        can_finish: bool = False,
        on_close: OnClose = OnClose.CANCEL,
        needs_grad: bool = False,
        key: Hashable = None,
        is_listed: bool = True,
    ) -> Task:
        """Have `work(report, cancel)` done as soon as its lane has a thread for it.

        `title` says what it is about, e.g. "Invert sea.png". When `owner` is destroyed, the work
        goes on and nobody is told. Of tasks with the same `key`, one runs at a time and one waits:
        the newest, in whose place an older one that waits is dropped. Work that is not `is_listed`
        is not worth a line in the view. `needs_grad` is for work that learns. The task tells
        nothing before this returns, so its signals can be connected then.
        """
        task = Task(
            title,
            work,
            lane,
            self._on_change,
            owner=owner,
            can_pause=can_pause,
            can_finish=can_finish,
            on_close=on_close,
            needs_grad=needs_grad,
            key=key,
            is_listed=is_listed,
        )
        if key is not None:
            for other in [other for other in self._waiting if other.key == key]:
                other.drop()
        self._tasks.append(task)
        self._waiting.append(task)
        if task.is_listed:
            self.added.emit(task)
        if self._is_closed:
            self.close()
        else:
            self._fill()
        return task

    def clear_finished(self) -> None:
        """Forget the tasks that are over."""
        for task in [task for task in self._tasks if task.state.is_over]:
            self._forget(task)

    def close(self) -> None:
        """End every task in the way that it declared, and wait; later ones end likewise."""
        self._is_closed = True
        for task in [*self._running, *self._waiting]:
            task.close()
        self._fill()
        while self._running:
            self._running[0].wait()
            self._reap()

    def _fill(self) -> None:
        """Start as many as there is room for."""
        for task in list(self._waiting):
            if not self._has_room(task):
                continue
            self._waiting.remove(task)
            self._running.append(task)
            thread = task.begin(self)
            thread.news.connect(self._on_news)
            thread.finished.connect(self._reap)
            thread.start()
            self._on_change(task)

    def _has_room(self, task: Task) -> bool:
        if task not in self._waiting:  # cancelled by somebody who heard of another one's start
            return False
        if task.key is not None and any(other.key == task.key for other in self._running):
            return False
        return sum(other.lane == task.lane for other in self._running) < task.lane.threads

    @Slot()
    def _on_news(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _collect(self) -> None:
        for task in list(self._running):
            task.collect()

    @Slot()
    def _reap(self) -> None:
        """Take leave of the tasks that have ended, and start others."""
        over = [task for task in self._running if task.thread_is_over]
        for task in over:
            self._running.remove(task)
        self._fill()
        for task in over:
            self._settle(task)

    def _settle(self, task: Task) -> None:
        task.settle()
        has_failed = task.state is TaskState.FAILED
        if has_failed and not task.is_dropped:
            self.failed.emit(task)
        over = [other for other in self.listed if other.state.is_over]
        # Files that were opened are seen elsewhere; what failed or took long is worth a line.
        if not task.is_listed or (task.lane == FILES and not has_failed):
            self._forget(task)
        elif len(over) > KEPT:
            self._forget(over[0])

    def _forget(self, task: Task) -> None:
        if task in self._tasks:
            self._tasks.remove(task)
            if task.is_listed:
                self.removed.emit(task)

    def _on_change(self, task: Task) -> None:
        if task.is_listed:
            self.changed.emit(task)
        if task.state is TaskState.CANCELLING and task in self._waiting:
            self._waiting.remove(task)
            self._settle(task)
