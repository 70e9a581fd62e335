"""The part of docks for long work that runs it: start, stop, progress, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.task import TaskState
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.progress import duration

if TYPE_CHECKING:
    from stylestudio.app.core.task import Task

BAR_HEIGHT = 6
GO_ON_TIP = "Continue from the step selected below; later steps are discarded"


class RunBar(QWidget):
    """Shows one task; what is asked for goes out by signals."""

    start_asked = Signal()
    stop_asked = Signal()
    scrubbed = Signal(int)

    def __init__(self, progress_name: str, state: QLabel) -> None:
        """`state` is the label that says how it stands: one that wraps, or one that elides."""
        super().__init__()
        self._is_running = False
        self.start = QPushButton()
        self.go_on = QPushButton("Continue here")
        self.go_on.setToolTip(GO_ON_TIP)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.bar.setAccessibleName(progress_name)
        self.state = state
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setProperty("muted", True)
        if self.state.wordWrap():  # room for two lines, or the buttons move under the hand
            self.state.setMinimumHeight(2 * self.state.fontMetrics().lineSpacing() + 2)
            self.state.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.scrub = QSlider(Qt.Orientation.Horizontal)
        self.scrub.setAccessibleName("Earlier steps")
        self.scrub.setToolTip("Scrub back to an earlier step")
        WheelGuard(self.scrub)
        buttons = QHBoxLayout()
        for button in (self.start, self.go_on):
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(buttons)
        for widget in (self.bar, self.state, self.scrub):
            column.addWidget(widget)
        self.start.clicked.connect(self._on_start)
        self.scrub.valueChanged.connect(self.scrubbed)

    @property
    def is_at_end(self) -> bool:
        """Whether the slider stands at the newest step."""
        return self.scrub.value() == self.scrub.maximum()

    def show_count(self, count: int, at: int | None) -> None:
        """Offer so many steps to go back to, and stand at one; None stays."""
        with QSignalBlocker(self.scrub):
            self.scrub.setRange(0, max(0, count - 1))
            if at is not None:
                self.scrub.setValue(at)
        self.scrub.setEnabled(count > 1)

    def show_task(
        self,
        task: Task | None,
        idle: str,
        begin: str,
        tip: str = "",
        *,
        now: str = "",
        likeness: float | None = None,
    ) -> None:
        """Say how a task stands; `idle` is said while none is, and `now` in place of its progress.

        `begin` stands on the button that starts one, and `tip` says what that does. While there is
        no task, the bar shows the likeness of its result, 0..1, where there is one.
        """
        running = self._is_running = task is not None and not task.state.is_over
        self.start.setText("Stop" if running else begin)
        self.start.setToolTip("Stop after this step and keep the result so far" if running else tip)
        progress = task.progress if task is not None and running else None
        total, done = (progress.total, progress.done) if progress else (0, 0)
        self.bar.setRange(0, total or (0 if running else 1))  # 0, 0: busy, no one knows how long
        self.bar.setValue(done)
        if not running and likeness is not None:
            self.bar.setRange(0, 100)
            self.bar.setValue(round(100 * likeness))
        self.bar.setEnabled(running or likeness is not None)
        self.state.setText(_status(task, now) if task is not None and running else idle)

    @Slot()
    def _on_start(self) -> None:
        (self.stop_asked if self._is_running else self.start_asked).emit()


def _status(task: Task, now: str) -> str:
    progress = task.progress
    if task.state is not TaskState.RUNNING or progress is None:
        return f"{task.state}…"
    if now:
        return now
    if not progress.done:
        return f"{progress.stage}…"
    left = progress.seconds_left
    return f"{progress.stage}: {progress.done} of {progress.total}" + (
        f" · {duration(left)} left" if left else ""
    )
