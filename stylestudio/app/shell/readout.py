"""What the status bar says of speed: how far the picture lags behind the hand."""

from __future__ import annotations

import statistics
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from stylestudio.app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from stylestudio.app.core.settings import Settings
    from stylestudio.app.core.worker import Rendered, RenderWorker

REMEMBERED = 100  # delays that median and percentile are taken of
RATES = (15, 30, 60)  # pictures a second
USUAL_RATE = 30
FASTEST = 60.0  # pictures a second that a screen shows
ABOUT = (
    "Pictures rendered per second while you drag, and their size: drafts while you move, then the "
    "full picture"
)


class SpeedReadout(ElidedLabel):
    """How many pictures a second follow the hand, and how large they are; the tip has figures."""

    def __init__(self) -> None:
        super().__init__()
        self._delays: deque[float] = deque(maxlen=REMEMBERED)
        self.setAccessibleName("Speed")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.set_tip(ABOUT)

    def note(self, rendered: Rendered, passed_over: int) -> None:
        """Say it anew, for a picture that is on the canvas now."""
        assert rendered.frame is not None
        if rendered.playing is not None:
            quality = rendered.playing
            self.setText(f"Playing: {_pace(quality.fps, is_full=quality.is_full)}")
            self.set_tip(f"{ABOUT}\nIt plays with {quality.side} × {quality.side} pixels.")
            return
        if rendered.is_first:
            self._delays.append(rendered.delay())
        if not self._delays:
            return
        ordered = sorted(self._delays)
        usual, late = statistics.median(ordered), ordered[round(0.95 * (len(ordered) - 1))]
        draft = rendered.frame.draft
        size = f" This draft has {draft} × {draft} pixels." if draft else ""
        self.set_tip(
            f"{ABOUT}\nA picture takes {usual * 1000:.0f} ms to follow, 95 of 100 take at most "
            f"{late * 1000:.0f} ms. {passed_over} were skipped because you had moved on."
            f"{size}"
        )
        self.setText(_pace(min(1 / max(usual, 1e-6), FASTEST), is_full=not draft))


def _pace(rate: float, *, is_full: bool) -> str:
    """In a few words: "15 fps, draft"."""
    fps = f"{rate:.0f}" if rate >= 10 else f"{rate:.2g}"
    return f"{fps} fps, {'full size' if is_full else 'draft'}"


class RateMenu(QMenu):
    """How many pictures a second to hold while the hand moves, at the cost of their detail."""

    def __init__(self, worker: RenderWorker, settings: Settings, parent: QWidget) -> None:
        super().__init__("&Pictures per second while moving", parent)
        self._worker = worker
        self._settings = settings
        choices = QActionGroup(self)
        stored = settings.text("rate", str(USUAL_RATE))
        for rate in (*RATES, 0):
            action = self.addAction(str(rate) if rate else "As fast as possible, without &drafts")
            action.setCheckable(True)
            action.setData(rate)
            choices.addAction(action)
            if str(rate) == stored or (rate == USUAL_RATE and choices.checkedAction() is None):
                action.setChecked(True)
        self._choose(choices.checkedAction())
        choices.triggered.connect(self._choose)

    @Slot("QAction*")
    def _choose(self, action: QAction) -> None:
        rate = action.data()
        self._settings.set_text("rate", str(rate))
        self._worker.frame_budget = 1 / rate if rate else float("inf")
