"""Hands that change a window at random: any control of any panel, the picture itself, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSlider, QSpinBox, QWidget

from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.automation.visitor import LEFT

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from stylestudio.app.shell.window import MainWindow

KINDS = (QSlider, LayerBars, QSpinBox, QDoubleSpinBox, QCheckBox, QComboBox)
FARTHEST = 5  # steps that are undone at a time
ON_PICTURE = (Qt.Key.Key_R, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Hands:
    """Does one thing after another, the same from the same `random`."""

    def __init__(self, window: MainWindow, chance: random.Random) -> None:
        self.window, self.chance = window, chance

    def act(self) -> str:
        """Do one thing by real events; return what was moved."""
        kind = self.chance.random()
        if kind < 0.1:
            return self.undo()
        if kind < 0.3:
            return self.on_picture()
        return self.in_panel()

    def undo(self) -> str:
        """Go back a little; whatever follows begins a branch."""
        steps = self.chance.randint(1, FARTHEST)
        for _ in range(steps):
            self.press("undo")
        return f"undo {steps}"

    def press(self, command: str) -> None:
        """Choose a command, as its keys do."""
        action = self.window.actions_by_id[command]
        if action.isEnabled():
            action.trigger()

    def on_picture(self) -> str:
        """Drag the picture, or press a key on it."""
        canvas = self.window.canvas
        if self.chance.random() < 0.5:
            key = self.chance.choice(ON_PICTURE)
            QTest.keyClick(canvas, key)
            return f"key {key.name}"
        start = canvas.rect().center()
        end = start + QPoint(self.chance.randint(-60, 60), self.chance.randint(-60, 60))
        _drag(canvas, start, end)
        return "picture"

    def in_panel(self) -> str:
        """Move one control of one panel."""
        name = self.chance.choice([*self.window.docks])
        self.window.show_dock(name)
        found = controls(self.window.docks[name])
        if not found:
            return f"{name}: nothing to move"
        control = self.chance.choice(found)
        self.move(control)
        return f"{name}: {control.accessibleName() or type(control).__name__}"

    def move(self, control: QWidget) -> None:
        """Move a control as a hand would."""
        chance, box = self.chance, control.rect()
        if isinstance(control, QSlider):
            place = QPoint(chance.randint(0, max(0, box.width() - 1)), box.center().y())
            QTest.mouseClick(control, LEFT, pos=place)
        elif isinstance(control, LayerBars):
            ends = [
                QPoint(chance.randint(2, max(2, box.width() - 2)), box.center().y()) for _ in "ab"
            ]
            _drag(control, *ends)
        elif isinstance(control, QSpinBox | QDoubleSpinBox):
            low, high = control.minimum(), control.maximum()
            control.setFocus()
            control.selectAll()
            value = chance.uniform(max(low, -10), min(high, 10_000))
            QTest.keyClicks(control, f"{value:.{2 if isinstance(control, QDoubleSpinBox) else 0}f}")
            QTest.keyClick(control, Qt.Key.Key_Return)
        elif isinstance(control, QCheckBox):
            QTest.mouseClick(control, LEFT, pos=QPoint(8, box.center().y()))
        else:
            control.setFocus()
            QTest.keyClick(control, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Up)))


def controls(dock: QWidget) -> Sequence[QWidget]:
    """What can be moved in a dock now; lists that ask for files are left alone."""
    found = [each for kind in KINDS for each in dock.findChildren(kind)]
    return [each for each in found if each.isVisible() and each.isEnabled() and not _asks(each)]


def _asks(control: QWidget) -> bool:
    """Whether a list has entries that open a dialog."""
    if not isinstance(control, QComboBox):
        return False
    return any(control.itemText(i).endswith("…") for i in range(control.count()))


def _drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(widget, LEFT, pos=start)
    for i in range(1, 5):
        QTest.mouseMove(widget, start + (end - start) * i / 4)
    QTest.mouseRelease(widget, LEFT, pos=end)
