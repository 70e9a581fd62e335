"""What docks share that train something for hours: what it begins with, samples, and going on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.run_bar import BAR_HEIGHT
from stylestudio.app.core.task import TaskState
from stylestudio.app.core.training_run import unfit_name
from stylestudio.app.core.trainings import Training
from stylestudio.app.widgets.picture_view import PictureView
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.progress import duration

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QShowEvent
    from PySide6.QtWidgets import QLineEdit

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.trainer import Trainer
    from stylestudio.app.core.training_run import TrainingRun
    from stylestudio.progress import Progress

CONTINUE = "Continue goes on where it stopped."


class TrainingForm(QWidget):
    """Fields for what a training begins with, one of them its name."""

    changed = Signal()
    name: QLineEdit

    def lacking(self) -> str:
        """Why nothing can be begun, besides the name, in a sentence; "" where it can."""
        raise NotImplementedError

    @property
    def asked(self) -> Any:
        """What stands there; None where something lacks."""
        raise NotImplementedError

    def show_kept(self, kept: Training[Any]) -> None:
        """Show what a training on disk was begun with."""
        raise NotImplementedError

    def let_change(self, *, all_of_it: bool) -> None:
        """Whether all fields may be changed, or only how long it is to be."""
        raise NotImplementedError


class TrainingPanel(Panel):
    """Runs one training through a `Trainer`."""

    started = Signal()
    done = "Done."

    def __init__(
        self,
        document: Document,
        trainer: Trainer,
        form: TrainingForm,
        root: Path,
        *,
        new: str,
        empty: str,
        samples: tuple[str, str],
    ) -> None:
        """Trainings lie in `root`. `new` and `empty` are said where none is chosen.

        `samples` name the sheet.
        """
        super().__init__(document)
        self.trainer, self.training_form, self.root = trainer, form, root
        self._new, self._empty = new, empty
        self._has_looked = False
        self.which = QComboBox()
        self.which.setAccessibleName("Training")
        self.which.setToolTip("A new one, or one that can be continued")
        self.which.addItem(new)
        WheelGuard(self.which)
        self.start = QPushButton("Train")
        self.open = QPushButton("Open as it stands")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.bar.setAccessibleName("Training progress")
        self.state, self.note = _label(), _label()
        self.samples = PictureView(*samples)
        self.samples.hide()
        buttons = QHBoxLayout()
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.open, 1)
        self.column.addWidget(self.which)
        self.column.addWidget(form)
        self.column.addLayout(buttons)
        for widget in (self.bar, self.state, self.note, self.samples):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        trainer.moved.connect(self._on_moved)
        trainer.found_changed.connect(self._on_found)
        self.which.currentIndexChanged.connect(self._on_which)
        changed: SignalInstance = form.changed
        changed.connect(self._refresh)
        self.start.clicked.connect(self._on_start)
        self.open.clicked.connect(self._on_open)
        self._refresh()

    # --- for each dock of its own --------------------------------------------------------

    def run_of(self, training: Training[Any]) -> TrainingRun:
        """What begins a training or goes on with it, or, at rest, tells its result."""
        raise NotImplementedError

    def why_over(self, kept: Any) -> str:  # noqa: ARG002
        """Why a training on disk can't go on, in a sentence; "" where it can."""
        return ""

    def amount(self, run: Any, progress: Progress) -> str:
        """How far it has come, e.g. "step 3 of 20"."""
        raise NotImplementedError

    def show_more(self, run: Any | None) -> None:
        """Show what a run has besides samples; None to hide it."""

    # --- what the trainer tells ----------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Offer what there is by now."""
        super().showEvent(event)
        if not self._has_looked:
            self._has_looked = True
            self.trainer.look()

    @Slot()
    def _on_found(self) -> None:
        """Offer the trainings there are; at first, the one that was worked on last."""
        now, is_first = self.which.currentText(), self.which.count() == 1
        if self.trainer.run is not None and self.which.currentIndex() == 0:
            now = self.trainer.run.name
        with QSignalBlocker(self.which):
            self.which.clear()
            self.which.addItem(self._new)
            for kept in self.trainer.found:
                self.which.addItem(kept.name, kept)
            place = self.which.findText(now)
            if (
                place <= 0
                and is_first
                and not self.training_form.name.text()
                and self.trainer.found
            ):
                place = 1
            self.which.setCurrentIndex(max(0, place))
        self._on_which()

    @Slot()
    def _on_moved(self) -> None:
        run, task = self.trainer.run, self.trainer.task
        if task is not None and task.picture is not None:
            self.samples.show_image(to_qimage(task.picture.astype(np.uint8, copy=False)))
            self.samples.show()
        if run is not None:
            self.show_more(run)
        self._refresh()

    # --- hands ---------------------------------------------------------------------------

    @Slot()
    def _on_which(self) -> None:
        kept = self.chosen()
        if kept is not None:
            self.training_form.show_kept(kept)
        if not self._is_on_show():
            self.samples.show_image(QImage())
            self.samples.hide()
            self.show_more(None)
        self._refresh()

    @Slot()
    def _on_start(self) -> None:
        if self.trainer.is_running:
            self.trainer.stop()
        elif not self._lacking():
            folder = self.root / self.training_form.name.text().strip()
            self.trainer.start(self.run_of(Training(folder, self.training_form.asked)))
            self.started.emit()

    @Slot()
    def _on_open(self) -> None:
        run, kept = self.trainer.run, self.chosen()
        if run is not None and self.trainer.is_running:
            self.trainer.write(run)
        elif kept is not None:
            self.trainer.write(self.run_of(kept))

    # --- what is on show -----------------------------------------------------------------

    def chosen(self) -> Training[Any] | None:
        """The training that is chosen; None for a new one."""
        kept: Training[Any] | None = self.which.currentData()
        return kept

    def _is_on_show(self) -> bool:
        """Whether the latest run is of what is chosen."""
        run, kept = self.trainer.run, self.chosen()
        if run is None or self.trainer.is_running:
            return run is not None
        if kept is None:  # one that has failed before its first step is not kept
            task = self.trainer.task
            failed = task is not None and task.state is TaskState.FAILED
            return failed and run.name == self.training_form.name.text().strip()
        return run.name == kept.name

    def _lacking(self) -> str:
        """Why nothing can be started, in a sentence; "" where it can."""
        if lacking := self.training_form.lacking():
            return lacking
        if self.chosen() is not None:
            return self.why_over(self.chosen())
        name = self.training_form.name.text().strip()
        if name.casefold() in {kept.name.casefold() for kept in self.trainer.found}:
            return f"There is a training called {name}; choose it above, or another name"
        return unfit_name(name)

    @Slot()
    def _refresh(self) -> None:
        """Say what can be done, and how far it is."""
        running, kept, run = self.trainer.is_running, self.chosen(), self.trainer.run
        lacking = "" if running else self._lacking()
        self.which.setVisible(not running)  # so that the samples have the room
        self.training_form.setVisible(not running)
        self.training_form.let_change(all_of_it=kept is None)
        self.start.setText("Stop" if running else "Continue" if kept else "Train")
        self.start.setEnabled(not lacking)
        self.start.setToolTip(
            "Stop after this step; the training can be continued"
            if running
            else lacking or "Train it; samples appear below"
        )
        has_steps = run is not None and run.trainer is not None
        is_there = has_steps if running else bool(kept and kept.state.exists())
        self.open.setEnabled(is_there)
        self.open.setToolTip(
            "Write the result so far to a file and open it; the training goes on"
            if is_there
            else "There is nothing to open before the first step"
        )
        task = self.trainer.task
        progress = task.progress if task is not None and running else None
        total, done = (progress.total, progress.done) if progress else (0, 0)
        self.bar.setRange(0, total or (0 if running else 1))
        self.bar.setValue(done)
        self.bar.setVisible(running)
        self.state.setText(self._status())
        notes = run.notes if run is not None and self._is_on_show() else []
        self.note.setText("\n".join(notes))
        self.note.setVisible(bool(notes))

    def _status(self) -> str:
        task, run = self.trainer.task, self.trainer.run
        if task is None or run is None or not (self._is_on_show() or not task.state.is_over):
            if self.chosen() is not None:
                return self.why_over(self.chosen()) or CONTINUE
            untouched = self.training_form.lacking() and not self.training_form.name.text()
            return self._empty if untouched else self._lacking() or self._empty
        progress = task.progress
        if not task.state.is_over:
            if task.state is not TaskState.RUNNING or progress is None:
                return f"{task.state}…"
            if not progress.done:
                return f"{progress.stage}…"
            made = f"{progress.stage}: {progress.done:,} of {progress.total:,}"
            said = made if run.trainer is None else self.amount(run, progress)
            left = progress.seconds_left
            return said + (f" · {duration(left)} left" if left else "")
        if task.state is TaskState.FAILED:
            return task.error
        return self.done if run.trainer is not None and run.trainer.finished else "Stopped."


def _label() -> QLabel:
    label = QLabel()
    label.setProperty("muted", True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
