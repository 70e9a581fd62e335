"""Teaching a direction: one picture after another is more or less of what is meant."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.recipes import ModelRecipe, render_in_full
from stylestudio.app.core.task import FILES
from stylestudio.app.features.edits.row import GROUPS
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.editing import DirectionError, Rating
from stylestudio.recipe.edits import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.editing.rating import Answer
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model
    from stylestudio.render.pixels import Pixels

SIDE = 320  # of the picture
BEGIN = (
    "For each picture, choose whether it shows more or less of what you mean. 20 to 60 "
    "answers are enough."
)
NAMELESS = "Give the direction a name first."
FEWER = "Fewer layers need fewer answers"
ANSWERED = "Your answers are about these layers; take them back to choose others"
ANSWERS: dict[Answer, tuple[str, Qt.Key]] = {
    "less": ("← Less", Qt.Key.Key_Left),
    "skip": ("↓ Skip", Qt.Key.Key_Down),
    "more": ("More →", Qt.Key.Key_Right),
}


class TeachDialog(QDialog):
    """Asks about pictures of one model, and stays open beside the window."""

    kept = Signal(object)  # Directions, of one name

    def __init__(self, studio: Studio, model: Model) -> None:
        super().__init__(studio.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Teach a direction")
        self._studio = studio
        self._model = model
        self.rating: Rating | None = None
        self._group = ""  # of layers, that the questions are about
        self._task: Task | None = None
        self._build()
        studio.document.model_changed.connect(self.reject)
        self._begin()

    def _build(self) -> None:
        self.picture = QLabel("Looking at the model…")
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setFixedSize(SIDE, SIDE)
        self.picture.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # leaves all keys to the answers
        self.picture.setAccessibleName("The picture in question")
        self.state = QLabel(BEGIN)
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(2 * self.state.fontMetrics().height())
        self.layers = QComboBox()
        self.layers.setAccessibleName("Layers that may change")
        groups = {layer.group for layer in self._model.layers}
        for text, group in GROUPS.items():
            if not group or group in groups:
                self.layers.addItem(text, group)
        WheelGuard(self.layers)
        self.buttons: dict[Answer, QPushButton] = {}
        choice = QHBoxLayout()
        for answer, (text, key) in ANSWERS.items():
            button = self.buttons[answer] = QPushButton(text)
            button.setShortcut(QKeySequence(key))
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._on_answer, answer))
            choice.addWidget(button, 1)
        self.back = QPushButton("Take back")
        self.back.setToolTip("Undo the last answer (Backspace)")
        self.back.setShortcut(QKeySequence(Qt.Key.Key_Backspace))
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name")
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName("Name of the direction")
        self.keep = QPushButton("Keep")
        self.keep.setToolTip("Add the direction to the picture's edits and to the browser")
        for button in (self.back, self.keep):
            button.setAutoDefault(False)
        first, last = QHBoxLayout(), QHBoxLayout()
        first.addWidget(QLabel("Layers"))
        first.addWidget(self.layers, 1)
        first.addWidget(self.back)
        last.addWidget(self.name, 1)
        last.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.addLayout(first)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignCenter)
        for row in (choice, last):
            column.addLayout(row)
        column.insertWidget(3, self.state)
        self.layers.activated.connect(self._on_layers)
        self.name.returnPressed.connect(self.picture.setFocus)
        self.back.clicked.connect(self._on_back)
        self.keep.clicked.connect(self._on_keep)

    def sizeHint(self) -> QSize:
        """No wider than the picture, so that sentences wrap."""
        return QSize(SIDE + 24, super().sizeHint().height())

    def done(self, result: int) -> None:
        """End what runs."""
        self._drop_task()
        super().done(result)

    @Slot()
    def _begin(self) -> None:
        """Start over, in the layers that are chosen."""
        self.rating, self._group = None, self.layers.currentData()
        self._run("Look at the model", partial(_rating, self._model, self._group))
        assert self._task is not None
        self._task.succeeded.connect(self._on_rating)

    @Slot()
    def _on_layers(self) -> None:
        if self.layers.currentData() != self._group:
            self._begin()

    def _run(self, title: str, work: Callable[..., object]) -> None:
        self._drop_task()
        self._task = self._studio.tasks.start(title, work, lane=FILES, owner=self, is_listed=False)
        self._refresh(is_asking=False)

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None

    @Slot(object)
    def _on_rating(self, rating: Rating) -> None:
        self.rating = rating
        self._ask()

    def _ask(self) -> None:
        """Show the next picture; until it is there, nothing can be said of it."""
        assert self.rating is not None
        work = partial(_render, self._model, self.rating.question, self._studio.assets)
        self._run("Show a question", work)
        assert self._task is not None
        self._task.succeeded.connect(self._on_picture)

    @Slot(object)
    def _on_picture(self, pixels: Pixels) -> None:
        picture = QPixmap.fromImage(to_qimage(pixels))
        self.picture.setPixmap(
            picture.scaled(
                SIDE,
                SIDE,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
        self._refresh(is_asking=True)

    def _refresh(self, *, is_asking: bool) -> None:
        answers = () if self.rating is None else self.rating.answers
        if not (is_asking or self.name.hasFocus()):
            self.picture.setFocus()  # before the button that has it turns grey and hands it on
        self.layers.setEnabled(not answers)
        self.layers.setToolTip(ANSWERED if answers else FEWER)
        for button in self.buttons.values():
            button.setEnabled(is_asking)
        self.back.setEnabled(is_asking and bool(answers))
        self.keep.setEnabled(is_asking and bool(answers))
        told = sum(answer != "skip" for answer in answers)
        if not told or self.rating is None:
            self.state.setText(BEGIN)
            return
        accuracy = self.rating.accuracy
        known = "answer more to see how well your answers agree"
        if accuracy is not None:
            share = f"{accuracy * 100:.0f} %"
            known = (
                f"{share} predicted from the other answers (70 % is good; the questions are hard)"
            )
        self.state.setText(f"{told} answers, {known}")

    def _on_answer(self, answer: Answer) -> None:
        if self.rating is not None:
            self.rating.answer(answer)
            self._ask()

    @Slot()
    def _on_back(self) -> None:
        if self.rating is not None:
            self.rating.take_back()
            self._ask()

    @Slot()
    def _on_keep(self) -> None:
        name = self.name.text().strip()
        if self.rating is None:
            return
        if not name:
            self.state.setText(NAMELESS)
            self.name.setFocus()
            return
        try:
            directions = self.rating.directions(name)
        except DirectionError as error:
            self.state.setText(str(error))
            return
        self.kept.emit(directions)
        self.accept()


# --- the work of the tasks, on their threads ---------------------------------------------


def _rating(
    model: Model, group: str, _report: Callable[[Progress], None], _cancel: Cancel
) -> Rating:
    return Rating(model, layers=group or None)


def _render(
    model: Model,
    recipe: Recipe,
    assets: Assets,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Pixels:
    return render_in_full(ModelRecipe(model, recipe), assets)
