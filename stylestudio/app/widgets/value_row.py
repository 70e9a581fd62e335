"""One number: its name, a slider, the value to type, and a reset that is lit when touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from stylestudio.app.widgets.gesture import Gesture
from stylestudio.app.widgets.number_box import NumberBox
from stylestudio.app.widgets.theme import icon
from stylestudio.app.widgets.wheel_guard import WheelGuard

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

COARSE = 10  # shift + arrow, in steps
LABEL_WIDTH = 64


class FineSlider(QSlider):
    """A slider that jumps to the click and steps finely."""

    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.fine_steps = 1  # slider units in one arrow step
        WheelGuard(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the pointer, so that any press starts a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            style, control = self.style(), QStyle.ComplexControl.CC_Slider
            handle = style.subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self)
            if not handle.contains(event.position().toPoint()):
                x = round(event.position().x() - handle.width() / 2)
                span = self.width() - handle.width()
                value = QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), x, span)
                self.setSliderDown(True)
                self.setValue(value)
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell of it; the row resets its value."""
        self.double_clicked.emit()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows step, with shift by more, with ctrl by less."""
        directions = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
        }
        direction = directions.get(Qt.Key(event.key()))
        if direction is None:
            super().keyPressEvent(event)
            return
        step = self.fine_steps
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            step *= COARSE
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            step = max(1, step // COARSE)
        self.setValue(self.value() + direction * step)


class ValueBox(NumberBox):
    """Shows two decimals, and the third where it says something."""

    def textFromValue(self, value: float) -> str:
        """Write a value as people would."""
        text = super().textFromValue(value)
        return text[:-1] if self.decimals() == 3 and text.endswith("0") else text


class _Name(QLabel):
    """Takes at least so much room that the sliders of a panel begin below each other."""

    def sizeHint(self) -> QSize:
        """All of the text."""
        return super().sizeHint().expandedTo(QSize(LABEL_WIDTH, 0))

    minimumSizeHint = sizeHint


class ValueRow(QWidget):
    """Edits one float between two bounds, in steps; its slider may cover only a part of them."""

    edited = Signal(float, object)  # value, gesture token

    def __init__(
        self,
        name: str,
        bounds: tuple[float, float],
        default: float,
        *,
        step: float = 0.01,  # of an arrow key; ctrl steps by a tenth of it
        decimals: int = 3,
        tip: str = "",
    ) -> None:
        super().__init__()
        self._default = default
        self._tip = tip
        self._reason = ""
        self._gesture = Gesture()
        self.slider = FineSlider()
        self.box = ValueBox()
        self.box.setFixedWidth(64)
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.reset = QToolButton()
        self.reset.setIcon(icon("reset"))
        self.label = _Name(name)
        self.label.setBuddy(self.slider)
        self.slider.setAccessibleName(name)
        self.box.setAccessibleName(f"{name} value")
        self.reset.setAccessibleName(f"Reset {name}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self.label, 0), (self.slider, 1), (self.box, 0), (self.reset, 0)):
            row.addWidget(widget, stretch)
        self.slider.sliderPressed.connect(self._gesture.begin)
        self.slider.sliderReleased.connect(self._gesture.end)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.double_clicked.connect(self.restore_default)
        self.box.valueChanged.connect(self._on_box)
        self.box.lineEdit().returnPressed.connect(self.box.clearFocus)
        self.reset.clicked.connect(self.restore_default)
        self.set_steps(step, decimals)
        self.set_bounds(bounds, default)
        self.set_value(default)
        self.set_available()

    def value(self) -> float:
        """Return the value shown."""
        return self.box.value()

    def set_value(self, value: float) -> None:
        """Show a value without telling of an edit."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.box):
            self.slider.setValue(round((value - self._start) / self._unit))
            self.box.setValue(value)
        self._light_reset()

    def set_steps(self, step: float, decimals: int) -> None:
        """Move by another step; `set_bounds` has to follow."""
        per_step = 1 if decimals == 0 else 10
        self._unit = step / per_step
        self.slider.fine_steps = per_step
        with QSignalBlocker(self.box):
            self.box.setDecimals(decimals)
            self.box.setSingleStep(step)

    def set_bounds(
        self,
        bounds: tuple[float, float],
        default: float,
        travel: tuple[float, float] | None = None,
    ) -> None:
        """Show another range, for another model; `travel` is what the slider covers of it."""
        self._low, self._high = bounds
        self._start, end = travel or bounds
        self._default = default
        with QSignalBlocker(self.slider), QSignalBlocker(self.box):
            self.slider.setRange(0, round((end - self._start) / self._unit))
            self.box.setRange(*bounds)
        self.reset.setToolTip(f"Back to {self.box.textFromValue(default)}")
        self._light_reset()

    def set_tip(self, tip: str) -> None:
        """Say something else about it while the pointer rests on it."""
        self._tip = tip
        self.setToolTip(self._reason or tip)

    def set_available(self, reason: str = "") -> None:
        """Grey the row out for a reason, or with none make it usable."""
        self._reason = reason
        for widget in (self.label, self.slider, self.box):
            widget.setEnabled(not reason)
        self.setToolTip(reason or self._tip)
        self._light_reset()

    @Slot()
    def restore_default(self) -> None:
        """Edit the value back to its default."""
        self._edit(self._default)

    @Slot(int)
    def _on_slider(self, position: int) -> None:
        self._edit(self._start + position * self._unit)

    @Slot(float)
    def _on_box(self, value: float) -> None:
        self._edit(value)

    def _edit(self, value: float) -> None:
        value = min(max(round(value, 6), self._low), self._high)
        self.set_value(value)
        self.edited.emit(value, self._gesture.token())

    def _light_reset(self) -> None:
        touched = abs(self.value() - self._default) > 1e-9
        self.reset.setEnabled(touched and not self._reason)
