"""Keeps the time of frames that are shown one after another."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

if TYPE_CHECKING:
    from stylestudio.app.core.worker import Rendered


class FramePacer(QObject):
    """Says when each frame is due, at a steady rate from a start on.

    Time is kept: of frames that cannot be rendered in time, every second one is due, or every
    third ..., evenly. Whoever shows them passes on what was rendered.
    """

    due = Signal(int)  # the number of a frame, counted from the start on

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rate = 0.0  # frames a second; 0 while it stands still
        self._origin = 0.0  # when, by the monotonic clock, frame 0 was due or would have been
        self._every = 1  # of so many frames, one is due
        self._number = -1  # of the frame that was due last
        self._is_rendering = False
        self._is_late = False  # a frame's time came while an earlier one was being rendered
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_time)

    @property
    def is_running(self) -> bool:
        """Whether frames come due."""
        return self._rate > 0

    def start(self, rate: float, seconds: float = 0.0) -> None:
        """Begin with the frame at a time, so many frames a second."""
        self._rate = rate
        self._origin = time.monotonic() - seconds
        self._every, self._number = 1, -1
        self._is_rendering = self._is_late = False
        self._advance()

    def move_to(self, seconds: float) -> None:
        """Continue from another time, whose frame is being rendered."""
        self._origin = time.monotonic() - seconds
        self._is_rendering = True

    def stop(self) -> None:
        """Let no more frames come due."""
        self._rate = 0.0
        self._timer.stop()

    @Slot(object)
    def on_rendered(self, rendered: Rendered) -> None:
        """Take note that the window has the frame that was asked for last."""
        if not self.is_running:
            return
        if rendered.playing is not None:
            self._every = rendered.playing.every
        elif rendered.frame is not None:
            return  # the last of what the hand did before
        self._is_rendering = False
        if self._is_late:
            self._advance()

    @Slot()
    def _on_time(self) -> None:
        if self._is_rendering:
            self._is_late = True
        else:
            self._advance()

    def _advance(self) -> None:
        """Say which frame's time it is, and wait for the time of the next."""
        self._is_late = False
        number = int((time.monotonic() - self._origin) * self._rate + 1e-6)
        number -= number % self._every
        due = self._origin + (number + self._every) / self._rate
        self._timer.start(max(1, math.ceil((due - time.monotonic()) * 1000)))
        if number != self._number:
            self._number, self._is_rendering = number, True
            self.due.emit(number)
