"""Undo and redo: marks on the picture first, then recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from shiboken6 import isValid

from stylestudio.app.core.feature import StandardKey
from stylestudio.app.shell.menus import LACKING, key_sequences
from stylestudio.app.widgets.theme import icon

if TYPE_CHECKING:
    from PySide6.QtGui import QUndoStack


class UndoActions(QObject):
    """Two commands over several stacks: the first that has something to undo, or redo, does it."""

    def __init__(self, stacks: tuple[QUndoStack, ...], parent: QObject) -> None:
        super().__init__(parent)
        self._stacks = stacks
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
        """Say what would be undone and redone."""
        if not all(map(isValid, self._stacks)):
            return  # the window is taken apart
        undo, redo = self._to_undo(), self._to_redo()
        self.undo.setEnabled(undo is not None)
        self.undo.setText(f"Undo {undo.undoText()}" if undo else "Undo")
        self.redo.setEnabled(redo is not None)
        self.redo.setText(f"Redo {redo.redoText()}" if redo else "Redo")

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
        return next((stack for stack in self._stacks if stack.canUndo()), None)

    def _to_redo(self) -> QUndoStack | None:
        return next((stack for stack in self._stacks if stack.canRedo()), None)
