"""The lower part of the photo dock, always in sight: start, stop, how far it is, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSlider, QVBoxLayout, QWidget

from stylestudio.app.core.task import TaskState
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.progress import duration

if TYPE_CHECKING:
    from stylestudio.app.features.photo.inverter import Inverter
    from stylestudio.inversion import Snapshot

BAR_HEIGHT = 6


class RunPart(QWidget):
    """Shows one `Inverter`; what is asked for goes out by signals."""

    start_asked = Signal()
    stop_asked = Signal()
    scrubbed = Signal(object)  # Snapshot

    def __init__(self, inverter: Inverter) -> None:
        super().__init__()
        self._inverter = inverter
        self.start = QPushButton("Invert photo")
        self.go_on = QPushButton("Continue here")
        self.go_on.setToolTip("Continue from the step selected below; later steps are discarded")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.bar.setAccessibleName("Progress of the inversion")
        self.state = ElidedLabel()
        self.state.setProperty("muted", True)
        self.scrub = QSlider(Qt.Orientation.Horizontal)
        self.scrub.setAccessibleName("Earlier steps")
        self.scrub.setToolTip("Scrub back to an earlier step")
        WheelGuard(self.scrub)
        buttons = QHBoxLayout()
        for button in (self.start, self.go_on):
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(6)
        column.addLayout(buttons)
        for widget in (self.bar, self.state, self.scrub):
            column.addWidget(widget)
        self.start.clicked.connect(self._on_start)
        self.scrub.valueChanged.connect(self._on_scrub)

    @property
    def is_at_end(self) -> bool:
        """Whether the slider stands at the newest snapshot."""
        return self.scrub.value() == self.scrub.maximum()

    def show_count(self, count: int, *, at_end: bool) -> None:
        """Offer so many snapshots, and stand at the newest where that is wanted."""
        with QSignalBlocker(self.scrub):
            self.scrub.setRange(0, max(0, count - 1))
            if at_end:
                self.scrub.setValue(count - 1)
        self.scrub.setEnabled(count > 1)

    def show_state(self, chosen: Snapshot | None) -> None:
        """Say what can be done, and how far it is."""
        running, photo = self._inverter.is_running, self._inverter.photo
        self.start.setText("Stop" if running else "Invert photo")
        self.start.setToolTip(
            "Stop after this step and keep the result so far"
            if running
            else "Find the photo in this model"
        )
        self.start.setEnabled(photo is not None)
        self.go_on.setEnabled(chosen is not None and not running)
        task = self._inverter.task
        progress = task.progress if task is not None and running else None
        total, done = (progress.total, progress.done) if progress else (0, 0)
        self.bar.setRange(0, total or (0 if running else 1))  # 0, 0: busy, no one knows how long
        self.bar.setValue(done)
        self.bar.setEnabled(running)
        self.state.setText(self._text(chosen))

    def _text(self, chosen: Snapshot | None) -> str:
        task = self._inverter.task
        if self._inverter.photo is None:
            return "Drop a photo on the window"
        if task is not None and not task.state.is_over:
            progress = task.progress
            if task.state is not TaskState.RUNNING or progress is None:
                return f"{task.state}…"
            if not progress.done:
                return f"{progress.stage}…"
            left = progress.seconds_left
            return f"{progress.stage}: step {progress.done} of {progress.total}" + (
                f" · {duration(left)} left" if left else ""
            )
        if chosen is None:
            return "Place the crop, then invert the photo"
        return f"Step {chosen.step} · distance {chosen.loss:.4f}"

    @Slot()
    def _on_start(self) -> None:
        (self.stop_asked if self._inverter.is_running else self.start_asked).emit()

    @Slot(int)
    def _on_scrub(self, position: int) -> None:
        run = self._inverter.run
        if run is not None and 0 <= position < len(run.snapshots):
            self.scrubbed.emit(run.snapshots[position])
