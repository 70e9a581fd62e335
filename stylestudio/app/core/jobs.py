"""Work that takes longer than a frame, off the window's thread: opening and saving files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from stylestudio.app.core.worker import STACK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable


class GivenUpError(Exception):
    """Ends work whose result nobody wants any more."""


class JobThread(QThread):
    """Does `work`; one of three signals says in the window's thread how it ended."""

    succeeded = Signal(object)  # what `work` returned
    failed = Signal(str)  # a sentence
    given_up = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setStackSize(STACK_BYTES)

    def work(self) -> Any:
        """What is to be done; raises GivenUpError where it was called off."""
        raise NotImplementedError

    def run(self) -> None:
        """Do the work."""
        try:
            result = self.work()
        except GivenUpError:
            self.given_up.emit()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the window must say it
            self.failed.emit(str(problem) or type(problem).__name__)
        else:
            self.succeeded.emit(result)


class Job(JobThread):
    """Runs one function."""

    def __init__(self, function: Callable[[], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._function = function

    def work(self) -> Any:
        """Call the function."""
        return self._function()


class JobRunner(QObject):
    """Starts jobs and keeps them alive until they are done."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []

    def start(
        self,
        work: Callable[[], Any],
        on_success: Callable[[Any], None],
        on_failure: Callable[[str], None],
    ) -> None:
        """Run `work` on a thread; the callbacks must be methods of objects of this thread."""
        job = Job(work, self)
        job.succeeded.connect(on_success)
        job.failed.connect(on_failure)
        job.finished.connect(self._forget_finished)
        self._jobs.append(job)
        job.start()

    def wait(self) -> None:
        """Wait for every job to end."""
        for job in self._jobs:
            job.wait()

    @Slot()
    def _forget_finished(self) -> None:
        for job in [job for job in self._jobs if job.isFinished()]:
            self._jobs.remove(job)
            job.deleteLater()
