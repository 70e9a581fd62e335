"""What hands do to widgets, as real events."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

LEFT = Qt.MouseButton.LeftButton


def drag(qtbot, widget, start, end, moves=6, button=LEFT):
    """Press at a point of a widget, move in so many steps, release."""
    qtbot.mousePress(widget, button, pos=start)
    for i in range(1, moves + 1):
        qtbot.mouseMove(widget, start + (end - start) * i / moves)
    qtbot.mouseRelease(widget, button, pos=end)


def answer(window, words):
    """Press a button of the question on show."""
    box = next(box for box in window.findChildren(QMessageBox) if box.isVisible())
    next(button for button in box.buttons() if words in button.text().replace("&", "")).click()
