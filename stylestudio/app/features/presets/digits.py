"""Digits that need Shift, as on French keyboards: what is typed counts, not what is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication

from stylestudio.recipe.presets import SLOTS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class ShiftedDigits(QObject):
    """Tells of a digit that was typed with Shift, where Shift and the digit store a preset.

    Most keyboards type no digit then but a sign, such as "!"; there the shortcut does its work.
    """

    typed = Signal(int)

    def __init__(self, window: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusWindowChanged.connect(self._follow)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Keep such a key from the shortcuts, and take it once nothing else does."""
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        key: QKeyEvent = event  # type: ignore[assignment]
        with_shift = key.modifiers() == Qt.KeyboardModifier.ShiftModifier
        number = int(key.text()) if key.text() in map(str, SLOTS) else 0
        is_real = key.nativeScanCode() or key.nativeVirtualKey()  # else no layout was asked
        if not (with_shift and number and is_real and self._stores(number)):
            return False
        key.accept()
        if event.type() == QEvent.Type.KeyPress:
            self.typed.emit(number)
        return True

    def _follow(self) -> None:
        """Look at the keys of every window that has the commands: a presentation, what floats."""
        window = QApplication.activeWindow()
        if window is None:
            return
        floats = window.windowType() == Qt.WindowType.Tool and window.parent() is self._window
        if floats or window.actions() == self._window.actions():
            window.installEventFilter(self)

    def _stores(self, number: int) -> bool:
        """Whether the user has left the shortcut as it was."""
        action = self._window.findChild(QAction, f"store_preset_{number}")
        return action is not None and QKeySequence(f"Shift+{number}") in action.shortcuts()
