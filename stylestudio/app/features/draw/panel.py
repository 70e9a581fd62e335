"""The Draw dock: words or a picture, how it is drawn, and the drawing as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.panel import Panel
from stylestudio.app.core.run_bar import BAR_HEIGHT
from stylestudio.app.core.task import TaskState
from stylestudio.app.widgets.choice_box import ChoiceBox
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.number_box import CountBox, NumberBox
from stylestudio.app.widgets.picture_view import PictureView
from stylestudio.app.widgets.side_by_side import side_by_side
from stylestudio.app.widgets.small_button import small_button
from stylestudio.progress import duration
from stylestudio.text.drawing import MOST_STROKES, DrawSettings
from stylestudio.text.model import BUILT_IN
from stylestudio.text.prompts import wishes_of

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.core.task import Task
    from stylestudio.app.features.draw.draw_run import StrokesRun, WordsRun

    Run = WordsRun | StrokesRun

TEXT_MODELS = "text models"  # of the settings: files that were opened for words
WORDS, ON_SHOW, PHOTO = "words", "on show", "photo"
SUBJECTS = (("Words", WORDS), ("The picture on show", ON_SHOW), ("A photo", PHOTO))
BRUSHES = (("Round brush", "round"), ("Flat brush", "flat"), ("Oval brush", "oval"))
GROWS = "The drawing appears below, stroke by stroke"
STROKES = {WORDS: 96, ON_SHOW: 500, PHOTO: 500}


class DrawPanel(Panel):
    """Asks for drawings; the feature runs them."""

    started = Signal()
    photo_asked = Signal()
    painting_asked = Signal()
    save_asked = Signal()

    def __init__(self, document: Document, settings: Settings) -> None:
        super().__init__(document)
        self._settings = settings
        self._task: Task | None = None
        self.run: Run | None = None  # the last one, also once it is over
        self._earlier: tuple[Run, Task] | None = None  # of the drawing before, until another is
        self.photo: Path | None = None
        self.painting: Path | None = None
        self._build()
        self._lay_out()
        self.subject.currentIndexChanged.connect(self._on_subject)
        self.words.textChanged.connect(self._on_other)
        self.words.returnPressed.connect(self._on_return)
        self.choose_photo.clicked.connect(self.photo_asked)
        self.choose_painting.clicked.connect(self.painting_asked)
        self.no_painting.clicked.connect(self._on_no_painting)
        self.start.clicked.connect(self._on_start)
        self.cancel.clicked.connect(self._on_cancel)
        self.save.clicked.connect(self.save_asked)
        self._on_subject()

    def _build(self) -> None:
        self.subject = ChoiceBox(
            "What to draw", "Words are drawn with a pen, pictures with a brush"
        )
        for title, subject in SUBJECTS:
            self.subject.addItem(title, subject)
        self.words = QLineEdit()
        self.words.setPlaceholderText("curly red hair")
        self.words.setAccessibleName("Words to draw")
        self.words.setToolTip("What the drawing shows, in words the text model knows")
        self.text_model = ChoiceBox("Text model", "What reads words and looks at the drawing")
        self.photo_name = ElidedLabel("No photo yet")
        self.choose_photo = QPushButton("Photo…")
        self.choose_photo.setToolTip("Choose the photo to paint")
        self.painting_name = ElidedLabel("None")
        self.choose_painting = small_button(
            "folder", "Draw in the manner of a painting", "Painting", checkable=False
        )
        self.no_painting = small_button(
            "remove", "Draw without a painting", "No painting", checkable=False
        )
        self.manner = NumberBox()
        self.manner.setRange(0.0, 100.0)
        self.manner.setSingleStep(0.25)
        self.manner.setValue(1.0)
        self.manner.setAccessibleName("Strength of the painting")
        self.manner.setToolTip("How much the painting counts against the words")
        self.strokes = CountBox()
        self.strokes.setRange(1, MOST_STROKES)
        self.strokes.setSuffix(" strokes")
        self.strokes.setAccessibleName("Strokes")
        self.strokes.setToolTip("Strokes of the drawing; of a picture, at most")
        self.steps = CountBox()
        self.steps.setRange(1, 10_000)
        self.steps.setSingleStep(50)
        self.steps.setValue(DrawSettings(wishes=()).steps)
        self.steps.setSuffix(" steps")
        self.steps.setAccessibleName("Steps")
        self.steps.setToolTip("How often the strokes are moved")
        self.brush = ChoiceBox("Brush", "The form of the strokes")
        for title, brush in BRUSHES:
            self.brush.addItem(title, brush)
        self.start, self.cancel = QPushButton("Draw"), QPushButton("Cancel")
        self.cancel.setToolTip("End at once, without the drawing")
        self.save = QPushButton("Save drawing…")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.bar.setAccessibleName("Drawing progress")
        self.state = ElidedLabel()
        self.state.setProperty("muted", True)
        self.view = PictureView("Drawing", "The drawing so far")

    def _lay_out(self) -> None:
        self.fields = QWidget()
        form = self._form = QFormLayout(self.fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._strength = side_by_side(self.manner)
        self._fields = {
            WORDS: (
                self.words,
                self.text_model,
                side_by_side(self.painting_name, self.choose_painting, self.no_painting),
                self._strength,
                side_by_side(self.steps),
            ),
            PHOTO: (side_by_side(self.photo_name, self.choose_photo),),
            ON_SHOW: (),
        }
        form.addRow("Draw", self.subject)
        for title, row in zip(
            ("Words", "Text model", "Manner", "Strength", "Length"),
            self._fields[WORDS],
            strict=True,
        ):
            form.addRow(title, row)
        form.addRow("Photo", self._fields[PHOTO][0])
        form.addRow("Strokes", self.strokes)
        form.addRow("Brush", self.brush)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.cancel, 1)
        self.column.addWidget(self.fields)
        self.column.addLayout(buttons)
        for widget in (self.bar, self.state, self.save, self.view):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        """Offer the text models that were opened elsewhere meanwhile."""
        super().showEvent(event)
        now = self.text_model.currentData()
        self.text_model.clear()
        self.text_model.addItem(BUILT_IN.capitalize(), BUILT_IN)
        for file in self._settings.recents(TEXT_MODELS):
            self.text_model.addItem(file.name, file.path)
        self.text_model.setCurrentIndex(max(0, self.text_model.findData(now)))

    # --- for the feature -----------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether a drawing is being made, or waits for other work."""
        return self._task is not None and not self._task.state.is_over

    def show_subject(self, subject: str) -> None:
        """Choose what to draw: "words", "on show" or "photo"."""
        self.subject.setCurrentIndex(self.subject.findData(subject))

    def put_photo(self, path: Path) -> None:
        """Paint this photo."""
        self.photo = path
        self.photo_name.setText(path.name)
        self.show_subject(PHOTO)
        self._on_other()

    def put_painting(self, path: Path | None) -> None:
        """Draw in the manner of a painting; None for none."""
        self.painting = path
        self.painting_name.setText(path.name if path else "None")
        self._on_other()

    def settings(self) -> DrawSettings:
        """How words are to be drawn. Raises TextModelError."""
        return DrawSettings(
            wishes=wishes_of(self.words.text().strip()),
            strokes=self.strokes.value(),
            steps=self.steps.value(),
            manner=self.manner.value(),
        )

    def follow(self, run: Run, task: Task) -> None:
        """Show how a drawing goes; one that comes to nothing gives way to the one before it."""
        if self.run is not None and self._task is not None and self._has_art:
            self._earlier = self.run, self._task
        self.run, self._task = run, task
        task.ended.connect(self._on_ended)
        self.view.show_image(QImage())
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say what can be done, and how far it is."""
        running, subject, task = self.is_running, self.subject.currentData(), self._task
        self.fields.setVisible(not running)  # so that the drawing has the room
        has_painting = self.painting is not None
        self._form.setRowVisible(self._strength, has_painting and subject == WORDS)
        self.no_painting.setVisible(has_painting and subject == WORDS)
        lacking = "" if running else self._lacking(subject)
        self.start.setText("Stop" if running else "Draw" if subject == WORDS else "Paint")
        self.start.setEnabled(not lacking)
        self.start.setToolTip(
            "Stop after this step and keep the drawing so far" if running else lacking or GROWS
        )
        self.cancel.setEnabled(running)
        progress = task.progress if task is not None and running else None
        total, done = (progress.total, progress.done) if progress else (0, 0)
        self.bar.setRange(0, total or (0 if running else 1))
        self.bar.setValue(done)
        self.bar.setVisible(running)
        if task is not None and task.picture is not None and task.state is not TaskState.CANCELLED:
            self.view.show_image(to_qimage(task.picture))  # type: ignore[arg-type]
        elif task is not None and task.state is TaskState.CANCELLED:
            self.view.show_image(QImage())
        self.view.setVisible(not self.view.image.isNull())
        self.state.setText(self._status())
        self.save.setEnabled(not running and self._has_art)
        self.save.setToolTip(
            "As SVG or PNG; a painting also as a video of it being made"
            if self.save.isEnabled()
            else "There is no drawing yet"
        )

    @property
    def _has_art(self) -> bool:
        is_kept = self._task is not None and self._task.state is not TaskState.CANCELLED
        return is_kept and self.run is not None and self.run.art is not None

    # --- hands ---------------------------------------------------------------------------

    @Slot()
    def _on_subject(self) -> None:
        subject = self.subject.currentData()
        for name, rows in self._fields.items():
            for row in rows:
                self._form.setRowVisible(row, name == subject)
        self._form.setRowVisible(self.brush, subject != WORDS)
        self.strokes.setValue(STROKES[subject])
        self._on_other()

    @Slot()
    def _on_other(self) -> None:
        """Something else is to be drawn: why the last drawing failed no longer matters."""
        if self._task is not None and self._task.state is TaskState.FAILED and not self._has_art:
            self.run = self._task = None
        self.refresh()

    @Slot()
    def _on_return(self) -> None:
        if not self.is_running:
            self.start.click()

    @Slot()
    def _on_no_painting(self) -> None:
        self.put_painting(None)

    @Slot()
    def _on_start(self) -> None:
        if not self.is_running:
            self.started.emit()
        elif self._task is not None and self.run is not None:
            if self.run.art is None:
                self._task.cancel()
            else:
                self._task.finish()

    @Slot()
    def _on_cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    @Slot()
    def _on_ended(self) -> None:
        if self._earlier is not None and not self._has_art:
            self.run, self._task = self._earlier
        self._earlier = None
        self.refresh()

    def _lacking(self, subject: str) -> str:
        if subject == WORDS and not self.words.text().strip():
            return "Type what to draw"
        return "Choose a photo" if subject == PHOTO and self.photo is None else ""

    def _status(self) -> str:
        task, run = self._task, self.run
        if task is None or run is None:
            return self._lacking(self.subject.currentData()) or GROWS
        progress = task.progress
        if not task.state.is_over:
            if task.state is not TaskState.RUNNING or progress is None:
                return f"{task.state}…"
            if not progress.done:
                return f"{progress.stage}…"
            left = progress.seconds_left
            return f"{progress.stage}: {progress.done} of {progress.total}" + (
                f" · {duration(left)} left" if left else ""
            )
        if task.state is not TaskState.DONE or run.art is None:
            return task.status
        said = f"{len(run.art)} strokes"
        return said if run.likeness is None else f"{said} · likeness {run.likeness:.2f}"
