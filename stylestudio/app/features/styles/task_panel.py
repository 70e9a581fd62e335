"""The task in the making: its picture so far, how far it is, the time left, and two ways out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.task import TaskState
from stylestudio.app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from stylestudio.app.core.task import Task
    from stylestudio.progress import Picture

LARGEST = 192  # pixels of the picture's sides


class TaskPanel(QFrame):
    """A view on one task, shown until that ends; the dock of all tasks shows it, too."""

    def __init__(self) -> None:
        super().__init__()
        self._task: Task | None = None
        self._shown: Picture | None = None
        self.title = ElidedLabel()
        self.picture = _Picture()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Progress")
        self.state = QLabel()
        self.state.setProperty("muted", True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setWordWrap(True)
        self.keep, self.cancel = QPushButton("Stop and keep"), QPushButton("Cancel")
        self.keep.setToolTip("Stop here and keep the result so far")
        self.cancel.setToolTip("Cancel and change nothing")
        buttons = QHBoxLayout()
        buttons.addWidget(self.keep)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.picture, self.bar, self.state):
            column.addWidget(widget)
        column.addLayout(buttons)
        self.keep.clicked.connect(self._on_keep)
        self.cancel.clicked.connect(self._on_cancel)
        self.hide()

    def follow(self, task: Task) -> None:
        """Show another task."""
        self._task = task
        self.title.setText(task.title)
        self.picture.show_image(QImage())
        self.refresh()
        self.show()

    @Slot()
    def refresh(self) -> None:
        """Show how the task stands."""
        task = self._task
        if task is None:
            return
        progress, state = task.progress, task.state
        has_begun = progress is not None and progress.done > 0
        if progress is not None and has_begun:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
        else:
            self.bar.setRange(0, 0)
        if task.picture is not None and task.picture is not self._shown:
            self._shown = task.picture
            self.picture.show_image(to_qimage(task.picture.astype(np.uint8, copy=False)))
        is_going = state in (TaskState.RUNNING, TaskState.PAUSED)
        self.keep.setVisible(task.can_finish)
        self.keep.setEnabled(is_going and has_begun)
        self.cancel.setEnabled(is_going or state is TaskState.WAITING)
        self.state.setText(task.status)

    @Slot()
    def _on_keep(self) -> None:
        if self._task is not None:
            self._task.finish()

    @Slot()
    def _on_cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


class _Picture(QWidget):
    """An image as large as there is room, or nothing at all."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setAccessibleName("The picture so far")
        self.hide()

    def show_image(self, image: QImage) -> None:
        """Show another image; a null one takes no room."""
        self.image = image
        self.setVisible(not image.isNull())
        if not image.isNull():
            height = min(LARGEST, round(LARGEST * image.height() / image.width()))
            self.setFixedHeight(height)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it in the middle."""
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self.rect()
        place.setSize(QSize(size))
        place.moveCenter(self.rect().center())
        painter.drawImage(place, self.image)
