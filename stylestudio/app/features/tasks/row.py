"""One task: its picture so far, how far it is, and what can be done about it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QImage, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QToolTip,
)

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.task import TaskState
from stylestudio.app.widgets.context_menu import offer_buttons
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.theme import icon

if TYPE_CHECKING:
    from stylestudio.app.core.task import Task
    from stylestudio.progress import Picture

PREVIEW, LARGE_PREVIEW = 40, 256  # pixels of the longer side, in the row and under the pointer
DEEP = 257  # from 16 to 8 bits a channel


class TaskRow(QFrame):
    """Knows its task, which it follows by `refresh`."""

    details_asked = Signal(object)  # Task

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task
        self._shown: Picture | None = None
        self.preview = _Preview()
        self.title = ElidedLabel()
        self.title.setText(task.title)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName(f"Progress: {task.title}")
        self.status = QLabel()
        self.status.setProperty("muted", True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
        self.status.setWordWrap(True)
        self.pause = self._button("pause", "Pause")
        self.resume = self._button("play", "Resume")
        self.finish = self._button("finish", "Finish now and keep the result so far")
        self.cancel = self._button("remove", "Cancel")
        self.details = QPushButton("Details")
        self.details.setToolTip("Show the details of this error")
        self.details.setAccessibleName(f"Details: {task.title}")
        self._lay_out()
        self.pause.clicked.connect(task.pause)
        self.resume.clicked.connect(task.resume)
        self.finish.clicked.connect(task.finish)
        self.cancel.clicked.connect(self._on_cancel)
        self.details.clicked.connect(self._on_details)
        offer_buttons(self, *self._buttons)
        self.refresh()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.preview, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.title, 0, 1)
        for column, button in enumerate((self.pause, self.resume, self.finish, self.cancel), 2):
            grid.addWidget(button, 0, column)
        grid.addWidget(self.bar, 1, 1, 1, -1)
        grid.addWidget(self.status, 2, 1, 1, -1)
        grid.addWidget(self.details, 3, 1, 1, -1, Qt.AlignmentFlag.AlignLeft)

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setToolTip(text)
        button.setAccessibleName(f"{text}: {self.task.title}")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def refresh(self) -> None:
        """Show how the task stands."""
        task, state = self.task, self.task.state
        had_focus = next((button for button in self._buttons if button.hasFocus()), None)
        self.pause.setVisible(task.can_pause and state is TaskState.RUNNING)
        self.resume.setVisible(state is TaskState.PAUSED)
        can_finish = task.can_finish and state in (TaskState.RUNNING, TaskState.PAUSED)
        self.finish.setVisible(can_finish and task.progress is not None and task.progress.done > 0)
        self.cancel.setVisible(not state.is_over and state is not TaskState.CANCELLING)
        self.details.setVisible(state is TaskState.FAILED)
        if had_focus is not None and had_focus.isHidden():  # keep the keyboard in this row
            for button in (self.resume, self.pause, self.cancel, self.details):
                if not button.isHidden():
                    button.setFocus()
                    break
        self._show_progress()
        self.status.setText(task.status)
        if task.picture is not self._shown and task.picture is not None:
            self._shown = task.picture
            self.preview.show_picture(task.picture)

    @property
    def _buttons(self) -> tuple[QToolButton | QPushButton, ...]:
        return self.pause, self.resume, self.finish, self.cancel, self.details

    def _show_progress(self) -> None:
        progress, state = self.task.progress, self.task.state
        self.bar.setVisible(not state.is_over)
        if progress is not None and progress.done and progress.total:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
        elif state is TaskState.WAITING:
            self.bar.setRange(0, 1)
            self.bar.setValue(0)
        else:
            self.bar.setRange(0, 0)  # moves to and fro: nobody knows how long

    @Slot()
    def _on_cancel(self) -> None:
        self.task.cancel()

    @Slot()
    def _on_details(self) -> None:
        self.details_asked.emit(self.task)


class _Preview(QLabel):
    """The picture so far, larger under the pointer. Takes no room where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._source: Picture | None = None
        self.setFixedSize(PREVIEW, PREVIEW)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("The picture so far")
        self.hide()

    def show_picture(self, picture: Picture) -> None:
        """Show another picture."""
        self._source = picture
        ratio = self.devicePixelRatio()
        pixmap = QPixmap.fromImage(small_image(picture, round(PREVIEW * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        self.setPixmap(pixmap)
        self.show()

    def event(self, event: QEvent) -> bool:
        """Answer the resting pointer."""
        if event.type() != QEvent.Type.ToolTip or self._source is None:
            return super().event(event)
        assert isinstance(event, QHelpEvent)
        data, buffer = QByteArray(), QBuffer()
        buffer.setBuffer(data)
        small_image(self._source, LARGE_PREVIEW).save(buffer, "PNG")  # type: ignore[call-overload]
        encoded = base64.b64encode(data.data()).decode()
        QToolTip.showText(event.globalPos(), f'<img src="data:image/png;base64,{encoded}">', self)
        return True


def small_image(picture: Picture, side: int) -> QImage:
    """A picture [H, W, 3 or 4] of 8 or 16 bits with `side` pixels along its longer side."""
    step = max(1, max(picture.shape[:2]) // (2 * side))  # coarsely first: a frame may be huge
    coarse = picture[::step, ::step]
    shallow = coarse if coarse.dtype == np.uint8 else coarse // DEEP
    image = to_qimage(np.ascontiguousarray(shallow, dtype=np.uint8))
    size = image.size().scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio)
    return image.scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
