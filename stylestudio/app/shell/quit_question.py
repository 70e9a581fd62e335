"""Asks before the window closes on work that is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from stylestudio.app.core.task import FILES, OnClose

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks

MOST_NAMED = 8
FATES = {  # what becomes of it
    OnClose.CANCEL: "it is lost",
    OnClose.SUSPEND: "it can go on at the next start",
    OnClose.FINISH: "it stops early and keeps what it has found",
    OnClose.WAIT: "it is completed first",
}


def lasting_work(tasks: Tasks) -> list[Task]:
    """What is worth a question: files take seconds to open and save."""
    return [task for task in tasks.under_way if task.lane != FILES]


class QuitQuestion(QMessageBox):
    """Names the work under way and what would become of it, as it stands; blocks nothing.

    Once the work has ended, it says so, and waits for an answer all the same.
    """

    def __init__(self, window: QWidget, tasks: Tasks, quit_now: Callable[[], object]) -> None:
        super().__init__(window)
        self._tasks = tasks
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle("Quit StyleStudio?")
        self.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
        self._leave = self.addButton("Quit", QMessageBox.ButtonRole.AcceptRole)
        self._leave.clicked.connect(lambda: quit_now())
        stay = self.addButton("Keep working", QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(stay)
        self.setEscapeButton(stay)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for signal in (tasks.added, tasks.changed, tasks.removed):
            signal.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        work = lasting_work(self._tasks)
        lines = [f"• {task.title}: {FATES[task.on_close]}" for task in work[:MOST_NAMED]]
        if len(work) > MOST_NAMED:
            lines.append(f"• and {len(work) - MOST_NAMED} more")
        text = "This is still under way. If you quit now:" if work else "All work has finished."
        said = "\n".join(lines) if work else "Quit now?"
        if (text, said) != (self.text(), self.informativeText()):  # or it would flicker
            self.setText(text)
            self.setInformativeText(said)
