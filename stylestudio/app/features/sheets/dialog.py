"""Asks what a contact sheet is to show, with a small preview, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.recipes import ModelRecipe, suggested_name
from stylestudio.app.core.task import FILES
from stylestudio.app.features.sheets.preview import SheetPreview
from stylestudio.app.widgets.number_box import CountBox
from stylestudio.app.widgets.save_dialog import ask_where
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.editing.lookup import chosen_edits
from stylestudio.editing.sheets import SheetChoice, SheetKind, make_sheet
from stylestudio.errors import StyleStudioError
from stylestudio.recipe import RecipeError, SeedSource
from stylestudio.recipe.layers import WORDS
from stylestudio.recipe.numbers import parse_number, parse_numbers, parse_seeds
from stylestudio.recipe.sheets import check_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.app.core.studio import Studio
    from stylestudio.app.core.task import Task
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe.sheets import Sheet

SETTLE_MS = 300
LARGEST_CELL = 1024  # pixels
MOST_SHOWN = 200  # pictures of a preview
KINDS: dict[SheetKind, str] = {
    "mixing": "Style mixing: sources across and down",
    "psi": "Truncation: seeds by psi",
    "seeds": "Seeds around this one",
    "noise": "New noise",
    "directions": "Directions by amounts",
    "strips": "Interpolation from seed to seed",
    "variations": "Nine neighbours",
}
USED: dict[SheetKind, tuple[str, ...]] = {
    "mixing": ("seeds", "columns", "layers"),
    "psi": ("seeds", "psis"),
    "seeds": ("count", "step"),
    "noise": (),
    "directions": ("names", "amounts"),
    "strips": ("seeds", "count"),
    "variations": ("names", "distance"),
}


@dataclass(frozen=True)
class SheetOrder:
    """What to render, and where to write it."""

    path: Path
    pair: ModelRecipe
    kind: SheetKind
    sheet: Sheet
    side: int


class SheetDialog(QDialog):
    """Emits an order; does not block the window. Follows the picture on show."""

    ordered = Signal(object)  # SheetOrder

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Contact sheet")
        self._studio = studio
        self._task: Task | None = None
        self._laid_out: tuple[ModelRecipe, Sheet] | None = None
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._lay_out_sheet)
        studio.document.recipe_changed.connect(self._on_recipe)
        studio.thumbnails.ready.connect(self._on_thumbnail)
        self._on_kind()

    def _build(self) -> None:
        current = self._studio.document.current
        assert current is not None
        source = current.recipe.source
        first = source.seed if isinstance(source, SeedSource) else 0
        self.kind = QComboBox()
        for kind, title in KINDS.items():
            self.kind.addItem(title, kind)
        self.layers = QComboBox()
        self.layers.setEditable(True)
        groups = {layer.group for layer in current.model.layers}
        self.layers.addItems([word for word in WORDS if word in groups or word == "all"])
        self.layers.setCurrentText("middle" if "middle" in groups else "all")
        self.count, self.side = CountBox(), CountBox()
        self.count.setRange(2, 100)
        self.count.setValue(5)
        self.side.setRange(16, LARGEST_CELL)
        self.side.setValue(min(current.model.resolution, 256))
        self.side.setSuffix(" pixels")
        self.fields: dict[str, QWidget] = {
            "seeds": QLineEdit(f"{first}-{first + 3}"),
            "columns": QLineEdit(f"{first + 10}-{first + 14}"),
            "layers": self.layers,
            "psis": QLineEdit("1, 0.7, 0.5, 0, -0.5, -1"),
            "names": QLineEdit(),
            "amounts": QLineEdit("-3, -2, -1, 0, 1, 2, 3"),
            "distance": QLineEdit("1.5"),
            "count": self.count,
            "step": QLineEdit("0.25"),
        }
        words = {
            "seeds": ("Seeds", "Rows: numbers and ranges, such as 0-3, 7"),
            "columns": ("Seeds across", "Seeds whose layers replace those of the rows"),
            "layers": (
                "Layers",
                "Layers taken from the seeds across: a group, or numbers such as 0-3, 7",
            ),
            "psis": ("Psi", "From -1 to 2; 0 is the average picture"),
            "names": ("Directions", "Names separated by commas; leave empty for the model's own"),
            "amounts": ("Amounts", "In sigmas, from -10 to 10"),
            "distance": ("Distance", "Distance of the neighbours, in sigmas"),
            "count": ("Pictures", "In a strip, or in each direction"),
            "step": ("Step", "Distance between pictures, in seeds"),
        }
        names = self.fields["names"]
        assert isinstance(names, QLineEdit)
        names.setPlaceholderText("smile, age, PCA 3; empty for all")
        self.form = QFormLayout()
        self.form.addRow("Kind", self.kind)
        for field, widget in self.fields.items():
            title, tip = words[field]
            widget.setToolTip(tip)
            widget.setAccessibleName(title)
            self.form.addRow(title, widget)
            if isinstance(widget, QLineEdit):
                widget.textChanged.connect(self._on_change)
        self.form.addRow("Each picture", self.side)
        self.kind.setAccessibleName("Kind of sheet")
        self.side.setAccessibleName("Pixels of each picture")
        for box in (self.kind, self.layers):
            WheelGuard(box)
        self.preview = SheetPreview()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().height())
        self.save = QPushButton("Save…")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        left = QVBoxLayout()
        left.addLayout(self.form)
        left.addStretch(1)
        left.addWidget(self.note)
        both = QHBoxLayout()
        both.addLayout(left, 2)
        both.addWidget(self.preview, 3)
        column = QVBoxLayout(self)
        column.addLayout(both, 1)
        column.addWidget(self.buttons)
        self.save.setDefault(True)
        self.resize(820, 460)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.layers.currentTextChanged.connect(self._on_change)
        self.count.valueChanged.connect(self._on_change)
        self.side.valueChanged.connect(self._on_change)
        self.buttons.accepted.connect(self._ask_path)
        self.buttons.rejected.connect(self.reject)

    def done(self, result: int) -> None:
        """Stop looking."""
        self._timer.stop()
        self._drop_task()
        super().done(result)

    @property
    def chosen_kind(self) -> SheetKind:
        """The kind that is chosen."""
        kind: SheetKind = self.kind.currentData()
        assert kind in get_args(SheetKind)
        return kind

    @Slot()
    def _on_kind(self) -> None:
        for field, widget in self.fields.items():
            self.form.setRowVisible(widget, field in USED[self.chosen_kind])
        self._on_change()

    @Slot()
    def _on_change(self) -> None:
        """Lay the sheet out again once the hand rests; until then nothing can be saved."""
        self._drop_task()
        self._laid_out = None
        self.save.setEnabled(False)
        self._timer.start()

    @Slot()
    def _on_recipe(self) -> None:
        """Follow the picture; what is laid out can be saved until another sheet takes its place.

        While a clip plays, the picture never rests, so that neither timer nor task begins anew.
        """
        if not self._timer.isActive() and self._task is None:
            self._timer.start()

    def _text(self, field: str) -> str:
        widget = self.fields[field]
        assert isinstance(widget, QLineEdit)
        return widget.text()

    def choice(self) -> SheetChoice:
        """What the fields in use say. Raises RecipeError."""
        used, plain = USED[self.chosen_kind], SheetChoice()
        amounts = plain.amounts
        if "amounts" in used:
            amounts = parse_numbers(self._text("amounts"))
        elif "distance" in used:
            amounts = (parse_number(self._text("distance")),)
        return SheetChoice(
            seeds=parse_seeds(self._text("seeds")) if "seeds" in used else plain.seeds,
            columns=parse_seeds(self._text("columns")) if "columns" in used else plain.columns,
            layers=self.layers.currentText().strip(),
            psis=parse_numbers(self._text("psis")) if "psis" in used else plain.psis,
            amounts=amounts,
            count=self.count.value(),
            step=parse_number(self._text("step")) if "step" in used else plain.step,
        )

    @Slot()
    def _lay_out_sheet(self) -> None:
        """Have the sheet laid out by a task, as directions may have to be found for it."""
        self._drop_task()
        current = self._studio.document.current
        if current is None:
            return
        try:
            choice = self.choice()
        except RecipeError as error:
            self._say(f"{error}")
            return
        names = tuple(word.strip() for word in self._text("names").split(",") if word.strip())
        self._task = self._studio.tasks.start(
            "Lay out a sheet",
            partial(_laid_out, current, self.chosen_kind, choice, names, self.side.value()),
            lane=FILES,
            owner=self,
            is_listed=False,
        )
        self._task.succeeded.connect(partial(self._on_laid_out, current))
        self._task.ended.connect(partial(self._on_ended, current))

    def _on_ended(self, pair: ModelRecipe) -> None:
        self._task = None
        if pair != self._studio.document.current:
            self._on_recipe()

    def _on_laid_out(self, pair: ModelRecipe, found: Sheet | str) -> None:
        if isinstance(found, str):
            self._laid_out = None
            self.save.setEnabled(False)
            self._say(found)
            return
        count = len(found.recipes)
        self._laid_out = (pair, found)
        self.save.setEnabled(True)
        self._say(f"{count} pictures, {len(found.cells[0])} across and {len(found.cells)} down.")
        self.preview.show_sheet(found)
        if count > MOST_SHOWN or pair != self._studio.document.current:
            return  # of a picture that moves on, nobody waits for those of each step
        for recipe in found.recipes:
            image = self._studio.thumbnails.get(ModelRecipe(pair.model, recipe), last=True)
            if image is not None:
                self.preview.set_picture(recipe, image)

    def _say(self, sentence: str) -> None:
        self.note.setText(sentence[:1].upper() + sentence[1:])

    @Slot(object, QImage)
    def _on_thumbnail(self, pair: ModelRecipe, image: QImage) -> None:
        self.preview.set_picture(pair.recipe, image)

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None

    @Slot()
    def _ask_path(self) -> None:
        """Ask where it goes, then order it as it was; the picture may move on meanwhile."""
        if self._laid_out is None:
            return
        (pair, sheet), kind, side = self._laid_out, self.chosen_kind, self.side.value()
        settings = self._studio.settings
        name = f"{suggested_name(pair)}-{kind}.png"
        proposal = Path(settings.directory("pictures"), name)
        path = ask_where(self, "Save contact sheet", proposal, "Contact sheet (*.png)")
        if path is not None:
            settings.set_directory("pictures", path.parent)
            self._order(SheetOrder(path, pair, kind, sheet, side))

    def order(self, path: Path) -> None:
        """Order the sheet that is laid out, and close."""
        assert self._laid_out is not None
        pair, sheet = self._laid_out
        self._order(SheetOrder(path, pair, self.chosen_kind, sheet, self.side.value()))

    def _order(self, order: SheetOrder) -> None:
        self.ordered.emit(order)
        self.accept()


def _laid_out(
    pair: ModelRecipe,
    kind: SheetKind,
    choice: SheetChoice,
    names: tuple[str, ...],
    side: int,
    _report: Callable[[Progress], None],
    _cancel: Cancel,
) -> Sheet | str:
    """The sheet, or why there is none; on a thread of a task."""
    try:
        of_directions = kind in ("directions", "variations")
        edits = chosen_edits(pair.model, names, recipe=pair.recipe) if of_directions else []
        sheet = make_sheet(kind, pair.model, pair.recipe, choice, edits)
        check_size(sheet, side)
    except StyleStudioError as error:
        return str(error)
    return sheet
