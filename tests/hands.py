"""What hands do to widgets, as real events."""

from PySide6.QtCore import Qt

LEFT = Qt.MouseButton.LeftButton


def drag(qtbot, widget, start, end, moves=6, button=LEFT):
    """Press at a point of a widget, move in so many steps, release."""
    qtbot.mousePress(widget, button, pos=start)
    for i in range(1, moves + 1):
        qtbot.mouseMove(widget, start + (end - start) * i / moves)
    qtbot.mouseRelease(widget, button, pos=end)
