"""The Measures dock: what is measured, against what, on how many pictures, and the figures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from stylestudio.app.core.panel import Panel
from stylestudio.app.core.task import TaskState
from stylestudio.app.features.measures.table import FiguresView
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.measures import MeasureSettings
from stylestudio.measures.readers import BUILT_IN, EFFICIENT
from stylestudio.measures.settings import COMPARED, LEAST
from stylestudio.render import builtin_models, name_of, title_of

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.task import Task
    from stylestudio.measures import Measurement
    from stylestudio.render import Model

# What people read, what `MeasureSettings` calls it, and what it says.
CHOICES = (
    ("FID", "fid", "How far the model's pictures lie from others, in features"),
    ("KID", "kid", "The same, but unbiased for few pictures"),
    (
        "Precision, recall",
        "pr",
        "How many pictures look right, and how much of the variety they cover",
    ),
    ("Density, coverage", "dc", "The same, less affected by outliers"),
    ("Path length", "ppl", "PPL in w: how evenly pictures change; needs nothing to compare with"),
    (
        "Separability",
        "separability",
        "How well planes in z and in w tell attributes of the pictures apart",
    ),
)
AT_FIRST = ("fid", "kid", "pr")
NO_ATTRIBUTES = "No file yet"
COUNT = 200
MOST = 100_000
EMPTY = "Choose what to measure and what to compare with, then Start; the figures come here."


class MeasuresPanel(Panel):
    """Asks for a measuring; the feature runs it."""

    folder_asked = Signal()
    model_asked = Signal()
    attributes_asked = Signal()
    reader_asked = Signal()
    started = Signal(object, object)  # the path or name of a reference or None, MeasureSettings

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._task: Task | None = None
        self.attributes: Path | None = None  # regressors, or the labels of a .csv
        self.choices: dict[str, QCheckBox] = {}
        choices = QGridLayout()
        for place, (text, name, tip) in enumerate(CHOICES):
            box = self.choices[name] = QCheckBox(text)
            box.setChecked(name in AT_FIRST)
            box.setToolTip(tip)
            box.toggled.connect(self._refresh)
            choices.addWidget(box, place // 2, place % 2)
        self.against = QComboBox()
        self.against.setAccessibleName("Compare with")
        self.against.setToolTip("What the model's pictures are compared with")
        self.against.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        WheelGuard(self.against)
        self.folder, self.model = QPushButton("Folder…"), QPushButton("Model…")
        self.folder.setToolTip("Compare with the pictures of a folder")
        self.model.setToolTip("Compare with the pictures of another model")
        self.attributes_name = ElidedLabel(NO_ATTRIBUTES)
        self.choose_attributes = QPushButton("File…")
        self.choose_attributes.setToolTip(
            "Regressors that read attributes of a built-in world (.safetensors), or labels by seed "
            "(.csv)"
        )
        self.reader = QComboBox()
        self.reader.setAccessibleName("Reader")
        self.reader.setToolTip("The network that looks at the pictures")
        self.reader.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        WheelGuard(self.reader)
        self.reader.addItem("Built-in reader", BUILT_IN)
        self.reader.addItem("EfficientNet-Lite0", EFFICIENT)
        self.choose_reader = small_button(
            "folder",
            "Look with a file: the papers' Inception, EfficientNet-Lite0 or VGG",
            "Reader's file",
            checkable=False,
        )
        self.count = CountBox()
        self.count.setRange(LEAST, MOST)
        self.count.setValue(COUNT)
        self.count.setGroupSeparatorShown(True)
        self.count.setSuffix(" pictures")
        self.count.setAccessibleName("Pictures")
        self.count.setToolTip("Pictures of each side at most; compare figures of the same number")
        self.look = QCheckBox("As the picture looks now")
        self.look.setToolTip(
            "Truncation, mixing, edits and style of the picture, on other seeds; "
            "else the plain model without truncation"
        )
        self.start, self.cancel = QPushButton("Start"), QPushButton("Cancel")
        self.cancel.setToolTip("Stop; features computed so far are kept for the next run")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Measuring progress")
        self._said = EMPTY  # of the last task
        self.state = QLabel(EMPTY)
        self.state.setProperty("muted", True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setWordWrap(True)
        self.figures = FiguresView()
        self._lay_out(choices)
        self.folder.clicked.connect(self.folder_asked)
        self.model.clicked.connect(self.model_asked)
        self.choose_attributes.clicked.connect(self.attributes_asked)
        self.choose_reader.clicked.connect(self.reader_asked)
        self.start.clicked.connect(self._on_start)
        self.cancel.clicked.connect(self._on_cancel)
        self._refresh()

    def _lay_out(self, choices: QGridLayout) -> None:
        against = QHBoxLayout()
        against.addWidget(QLabel("Against"))
        against.addWidget(self.against, 1)
        others = QHBoxLayout()
        others.addStretch(1)
        others.addWidget(self.folder)
        others.addWidget(self.model)
        reader = QHBoxLayout()
        reader.addWidget(QLabel("Reader"))
        reader.addWidget(self.reader, 1)
        reader.addWidget(self.choose_reader)
        self.attributes_row = QWidget()
        attributes = QHBoxLayout(self.attributes_row)
        attributes.setContentsMargins(0, 0, 0, 0)
        attributes.addWidget(QLabel("Attributes"))
        attributes.addWidget(self.attributes_name, 1)
        attributes.addWidget(self.choose_attributes)
        buttons = QHBoxLayout()
        buttons.addWidget(self.count, 1)
        buttons.addWidget(self.start)
        buttons.addWidget(self.cancel)
        self.column.addLayout(choices)
        self.column.addLayout(against)
        self.column.addLayout(others)
        self.column.addLayout(reader)
        self.column.addWidget(self.attributes_row)
        self.column.addWidget(self.look)
        self.column.addLayout(buttons)
        for widget in (self.bar, self.state, self.figures):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_model(self, model: Model) -> None:
        """Offer what it can be compared with."""
        if not self.against.count():
            self.against.addItem("Itself, with other seeds", "")
            for name in builtin_models():
                title = title_of(name)
                self.against.addItem(title, name)
                self.against.addItem(f"The painter of {title}", f"painter:{name}")
        painted = self.against.findData(f"painter:{name_of(model.name)}")
        if painted >= 0 and isinstance(self.against.currentData(), str):
            self.against.setCurrentIndex(painted)

    def add_reference(self, path: Path) -> None:
        """Offer a folder or the file of a model, and choose it."""
        place = self.against.findData(path)
        if place < 0:
            place = self.against.count()
            self.against.addItem(path.name or str(path), path)
            self.against.setItemData(place, str(path), Qt.ItemDataRole.ToolTipRole)
        self.against.setCurrentIndex(place)

    def put_attributes(self, path: Path) -> None:
        """Measure separability by this file."""
        self.attributes = path
        self.attributes_name.setText(path.name)
        self._refresh()

    def put_reader(self, path: Path) -> None:
        """Look with the network of a file, and offer it."""
        if self.reader.findData(str(path)) < 0:
            self.reader.addItem(path.name, str(path))
        self.reader.setCurrentIndex(self.reader.findData(str(path)))

    def follow(self, task: Task) -> None:
        """Show how a task goes."""
        self._task = task
        self.refresh()

    def show_measurement(self, measurement: Measurement) -> None:
        """Show figures, and bring them in sight."""
        self.figures.show_measurement(measurement)
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.figures.table.setFocus()  # a dock keeps what has the focus in sight
        QTimer.singleShot(0, partial(self.scroll_to, self.figures))  # once they have been laid out

    @Slot()
    def refresh(self) -> None:
        """Show how the task stands."""
        task, progress = self._task, self._task.progress if self._task else None
        if task is not None:
            self._said = "" if task.state is TaskState.DONE else task.status
        if progress is not None and progress.total:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
        else:
            self.bar.setRange(0, 0)
        self._refresh()

    @property
    def is_busy(self) -> bool:
        """Whether a measuring is under way."""
        return self._task is not None and not self._task.state.is_over

    def chosen(self) -> tuple[str, ...]:
        """What to measure."""
        return tuple(name for name, box in self.choices.items() if box.isChecked())

    @Slot()
    def _refresh(self) -> None:
        chosen = self.chosen()
        compares = any(name in COMPARED for name in chosen)
        for widget in (self.against, self.folder, self.model):
            widget.setEnabled(compares)
        self.attributes_row.setVisible("separability" in chosen)
        lacking = "" if chosen or self.is_busy else "Choose something to measure"
        if "separability" in chosen and self.attributes is None and not self.is_busy:
            lacking = "Choose a file of attributes for separability"
        self.start.setEnabled(not lacking and not self.is_busy)
        busy = "One measurement at a time" if self.is_busy else "Measure the model"
        self.start.setToolTip(lacking or busy)
        self.state.setText(lacking or self._said)
        self.cancel.setEnabled(self.is_busy)
        self.bar.setVisible(self.is_busy)
        self.state.setVisible(bool(self.state.text()))

    @Slot()
    def _on_start(self) -> None:
        model, recipe = self.document.model, self.document.recipe
        if model is None or recipe is None:
            return
        is_table = self.attributes is not None and self.attributes.suffix.lower() == ".csv"
        settings = MeasureSettings(
            what=self.chosen(),
            count=self.count.value(),
            features=self.reader.currentData(),
            look=recipe if self.look.isChecked() else None,
            labels=self.attributes if is_table else None,
            regressors=None if is_table else self.attributes,
        )
        reference = self.against.currentData() if self.against.isEnabled() else None
        self.started.emit(model if reference == "" else reference, settings)

    @Slot()
    def _on_cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
