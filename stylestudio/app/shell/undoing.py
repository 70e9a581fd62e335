"""Undo and redo over what has stacks of its own: recipes, and marks on the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from shiboken6 import isValid

from stylestudio.app.core.feature import StandardKey
from stylestudio.app.shell.menus import LACKING, key_sequences
from stylestudio.app.widgets.theme import icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QUndoStack


class UndoActions(QObject):
    """Two commands over several stacks: what was done last, on any of them, is undone first."""

    def __init__(self, stacks: Sequence[QUndoStack], parent: QObject) -> None:
        super().__init__(parent)
        self._stacks = [*stacks]
        self._indices = [stack.index() for stack in stacks]
        self._done: list[QUndoStack] = []  # the stack of each step, in the order of time
        self._undone: list[QUndoStack] = []
        self.undo, self.redo = QAction("Undo", parent), QAction("Redo", parent)
        self.undo.setShortcuts(key_sequences([StandardKey.Undo]))
        self.redo.setShortcuts(key_sequences(["Ctrl+Shift+Z", StandardKey.Redo, "Ctrl+Y"]))
        for action, name in ((self.undo, "undo"), (self.redo, "redo")):
            action.setObjectName(name)
            action.setIcon(icon(name))
            action.setIconVisibleInMenu(False)
            action.setProperty(LACKING, f"There is nothing to {name}.")
        self.undo.triggered.connect(self._undo)
        self.redo.triggered.connect(self._redo)
        for stack in stacks:
            for changed in (stack.indexChanged, stack.undoTextChanged, stack.redoTextChanged):
                changed.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        """Note what was done, and say what would be undone and redone."""
        if not all(map(isValid, self._stacks)):
            return  # the window is taken apart
        for place, stack in enumerate(self._stacks):
            steps, self._indices[place] = stack.index() - self._indices[place], stack.index()
            for _ in range(abs(steps)):
                self._move(stack, forward=steps > 0)
        undo, redo = self._to_undo(), self._to_redo()
        self.undo.setEnabled(undo is not None)
        self.undo.setText(f"Undo {undo.undoText()}" if undo else "Undo")
        self.redo.setEnabled(redo is not None)
        self.redo.setText(f"Redo {redo.redoText()}" if redo else "Redo")

    def _move(self, stack: QUndoStack, *, forward: bool) -> None:
        """Note one step of a stack."""
        behind, ahead = (self._undone, self._done) if forward else (self._done, self._undone)
        if stack in behind:
            del behind[len(behind) - 1 - behind[::-1].index(stack)]
        ahead.append(stack)

    @Slot()
    def _undo(self) -> None:
        stack = self._to_undo()
        if stack is not None:
            stack.undo()

    @Slot()
    def _redo(self) -> None:
        stack = self._to_redo()
        if stack is not None:
            stack.redo()

    def _to_undo(self) -> QUndoStack | None:
        """The stack of the last step; one that is full has forgotten its first ones."""
        latest = [*reversed(self._done), *self._stacks]
        return next((stack for stack in latest if stack.canUndo()), None)

    def _to_redo(self) -> QUndoStack | None:
        latest = [*reversed(self._undone), *self._stacks]
        return next((stack for stack in latest if stack.canRedo()), None)
