"""A long piece of work: its picture so far, how far it is, how long it takes, and two ways out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
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

from stylestudio.app.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from stylestudio.app.core.step_job import Step

LARGEST = 192  # pixels of the picture's sides


class JobPanel(QFrame):
    """Shown while there is work; knows nothing of what is done."""

    kept = Signal()  # it is good enough
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._first: tuple[int, float] | None = None  # step that was seen first, and when
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
        self.keep.setToolTip("End it here, and keep what there is by now")
        self.cancel.setToolTip("Give it up; everything stays as it was")
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

    @Slot(str, bool)
    def begin(self, title: str, can_be_kept: bool) -> None:
        """Show that work begins."""
        self._first = None
        self.title.setText(title)
        self.state.setText("Beginning…")
        self.picture.show_image(QImage())
        self.bar.setRange(0, 0)
        self.keep.setVisible(can_be_kept)
        self.keep.setEnabled(False)
        self.cancel.setEnabled(True)
        self.show()

    @Slot(object, QImage)
    def show_step(self, step: Step, image: QImage) -> None:
        """Show how far it is."""
        if not image.isNull():
            self.picture.show_image(image)
        if not self.cancel.isEnabled():  # it is already being ended
            return
        self.bar.setRange(0, step.steps if step.done else 0)
        self.bar.setValue(step.done)
        self.keep.setEnabled(step.done > 0)
        if not step.done:
            self.state.setText(f"{step.remark}…")
            return
        now = time.monotonic()
        if self._first is None:
            self._first = (step.done, now)
        parts = [f"Step {step.done} of {step.steps}", step.remark]
        done, began = self._first
        if step.done > done:
            left = (now - began) / (step.done - done) * (step.steps - step.done)
            parts.append(f"{in_words(left)} left")
        self.state.setText(" · ".join(parts))

    @Slot()
    def _on_keep(self) -> None:
        self._end("Ending after this step…")
        self.kept.emit()

    @Slot()
    def _on_cancel(self) -> None:
        self._end("Cancelling after this step…")
        self.cancelled.emit()

    def _end(self, sentence: str) -> None:
        self.keep.setEnabled(False)
        self.cancel.setEnabled(False)
        self.state.setText(sentence)


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


def in_words(seconds: float) -> str:
    """Write a stretch of time as people say it."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
