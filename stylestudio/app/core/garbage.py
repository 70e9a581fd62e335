"""Keeps Python's search for unreachable cycles on the window's thread."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 500
OLDER, ALL = 10, 120  # every so many times, older objects are looked through as well, or all


class GarbageCollector(QObject):
    """Searches in the thread that made it, from its event loop, and in no other.

    Left to itself, the search begins in whichever thread happens to make objects. One that finds
    a forgotten window in a thread at work destroys it there: Qt then waits for the window's
    thread, which waits for the interpreter, and both stand still for good.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._turns = 0
        timer = QTimer(self)
        timer.timeout.connect(self._collect)
        timer.start(INTERVAL_MS)

    @Slot()
    def _collect(self) -> None:
        self._turns += 1
        generation = 2 if self._turns % ALL == 0 else 1 if self._turns % OLDER == 0 else 0
        gc.collect(generation)
