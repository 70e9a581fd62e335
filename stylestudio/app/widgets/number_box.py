"""A field for a number, typed with a decimal point or comma whatever the system's is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

from stylestudio.app.widgets.half_typed import half_typed
from stylestudio.app.widgets.wheel_guard import WheelGuard
from stylestudio.recipe import RecipeError, parse_number

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent

UNFINISHED = re.compile(r"[-+]?[0-9]*[.,]?[0-9]*([eE][-+]?[0-9]*)?")
MINUS = "\N{MINUS SIGN}"  # what some systems write, and nobody types


MARGIN = 4  # pixels beside the text, which a style sheet cannot give it


class CountBox(QSpinBox):
    """A field for a whole number, with buttons for one more and one less."""

    def __init__(self) -> None:
        super().__init__()
        # As in a `NumberBox`; Qt would go back to the number before, without a word.
        self.setCorrectionMode(QSpinBox.CorrectionMode.CorrectToNearestValue)
        self.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)
        WheelGuard(self)

    def fixup(self, text: str) -> str:
        """Go back to the value there is when no number is left."""
        if any(letter.isdigit() for letter in text):
            return super().fixup(text)
        return self.prefix() + self.textFromValue(self.value()) + self.suffix()


class NumberBox(QDoubleSpinBox):
    """Shows numbers as the system writes them and understands both 0.7 and 0,7.

    The theme gives it no buttons; without them by `setButtonSymbols`, Qt would leave no room for
    the text of a field that a style sheet draws.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)
        WheelGuard(self)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Let through whatever may become a number; it is brought into the range at the end."""
        typed = self._number_in(text)
        if text == self.specialValueText() or self._read(typed) is not None:
            return QValidator.State.Acceptable, text, pos
        may_become = UNFINISHED.fullmatch(typed) is not None
        state = QValidator.State.Intermediate if may_become else QValidator.State.Invalid
        return state, text, pos

    def valueFromText(self, text: str) -> float:
        """Read what was typed; what is no number leaves the value as it is."""
        if self.specialValueText() and text == self.specialValueText():
            return self.minimum()
        value = self._read(self._number_in(text))
        if value is None:
            return self.value()
        # Qt rounds what it reads itself: 1.94 in a box of whole numbers is 2.
        return round(min(max(value, self.minimum()), self.maximum()), self.decimals())

    def fixup(self, text: str) -> str:
        """Go back to the value there is when the field is left unfinished."""
        del text
        return self.prefix() + self.textFromValue(self.value()) + self.suffix()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take over what was typed, unless the field goes away by itself."""
        self._give_up()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Likewise."""
        self._give_up()
        super().hideEvent(event)

    def _give_up(self) -> None:
        if half_typed.is_given_up:
            self.lineEdit().setText(self.fixup(""))

    def _number_in(self, text: str) -> str:
        inner = text.removeprefix(self.prefix()).removesuffix(self.suffix())
        return inner.strip().replace(MINUS, "-")

    def _read(self, typed: str) -> float | None:
        try:
            return parse_number(typed)
        except RecipeError:
            value, is_number = self.locale().toDouble(typed)  # in the system's own digits
            return value if is_number else None
