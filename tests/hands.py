"""What hands do to widgets, as real events."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


def drag(widget, start, end, moves=6, button=LEFT):
    """Press at a point of a widget, move in so many steps, release."""
    QTest.mousePress(widget, button, pos=start)
    for i in range(1, moves + 1):
        QTest.mouseMove(widget, start + (end - start) * i / moves)
    QTest.mouseRelease(widget, button, pos=end)
