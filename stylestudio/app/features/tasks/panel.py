"""The dock that shows all long work: how far each task is, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from stylestudio.app.core.log_file import log_path
from stylestudio.app.features.tasks.row import TaskRow
from stylestudio.app.widgets.failure_dialog import FailureDialog

if TYPE_CHECKING:
    from stylestudio.app.core.task import Task
    from stylestudio.app.core.tasks import Tasks

EMPTY = (
    "Nothing is running. Inversions, styles being learned, exports, and files being opened or "
    "saved appear here with the time left."
)


class TasksPanel(QWidget):
    """A row for each task, the newest first."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self.rows: dict[Task, TaskRow] = {}
        self.empty = QLabel(EMPTY)
        self.empty.setProperty("muted", True)
        self.empty.setWordWrap(True)
        self.clear = QPushButton("Clear finished")
        self.clear.setToolTip("Remove finished tasks from this list")
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidget(self._list)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the buttons in it take the keyboard
        column = QVBoxLayout(self)
        column.addWidget(area, 1)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignRight)
        tasks.added.connect(self._on_added)
        tasks.changed.connect(self._on_changed)
        tasks.removed.connect(self._on_removed)
        self.clear.clicked.connect(tasks.clear_finished)
        for task in tasks.listed:
            self._on_added(task)
        self._refresh()

    @Slot(object)
    def _on_added(self, task: Task) -> None:
        row = self.rows[task] = TaskRow(task)
        row.details_asked.connect(self.show_details)
        self._column.insertWidget(0, row)
        self._refresh()

    @Slot(object)
    def _on_changed(self, task: Task) -> None:
        self.rows[task].refresh()
        self._refresh()

    @Slot(object)
    def _on_removed(self, task: Task) -> None:
        row = self.rows.pop(task)
        row.hide()
        row.deleteLater()
        self._refresh()

    @Slot(object)
    def show_details(self, task: Task) -> None:
        """Show all that is known about a failure."""
        FailureDialog(task.title, task.error, task.traceback, log_path(), self.window()).open()

    def _refresh(self) -> None:
        self.empty.setVisible(not self.rows)
        self.clear.setEnabled(any(task.state.is_over for task in self.rows))
