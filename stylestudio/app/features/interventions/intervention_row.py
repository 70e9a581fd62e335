"""A row for an operation on the units of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from stylestudio.app.features.interventions.moves import TIPS
from stylestudio.app.features.interventions.row import BendRow, step_box
from stylestudio.app.widgets.half_typed import half_typed
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe import Intervention, RecipeError
from stylestudio.recipe.interventions import OPERATIONS, numbers_of, parse_units
from stylestudio.recipe.words import spans
from stylestudio.render import unit_counts

if TYPE_CHECKING:
    from stylestudio.app.core.document import Document
    from stylestudio.recipe import AnyIntervention
    from stylestudio.render import Model

STEP = "The step whose output it changes, before the next step uses it"
UNITS = "The units it acts on: all, or numbers such as 3,17,20-24. After this step there are {}"
MISSING = "This model has no step {} with maps: choose another."


class InterventionRow(BendRow):
    """Its step and operation, amount and numbers, and which units take part."""

    def __init__(self, shown: Intervention, document: Document, model: Model) -> None:
        super().__init__(shown, document, model)
        name = shown.name
        self._counts = unit_counts(model)
        self.step = step_box(model, f"Step of {name}", STEP)
        self.operation = QComboBox()
        for each in OPERATIONS:
            self.operation.addItem(each.capitalize(), each)
            tip = Qt.ItemDataRole.ToolTipRole
            self.operation.setItemData(self.operation.count() - 1, TIPS[each], tip)
        self.operation.setAccessibleName(f"Operation of {name}")
        WheelGuard(self.operation)
        self.open = small_button("", "Which units take part", f"Units of {name}")
        self.open.setArrowType(Qt.ArrowType.RightArrow)
        self.open.setAutoRaise(True)
        self.units = QLineEdit()
        self.units.setAccessibleName(f"Units of {name}")
        self._lay_out(shown)
        self.step.activated.connect(self._on_step)
        self.operation.activated.connect(self._on_operation)
        self.open.toggled.connect(self._on_open)
        self.units.editingFinished.connect(self._on_units)

    def _lay_out(self, shown: Intervention) -> None:
        place = QHBoxLayout()
        place.setSpacing(4)
        place.addWidget(self.open)
        place.addWidget(self.operation, 1)
        place.addWidget(QLabel("after"))
        place.addWidget(self.step, 2)
        self.column.addLayout(place)
        self.column.addWidget(self.about)
        self.column.addWidget(self.add_number("amount", "Amount", "0 leaves the maps as they are"))
        facts = zip(OPERATIONS[shown.operation], numbers_of(shown.operation), strict=True)
        for end, number in facts:
            words = number.name if len(number.name) < 10 else number.unit.capitalize()
            self.column.addWidget(self.add_number(end, words, TIPS[shown.operation]))
        self.more = QWidget()
        inner = QVBoxLayout(self.more)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        line = QHBoxLayout()
        line.addWidget(QLabel("Units"))
        line.addWidget(self.units, 1)
        inner.addLayout(line)
        inner.addWidget(self.add_number("share", "Share", "How many of the units take part"))
        inner.addWidget(self.add_number("share_seed", "Seed", "Draws which units take part"))
        self.more.hide()
        self.column.addWidget(self.more)

    def show_intervention(self, shown: AnyIntervention, *, first: bool, last: bool) -> None:
        """Show where it stands, and what it does to what."""
        super().show_intervention(shown, first=first, last=last)
        assert isinstance(shown, Intervention)
        with QSignalBlocker(self.step), QSignalBlocker(self.operation):
            self.step.setCurrentIndex(self.step.findData(shown.step))
            self.operation.setCurrentIndex(self.operation.findData(shown.operation))
        self.operation.setToolTip(TIPS[shown.operation])
        if not self.units.hasFocus():
            self.units.setText(_written(shown.units))
        count = self._count(shown.step)
        self.units.setToolTip(UNITS.format(f"0 to {count - 1}" if count else "none"))
        self.say(self._problem(shown, count))

    def _count(self, step: int) -> int:
        """How many units there are after a step; 0 where this model lacks it."""
        return self._counts[step] if step < len(self._counts) else 0

    def _problem(self, shown: Intervention, count: int) -> str:
        """Why it can't act on this model."""
        if not count:
            return MISSING.format(shown.step)
        if shown.units is not None and max(shown.units) >= count:
            return (
                f"After this step there are units 0 to {count - 1}: change the units, or mute it."
            )
        return ""

    @Slot(int)
    def _on_step(self, index: int) -> None:
        assert isinstance(self._shown, Intervention)
        step = self.step.itemData(index)
        units = self._shown.units
        if units is not None and max(units) >= self._counts[step]:
            self._restore()
            self.say(
                f"After step {step} there are units 0 to {self._counts[step] - 1}: "
                "change the units first."
            )
            return
        # What finds a thing on the maps of one step finds nothing on those of another.
        changed = replace(self._shown, step=step, locator=None)
        self.changed.emit(changed, f"Change the step of {self.name}")

    @Slot(int)
    def _on_operation(self, index: int) -> None:
        old, operation = self._shown, self.operation.itemData(index)
        assert isinstance(old, Intervention)
        if operation == old.operation:
            return
        made = Intervention.of(old.name, old.step, operation)
        values = old.values if operation in ("set", "add") else ()
        changed = replace(old, operation=operation, numbers=made.numbers, values=values)
        self.changed.emit(changed, f"Change what {self.name} does")

    @Slot(bool)
    def _on_open(self, on: bool) -> None:
        self.open.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.more.setVisible(on)

    @Slot()
    def _on_units(self) -> None:
        """Take over the units that were typed; those that can't be stay as they were."""
        assert isinstance(self._shown, Intervention)
        if half_typed.is_given_up:
            return
        step = self._shown.step
        count = self._count(step)
        try:
            units = parse_units(self.units.text())
            if units is not None and max(units) >= count:
                there = f"After this step there are units 0 to {count - 1}."
                raise RecipeError(there if count else MISSING.format(step))
        except RecipeError as error:
            self._restore()
            text = str(error)
            self.say(text[:1].upper() + text[1:])
            return
        if _written(units) != _written(self._shown.units):
            learned = dict(zip(self._shown.units or (), self._shown.values, strict=False))
            values = [learned.get(unit, 1.0) for unit in units or ()] if learned else ()
            changed = replace(self._shown, units=units, values=tuple(values))
            self.changed.emit(changed, f"Change the units of {self.name}")

    def _restore(self) -> None:
        """Show again what the recipe has."""
        assert isinstance(self._shown, Intervention)
        self.step.setCurrentIndex(self.step.findData(self._shown.step))
        self.units.setText(_written(self._shown.units))


def _written(units: tuple[int, ...] | None) -> str:
    return "all" if units is None else spans(sorted(units))
