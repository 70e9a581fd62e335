"""The Train dock: what a training begins with, and its samples and figures on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QProgressBar, QPushButton

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.run_bar import BAR_HEIGHT
from stylestudio.app.core.task import TaskState
from stylestudio.app.features.train.form import TrainForm
from stylestudio.app.features.train.train_run import COLUMNS, SHOWN
from stylestudio.app.features.train.trainings import Training, unfit_name
from stylestudio.app.widgets.samples_view import SamplesView
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.progress import duration

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.features.train.curves import Curves
    from stylestudio.app.features.train.trainer import Trainer

NEW = "New model"
EMPTY = (
    "Choose a folder of at least a few hundred pictures that resemble each other, then Train. "
    "It takes hours; Stop at any time and continue later."
)
CONTINUE = "Continue goes on where it stopped."


class TrainPanel(Panel):
    """Runs one training through a `Trainer`."""

    started = Signal()

    def __init__(self, document: Document, trainer: Trainer, settings: Settings) -> None:
        super().__init__(document)
        self._trainer, self._settings = trainer, settings
        self._has_looked = False
        self._drawn: tuple[object, int] = (None, 0)  # the run of the figures on show, and how many
        self.which = QComboBox()
        self.which.setAccessibleName("Training")
        self.which.setToolTip("A new model, or one whose training can be continued")
        self.which.addItem(NEW)
        WheelGuard(self.which)
        self.form = TrainForm()
        self.start = QPushButton("Train")
        self.open = QPushButton("Open as it stands")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.bar.setAccessibleName("Training progress")
        self.state, self.note = _label(), _label()
        self.samples = SamplesView(
            "Samples of the model in training",
            "Three rows of the model's own pictures, the same seeds each time; below them, "
            "pictures of the folder",
            COLUMNS**2,
            SHOWN,
        )
        self.samples.hide()
        self.curves: Curves | None = None  # made with the first figures
        buttons = QHBoxLayout()
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.open, 1)
        self.column.addWidget(self.which)
        self.column.addWidget(self.form)
        self.column.addLayout(buttons)
        for widget in (self.bar, self.state, self.note, self.samples):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        trainer.moved.connect(self._on_moved)
        trainer.found_changed.connect(self._on_found)
        self.which.currentIndexChanged.connect(self._on_which)
        self.form.changed.connect(self._refresh)
        self.start.clicked.connect(self._on_start)
        self.open.clicked.connect(self._on_open)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Offer what there is by now."""
        super().showEvent(event)
        if not self._trainer.is_running:
            self.form.set_models(self._settings.recents())
        if not self._has_looked:
            self._has_looked = True
            self._trainer.look()

    def put_pictures(self, folder: Path) -> None:
        """Train on a folder: a new model, unless that is being chosen already."""
        if not self._trainer.is_running:
            self.which.setCurrentIndex(0)
            self.form.put_pictures(folder)

    # --- what the trainer tells ----------------------------------------------------------

    @Slot()
    def _on_found(self) -> None:
        """Offer the trainings there are; at first, the one that was worked on last."""
        now, is_first = self.which.currentText(), self.which.count() == 1
        if self._trainer.run is not None and self.which.currentIndex() == 0:
            now = self._trainer.run.training.name
        with QSignalBlocker(self.which):
            self.which.clear()
            self.which.addItem(NEW)
            for training in self._trainer.found:
                self.which.addItem(training.name, training)
            place = self.which.findText(now)
            if place <= 0 and is_first and self.form.pictures is None and self._trainer.found:
                place = 1
            self.which.setCurrentIndex(max(0, place))
        self._on_which()

    @Slot()
    def _on_moved(self) -> None:
        run, task = self._trainer.run, self._trainer.task
        if task is not None and task.picture is not None:
            self.samples.show_image(to_qimage(task.picture.astype(np.uint8, copy=False)))
            self.samples.show()
        figures = [] if run is None else run.figures[:]  # the thread at work adds to it
        if figures and self._drawn != (run, len(figures)):
            self._drawn = (run, len(figures))
            self._curves().show_figures(figures)
        self._refresh()

    def _curves(self) -> Curves:
        if self.curves is None:
            from stylestudio.app.features.train.curves import Curves

            self.curves = Curves()
            self.column.insertWidget(self.column.count() - 1, self.curves)
        self.curves.show()
        return self.curves

    # --- hands ---------------------------------------------------------------------------

    @Slot()
    def _on_which(self) -> None:
        training = self._chosen()
        if training is not None:
            self.form.show_asked(training.name, training.asked)
        if not self._is_on_show():
            self.samples.show_image(QImage())
            self.samples.hide()
            if self.curves is not None:
                self.curves.hide()
        self._refresh()

    @Slot()
    def _on_start(self) -> None:
        if self._trainer.is_running:
            self._trainer.stop()
            return
        asked = self.form.asked
        if asked is not None and not self._lacking():
            name = self.form.name.text().strip()
            self._trainer.start(Training(self._trainer.root / name, asked))
            self.started.emit()

    @Slot()
    def _on_open(self) -> None:
        run = self._trainer.run
        training = run.training if run and self._trainer.is_running else self._chosen()
        if training is not None:
            self._trainer.write(training)

    # --- what is on show -----------------------------------------------------------------

    def _chosen(self) -> Training | None:
        """The training that is chosen; None for a new one."""
        found: Training | None = self.which.currentData()
        return found

    def _is_on_show(self) -> bool:
        """Whether the latest run is of what is chosen."""
        run, training = self._trainer.run, self._chosen()
        if run is None or self._trainer.is_running:
            return run is not None
        return training is not None and run.training.name == training.name

    def _lacking(self) -> str:
        """Why nothing can be started, in a sentence; "" where it can."""
        if self.form.pictures is None:
            return "Choose a folder of pictures"
        if self._chosen() is not None:
            return ""
        name = self.form.name.text().strip()
        known = {training.name.casefold() for training in self._trainer.found}
        if name.casefold() in known:
            return f"There is a training called {name}; choose it above, or another name"
        return unfit_name(name)

    @Slot()
    def _refresh(self) -> None:
        """Say what can be done, and how far it is."""
        running, training = self._trainer.is_running, self._chosen()
        lacking = "" if running else self._lacking()
        self.which.setVisible(not running)  # so that the samples have the room
        self.form.setVisible(not running)
        self.form.let_change(all_of_it=not running and training is None, length=not running)
        self.start.setText("Stop" if running else "Continue" if training else "Train")
        self.start.setEnabled(not lacking)
        self.start.setToolTip(
            "Stop after this step; the training can be continued"
            if running
            else lacking or "Train the model; pictures and figures appear below"
        )
        is_there = self._has_steps() if running else bool(training and training.state.exists())
        self.open.setEnabled(is_there)
        self.open.setToolTip(
            "Write the model so far to a file and open it; the training goes on"
            if is_there
            else "There is nothing to open before the first step"
        )
        task = self._trainer.task
        progress = task.progress if task is not None and running else None
        total, done = (progress.total, progress.done) if progress else (0, 0)
        self.bar.setRange(0, total or (0 if running else 1))
        self.bar.setValue(done)
        self.bar.setVisible(running)
        self.state.setText(self._status())
        notes = self._trainer.run.notes if self._trainer.run and self._is_on_show() else []
        self.note.setText("\n".join(notes))
        self.note.setVisible(bool(notes))

    def _has_steps(self) -> bool:
        run = self._trainer.run
        return run is not None and run.trainer is not None

    def _status(self) -> str:
        task, run = self._trainer.task, self._trainer.run
        if task is None or run is None:
            return EMPTY if self._chosen() is None else CONTINUE
        progress = task.progress
        if not task.state.is_over:
            if task.state is not TaskState.RUNNING or progress is None:
                return f"{task.state}…"
            if run.trainer is None or not progress.done:
                return f"{progress.stage}…"
            batch = run.training.asked.start.batch
            left = progress.seconds_left
            return (
                f"{progress.done * batch / 1000:.4g} of {run.training.asked.start.kimg:g} kimg"
                + (f" · {duration(left)} left" if left else "")
            )
        if not self._is_on_show():
            return EMPTY if self._chosen() is None else CONTINUE
        if task.state is TaskState.FAILED:
            return task.error
        return "Done." if run.trainer is not None and run.trainer.finished else "Stopped."


def _label() -> QLabel:
    label = QLabel()
    label.setProperty("muted", True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
