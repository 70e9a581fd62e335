"""Two classes and how far between them: the label of a conditional model."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.app.widgets.wheel_guard import WheelGuard


class ClassMix(QWidget):
    """Edits the weights of a model's classes, one or two of which are not 0."""

    edited = Signal(object, object)  # tuple of weights, gesture token

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self.first, self.second = QComboBox(), QComboBox()
        for box in (self.first, self.second):
            WheelGuard(box)
        self.first.setAccessibleName("Class")
        self.second.setAccessibleName("Class to blend in")
        self.blend = ValueRow("Blend", (0.0, 1.0), 0.0, tip="0 is the left class, 1 the right one.")
        classes = QHBoxLayout()
        classes.addWidget(self.first, 1)
        classes.addWidget(self.second, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(classes)
        column.addWidget(self.blend)
        self.first.currentIndexChanged.connect(self._on_choice)
        self.second.currentIndexChanged.connect(self._on_choice)
        self.blend.edited.connect(self._on_blend)

    def set_classes(self, count: int, reason: str = "") -> None:
        """Offer `count` classes; with none, grey out and say the reason."""
        self._count = count
        names = [f"Class {i}" for i in range(count)] or ["No classes"]
        for box in (self.first, self.second):
            with QSignalBlocker(box):
                box.clear()
                box.addItems(names)
            box.setEnabled(count > 1)
            box.setToolTip(reason or "The class, and another to blend it with")
        with QSignalBlocker(self.second):
            self.second.setCurrentIndex(min(1, len(names) - 1))
        self.second.setVisible(count > 1)
        self.blend.setVisible(count > 1)
        self._say_why_blend_is_grey()

    def set_label(self, label: tuple[float, ...]) -> None:
        """Show a label; () is the first class."""
        if not self._count:
            return
        weights = label or (1.0,) + (0.0,) * (self._count - 1)
        heavy = sorted(range(self._count), key=lambda i: -weights[i])[:2]
        with QSignalBlocker(self.first), QSignalBlocker(self.second):
            if len(heavy) > 1 and weights[heavy[1]] > 0:
                # The pair on show keeps its sides while the blend moves from one to the other.
                if self.first.currentIndex() == heavy[1]:
                    heavy.reverse()
                self.first.setCurrentIndex(heavy[0])
                self.second.setCurrentIndex(heavy[1])
                total = weights[heavy[0]] + weights[heavy[1]]
                self.blend.set_value(weights[heavy[1]] / total)
            elif self.second.currentIndex() == heavy[0] != self.first.currentIndex():
                self.blend.set_value(1.0)
            else:
                self.first.setCurrentIndex(heavy[0])
                self.blend.set_value(0.0)
        self._say_why_blend_is_grey()

    def _say_why_blend_is_grey(self) -> None:
        same = self.first.currentIndex() == self.second.currentIndex()
        self.blend.set_available("Choose a second class to blend with." if same else "")

    def _label(self, share: float) -> tuple[float, ...]:
        weights = [0.0] * self._count
        weights[self.first.currentIndex()] += 1.0 - share
        weights[self.second.currentIndex()] += share
        return tuple(weights)

    @Slot(int)
    def _on_choice(self, _index: int) -> None:
        self.edited.emit(self._label(self.blend.value()), None)
        self._say_why_blend_is_grey()

    @Slot(float, object)
    def _on_blend(self, share: float, gesture: object) -> None:
        self.edited.emit(self._label(share), gesture)
