"""How an export goes: its newest frame, a bar, the time left, pause and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from stylestudio.app.widgets.theme import icon

if TYPE_CHECKING:
    from stylestudio.app.features.timeline.exporting import Exporter
    from stylestudio.progress import Progress

PREVIEW = 32


class ExportRow(QWidget):
    """There while an export is."""

    def __init__(self, exporter: Exporter) -> None:
        super().__init__()
        self._exporter = exporter
        self._name = ""
        self.preview = QLabel()
        self.preview.setFixedSize(PREVIEW, PREVIEW)
        self.preview.setAccessibleName("Frame that was exported last")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Export")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.pause = QToolButton()
        self.pause.setCheckable(True)
        self.pause.setIcon(icon("pause"))
        self.pause.setAccessibleName("Pause the export")
        self.pause.setToolTip("Pause the export")
        self.cancel = QToolButton()
        self.cancel.setIcon(icon("remove"))
        self.cancel.setAccessibleName("Cancel the export")
        self.cancel.setToolTip("Stop, and forget the frames that were rendered")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in (
            (self.preview, 0),
            (self.bar, 1),
            (self.label, 0),
            (self.pause, 0),
            (self.cancel, 0),
        ):
            row.addWidget(widget, stretch)
        exporter.started.connect(self._on_started)
        exporter.progressed.connect(self._on_progress)
        exporter.ended.connect(self._on_ended)
        self.pause.toggled.connect(exporter.set_paused)
        self.cancel.clicked.connect(exporter.cancel)
        self.hide()

    @Slot(str)
    def _on_started(self, name: str) -> None:
        self._name = name
        self.preview.clear()
        self.pause.setChecked(False)
        self.bar.setRange(0, 0)
        self.label.setText(f"{name}: starting")
        self.show()

    @Slot(object, QImage)
    def _on_progress(self, progress: Progress, image: QImage) -> None:
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        text = f"{self._name}: {progress.done} of {progress.total} frames"
        if progress.done == progress.total:
            text += ", finishing"
        elif progress.seconds_left is not None:
            text += f", {_clock(progress.seconds_left)} left"
        self.label.setText(text)
        if not image.isNull():
            smooth = Qt.TransformationMode.SmoothTransformation
            small = image.scaled(PREVIEW, PREVIEW, mode=smooth)
            self.preview.setPixmap(QPixmap.fromImage(small))

    @Slot(str, bool)
    def _on_ended(self, _sentence: str, _failed: bool) -> None:
        self.hide()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
