"""The Dissect dock: samples by brush and by words, the units found, and what is done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from stylestudio.app.core.panel import Panel
from stylestudio.app.features.dissect.by_words import WordsRow
from stylestudio.app.features.dissect.finder import steps_of
from stylestudio.app.features.dissect.grid import UnitGrid
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.thumbnail_row import ThumbnailRow
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.editing import UnitSet
from stylestudio.editing.dissection import MOST_SAMPLES
from stylestudio.recipe import ModelRef, free_name
from stylestudio.recipe.edits import LONGEST_NAME

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.settings import Settings
    from stylestudio.app.features.dissect.finder import UnitFinder
    from stylestudio.app.features.dissect.maps import UnitPictures
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model

SETTLE_MS = 400
AUTOMATIC = "Automatic"
FOUND, ALL = "Units found", "All units of the step"
HINT = "Brush what you mean and add it as a sample, or type it; then find the units that draw it."
FINDING = "Looking for units; see the Tasks dock for progress."
DEFAULT_STEP = 32  # pixels of the step whose units are shown where none is chosen


class DissectPanel(Panel):
    """Samples above a grid of units, and buttons for what is done to those that are ticked.

    The maps follow the picture on show once the hand rests, while the panel is seen.
    """

    correct_asked = Signal(int)  # a sample's place
    acted = Signal(str, object)  # "ablate", "boost" or "insert", and a UnitSet
    keep_asked = Signal(object)  # UnitSet
    said = Signal(str)

    def __init__(self, document: Document, finder: UnitFinder, settings: Settings) -> None:
        super().__init__(document)
        self.words = WordsRow(settings)
        self._finder = finder
        self._strong: dict[int, float] = {}  # values of units that are chosen by eye
        self._shown: UnitSet | None = None  # of the found ones
        self._shown_step = -1  # whose units all are shown, -1 for those found
        self._is_behind = True
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._connect()

    def _build(self) -> None:
        self.step = QComboBox()
        self.step.setAccessibleName("Step")
        self.step.setToolTip("The synthesis step whose units are shown")
        self.view = QComboBox()
        self.view.addItems((FOUND, ALL))
        self.view.setAccessibleName("Units on show")
        self.view.setToolTip("The units that were found, or every map of the step (layers view)")
        self.paint = QPushButton(icon("brush", checked="on_accent"), "Brush")
        self.paint.setCheckable(True)
        self.paint.setToolTip("Brush what you mean on the picture; the right button erases")
        self.add = QPushButton(icon("add"), "Add sample")
        self.add.setToolTip(f"Keep what is brushed on this picture as one of up to {MOST_SAMPLES}")
        self.find_units = QPushButton("Find")
        self.find_units.setToolTip("Find the units that draw what is brushed")
        self.learn = QCheckBox("Weigh by effect")
        self.learn.setChecked(True)
        self.learn.setToolTip(
            "Also rank units by what the picture loses without them; takes some "
            "seconds and finds better ones"
        )
        self.samples = ThumbnailRow("Samples", "Double-click it to remove the sample")
        self.correct = small_button(
            "brush",
            "Show the chosen sample, to correct with the brush what is marked on it",
            "Correct the sample",
            checkable=False,
        )
        self.state = QLabel(HINT)
        self.state.setWordWrap(True)
        self.state.setProperty("muted", True)
        self.grid = UnitGrid()
        self.all = QPushButton("All")
        self.all.setToolTip("Tick all units")
        self.none = QPushButton("None")
        self.none.setToolTip("Tick no unit")
        self.ablate = QPushButton("Ablate")
        self.ablate.setToolTip(
            "Remove what the ticked units draw, where they draw it; paint to limit it to a place"
        )
        self.boost = QPushButton("Boost")
        self.boost.setToolTip("Make the ticked units twice as strong; paint to limit it to a place")
        self.insert = QPushButton("Insert")
        self.insert.setToolTip("Paint where the ticked units should draw")
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name")
        self.name.setMaxLength(LONGEST_NAME - len("Ablate "))
        self.name.setAccessibleName("Name of the units")
        self.keep = QPushButton(icon("save"), "Keep")
        self.keep.setToolTip("Keep the ticked units under this name, for this model")
        self.kept = QComboBox()
        self.kept.setAccessibleName("Units that were kept")
        self.kept.setToolTip("Show units that were kept for this model")
        self.forget = QPushButton(icon("remove"), "")
        self.forget.setAccessibleName("Remove the kept units")
        self.forget.setToolTip("Forget these kept units; they stay on show")
        for box in (self.step, self.view, self.kept):
            WheelGuard(box)
        self.column.addLayout(_row((self.paint, self.add, self.find_units)))
        self.column.addWidget(self.words)
        samples = QHBoxLayout()
        samples.setSpacing(4)
        samples.addWidget(self.samples, 1)
        samples.addWidget(self.correct)
        self.column.addLayout(samples)
        self.column.addLayout(_row((self.step, self.learn)))
        self.column.addWidget(self.state)
        self.column.addLayout(_row((self.ablate, self.boost, self.insert)))
        self.column.addLayout(_row((self.view, self.all, self.none)))
        self.column.addWidget(self.grid, 1)
        self.column.addLayout(_row((self.name, self.keep)))
        self.column.addLayout(_row((self.kept, self.forget)))

    def _connect(self) -> None:
        self._finder.changed.connect(self._refresh)
        self._finder.pictured.connect(self._on_pictured)
        self._timer.timeout.connect(self._want_pictures)
        self.find_units.clicked.connect(self._on_find)
        self.step.activated.connect(self._refresh)
        self.view.activated.connect(self._refresh)
        self.samples.removed.connect(self._finder.remove)
        self.samples.currentRowChanged.connect(self._show_what_can_be_done)
        self.correct.clicked.connect(self._on_correct)
        self.words.asked.connect(self._on_words)
        self.words.said.connect(self._on_said)
        self.grid.ticked.connect(self._show_what_can_be_done)
        self.name.textChanged.connect(self._show_what_can_be_done)
        self.all.clicked.connect(lambda: self.grid.tick(True))
        self.none.clicked.connect(lambda: self.grid.tick(False))
        self.ablate.clicked.connect(lambda: self._act("ablate"))
        self.boost.clicked.connect(lambda: self._act("boost"))
        self.insert.clicked.connect(lambda: self._act("insert"))
        self.keep.clicked.connect(self._on_keep)
        self.kept.activated.connect(self._on_kept)
        self.forget.clicked.connect(self._on_forget)

    # --- what is shown -------------------------------------------------------------------

    def show_model(self, model: Model) -> None:
        """Offer the steps of the model."""
        with QSignalBlocker(self.step):
            self.step.clear()
            self.step.addItem(AUTOMATIC, None)
            for index, title in steps_of(model).items():
                self.step.addItem(title, index)
        self.paint.setChecked(False)
        self.words.show_choices(model)
        self._shown, self._shown_step, self._strong = None, -1, {}
        self.grid.set_units({}, ())
        self._is_behind = True
        self.update()

    def show_recipe(self, recipe: Recipe) -> None:
        """The maps follow once the hand rests."""
        del recipe
        self._timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Catch up with what was not followed while nobody looked."""
        super().paintEvent(event)
        if self._is_behind:
            self._is_behind = False
            QTimer.singleShot(0, self._refresh)
            self._timer.start()

    def _is_seen(self) -> bool:
        return self.isVisible() and not self.visibleRegion().isEmpty()

    @Slot()
    def _refresh(self) -> None:
        """Show samples, units and what was kept."""
        if self.document.model is None or not self._is_seen():
            self._is_behind = True
            return
        here = self._finder.here
        self.samples.show_pictures(sample.image for sample in here.samples)
        self.find_units.setText("Stop" if self._finder.is_finding else "Find")
        self.state.setText(self._saying())
        chosen = self.kept.currentText()
        self.kept.clear()
        self.kept.addItems([units.name for units in here.kept])
        self.kept.setCurrentText(chosen)
        for widget in (self.kept, self.forget):
            widget.setEnabled(bool(here.kept))
        self._show_units()
        self._show_what_can_be_done()

    def _saying(self) -> str:
        here = self._finder.here
        if self._finder.looking_for:
            return f"Looking for “{self._finder.looking_for}”; see the Tasks dock for progress."
        if self._finder.is_finding:
            return FINDING
        if here.trouble:
            return here.trouble
        if self.view.currentText() == ALL:
            return "The maps of all units over the picture on show; tick those that you mean."
        if here.found is None:
            return HINT
        count = "1 unit" if len(here.found) == 1 else f"{len(here.found)} units"
        return f"{count} after {here.found.layer}, the best first"

    def _show_units(self) -> None:
        """Put units into the grid where they are others than those on show."""
        found = self._finder.here.found
        step = self._step_of_all() if self.view.currentText() == ALL else -1
        if step >= 0 and step != self._shown_step:
            model = self.document.model
            assert model is not None
            count = _unit_count(model, step)
            self.grid.set_units(dict.fromkeys(range(count)), ())
        elif step < 0 and (self._shown_step >= 0 or found is not self._shown):
            scores = {} if found is None else dict(zip(found.units, found.scores, strict=True))
            self.grid.set_units(scores, scores)
            if found is not None:
                self._propose_name(found)
        else:
            return
        self._shown, self._shown_step, self._strong = found, step, {}
        self._timer.start()

    def _propose_name(self, found: UnitSet) -> None:
        """A name by which *Keep* replaces nothing; a name that was typed stays."""
        kept = self._finder.here.kept
        if found in kept:
            self.name.setText(found.name)
        elif not (self.name.isModified() and self.name.text().strip()):
            self.name.setText(free_name(found.name, (units.name for units in kept)))

    def _step_of_all(self) -> int:
        """The step chosen, or that of what was found, or one of a middling size."""
        index = self.step.currentData()
        found = self._finder.here.found
        if index is not None:
            return int(index)
        if found is not None:
            return found.step
        model = self.document.model
        assert model is not None
        sides = {i: model.network.synthesis.steps[i].resolution for i in steps_of(model)}
        return min(sides, key=lambda i: (abs(sides[i] - DEFAULT_STEP), -i))

    @Slot()
    def _want_pictures(self) -> None:
        if not self._is_seen():
            self._is_behind = True
            return
        current = self.document.current
        units = self.grid.units()
        if current is not None and units:
            self._finder.picture(current, self._step_on_show(), units)

    def _step_on_show(self) -> int:
        """The step of the units in the grid, which has some."""
        if self._shown_step >= 0:
            return self._shown_step
        assert self._shown is not None
        return self._shown.step

    @Slot(object)
    def _on_pictured(self, pictures: UnitPictures) -> None:
        units = self.grid.units()
        if units and (pictures.step, pictures.units) == (self._step_on_show(), units):
            self.grid.set_pictures(pictures)
            self._strong = dict(zip(pictures.units, pictures.strong, strict=True))
            self._show_what_can_be_done()

    @Slot()
    def _show_what_can_be_done(self) -> None:
        """Gray what needs ticked units, their values, a name or samples."""
        chosen = self.grid.chosen()
        some = bool(chosen)
        for button in (self.ablate, self.boost):
            button.setEnabled(some)
        # Values of units that are chosen by eye come with their pictures.
        has_values = some and (self._shown_step < 0 or self._strong.keys() >= set(chosen))
        self.insert.setEnabled(has_values)
        self.keep.setEnabled(has_values and bool(self.name.text().strip()))
        full = len(self._finder.here.samples) >= MOST_SAMPLES
        self.add.setEnabled(not full)
        self.correct.setVisible(self.samples.count() > 0)
        self.correct.setEnabled(self.samples.currentRow() >= 0)

    # --- what the hand does --------------------------------------------------------------

    def chosen(self) -> UnitSet | None:
        """The units that are ticked, under the name that is typed."""
        units, model = self.grid.chosen(), self.document.model
        if not units or model is None:
            return None
        name = self.name.text().strip() or "units"
        if self._shown_step < 0:
            assert self._shown is not None
            return self._shown.only(units).named(name)
        return UnitSet(
            name=name,
            model=ModelRef.of(model),
            step=self._shown_step,
            layer=model.network.synthesis.steps[self._shown_step].name,
            units=units,
            scores=(0.0,) * len(units),
            values=tuple(self._strong.get(unit, 0.0) for unit in units),
        )

    def _act(self, what: str) -> None:
        units = self.chosen()
        if units is not None:
            self.acted.emit(what, units)

    @Slot()
    def _on_find(self) -> None:
        if self._finder.is_finding:
            self._finder.stop()
            return
        if self.add.isEnabled() and self.paint.isChecked():
            self.add.click()  # what is brushed and not added yet is meant, too, where it is shown
        if not self._finder.here.samples:
            self.said.emit(HINT)
            return
        self.view.setCurrentText(FOUND)
        self._finder.find(self.step.currentData(), learn=self.learn.isChecked())

    @Slot(str, str)
    def _on_words(self, words: str, place: str) -> None:
        self.view.setCurrentText(FOUND)
        step, learn = self.step.currentData(), self.learn.isChecked()
        self._finder.look(words, place, step, learn=learn)

    @Slot(str)
    def _on_said(self, sentence: str) -> None:
        """What is to be done first stands here until something else does."""
        self.state.setText(sentence)
        self.said.emit(sentence)

    @Slot()
    def _on_correct(self) -> None:
        self.correct_asked.emit(self.samples.currentRow())

    @Slot()
    def _on_keep(self) -> None:
        units = self.chosen()
        if units is not None:
            self.keep_asked.emit(units)
            self.name.setModified(False)  # the next find needs another name

    @Slot(int)
    def _on_kept(self, index: int) -> None:
        self.view.setCurrentText(FOUND)
        self._finder.use(self._finder.here.kept[index])

    @Slot()
    def _on_forget(self) -> None:
        index = self.kept.currentIndex()
        if index >= 0:
            self._finder.forget(self._finder.here.kept[index])


def _unit_count(model: Model, step: int) -> int:
    from stylestudio.render import unit_counts

    return unit_counts(model)[step]


def _row(widgets: tuple[QWidget, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for widget in widgets:
        wide = isinstance(widget, QComboBox | QLineEdit)
        if isinstance(widget, QPushButton):
            widget.setStyleSheet("padding: 5px 6px")
        row.addWidget(widget, 1 if wide else 0)
    if not any(isinstance(widget, QComboBox | QLineEdit) for widget in widgets):
        row.addStretch(1)
    return row
