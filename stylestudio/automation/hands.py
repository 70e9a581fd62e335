"""Hands that change a window at random: controls of all panels, tiles, tools, the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollBar,
    QSlider,
    QSpinBox,
    QWidget,
)

from stylestudio.app.shell.dock_title import DockTitle
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.automation.visitor import LEFT, pause

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from stylestudio.app.shell.window import MainWindow

FARTHEST = 3  # steps that are undone at a time
ON_PICTURE = (Qt.Key.Key_R, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
COMMANDS = (
    *(f"{what}_preset_{n}" for what in ("store", "recall") for n in (1, 2)),
    *("insert_key", "pin", "compare", "fit", "zoom_in", "zoom_out"),
)
WORDS = ("", "round glasses", "smile", "1")
WITHOUT = {"draw", "train", "translate"}  # panels that only ask for files and begin long work
MENU_MS = 60  # until a menu is open

# Buttons that begin work of many seconds or make every later picture take as long, and those
# that ask for a file.
SLOW = {
    *("Adapt", "Add a known network", "Continue here", "Export video", "Find", "Invert photo"),
    *("Record", "Rewrite", "Start"),
}
ASKING = {"Add a stage", "Add pictures", "Open style file", "Photo", "Reader's file"}


class Hands:
    """Does one thing after another, the same from the same `random`."""

    def __init__(self, window: MainWindow, chance: random.Random) -> None:
        self.window, self.chance = window, chance

    def act(self) -> str:
        """Do one thing by real events; return what was moved."""
        kind = self.chance.random()
        if kind < 0.05:
            return self.undo()
        if kind < 0.2:
            return self.on_picture()
        if kind < 0.25:
            command = self.chance.choice(COMMANDS)
            self.press(command)
            return command
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

    def leave_tools(self) -> None:
        """Go back to the hand that varies the picture, and end a comparison."""
        self.window.studio.canvas_tools.stop()
        self.window.canvas.compare_with(None)

    def on_picture(self) -> str:
        """Drag the picture, with whatever tool is in the hand, or press a key on it."""
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
        name = self.chance.choice([each for each in self.window.docks if each not in WITHOUT])
        self.window.show_dock(name)
        found = controls(self.window.docks[name])
        if not found:
            return f"{name}: nothing to move"
        control = self.chance.choice(found)
        said = f"{name}: {name_of(control) or type(control).__name__}"
        self.move(control)
        return said

    def move(self, control: QWidget) -> None:
        """Move a control as a hand would."""
        chance, box = self.chance, control.rect()
        if isinstance(control, QSlider):
            place = QPoint(chance.randint(0, max(0, box.width() - 1)), box.center().y())
            QTest.mouseClick(control, LEFT, pos=place)
        elif isinstance(control, QSpinBox | QDoubleSpinBox):
            low, high = control.minimum(), control.maximum()
            value = chance.uniform(max(low, -10), min(high, 10_000))
            _type(control, f"{value:.{2 if isinstance(control, QDoubleSpinBox) else 0}f}")
        elif isinstance(control, QLineEdit):
            _type(control, chance.choice(WORDS))
        elif isinstance(control, QComboBox):
            control.setFocus()
            QTest.keyClick(control, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Up)))
        elif isinstance(control, QCheckBox):
            QTest.mouseClick(control, LEFT, pos=QPoint(8, box.center().y()))
        elif isinstance(control, QAbstractButton):
            self.push(control)
        elif isinstance(control, QAbstractItemView):
            self.choose_item(control)
        else:
            ends = [_somewhere(chance, box.width(), box.height()) for _ in "ab"]
            _drag(control, *ends)

    def push(self, button: QAbstractButton) -> None:
        """Press a button; of a menu that it opens, choose an entry, unless that asks for more."""
        QTimer.singleShot(MENU_MS, self._choose_entry)  # a menu keeps `mouseClick` from returning
        QTest.mouseClick(button, LEFT)
        pause(2 * MENU_MS)

    def _choose_entry(self) -> None:
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            return
        found = [each for each in menu.actions() if _is_choice(each)]
        if found:
            place = menu.actionGeometry(self.chance.choice(found)).center()
            QTest.mouseClick(menu, LEFT, pos=place)
        menu.close()

    def choose_item(self, view: QAbstractItemView) -> None:
        """Click a tile, a row or a step."""
        count = view.model().rowCount(view.rootIndex())
        if count:
            index = view.model().index(self.chance.randrange(count), 0, view.rootIndex())
            view.scrollTo(index)
            QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())


def controls(dock: QWidget) -> Sequence[QWidget]:
    """What can be moved in a dock now; what asks for files or takes long is left alone."""
    return [each for each in dock.findChildren(QWidget) if each.isVisible() and _is_control(each)]


def name_of(control: QWidget) -> str:
    """What people call a control, where it has a name."""
    return control.accessibleName() or (
        control.text() if isinstance(control, QAbstractButton) else ""
    )


def _is_control(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if name_of(widget) in SLOW | ASKING:
        return False
    if not widget.isEnabled() or isinstance(parent, DockTitle | QAbstractSpinBox | QComboBox):
        return False
    if isinstance(widget, QComboBox):
        return not any(widget.itemText(i).endswith("…") for i in range(widget.count()))
    if isinstance(widget, QAbstractButton):
        return not (name_of(widget).endswith("…") or widget.text().endswith("…"))
    if isinstance(widget, QSlider | QAbstractSpinBox | QLineEdit | QAbstractItemView | LayerBars):
        return not isinstance(widget, QScrollBar)
    # Pads, strips and maps: what takes the mouse and has a name.
    takes_clicks = bool(widget.focusPolicy() & Qt.FocusPolicy.ClickFocus)
    return takes_clicks and bool(widget.accessibleName()) and not isinstance(widget, QLabel)


def _is_choice(action: QAction) -> bool:
    plain = not (action.isSeparator() or action.menu())
    return plain and action.isEnabled() and "…" not in action.text()


def _somewhere(chance: random.Random, width: int, height: int) -> QPoint:
    return QPoint(chance.randint(2, max(2, width - 2)), chance.randint(2, max(2, height - 2)))


def _type(field: QAbstractSpinBox | QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)
    # In a field for words, Return would start long work.
    QTest.keyClick(field, Qt.Key.Key_Tab if isinstance(field, QLineEdit) else Qt.Key.Key_Return)


def _drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(widget, LEFT, pos=start)
    for i in range(1, 5):
        QTest.mouseMove(widget, start + (end - start) * i / 4)
    QTest.mouseRelease(widget, LEFT, pos=end)
