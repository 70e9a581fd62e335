"""Asks before the window closes on work that is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

MOST_NAMED = 8


def ask_to_quit(window: QWidget, titles: Sequence[str], quit_now: Callable[[], object]) -> None:
    """Name the work that would end, and call `quit_now` if that is wanted; blocks nothing."""
    named = [f"• {title}" for title in titles[:MOST_NAMED]]
    if len(titles) > MOST_NAMED:
        named.append(f"• and {len(titles) - MOST_NAMED} more")
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Quit StyleStudio?")
    box.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
    box.setText("Still running:")
    box.setInformativeText("\n".join(named))
    leave = box.addButton("Quit", QMessageBox.ButtonRole.AcceptRole)
    leave.clicked.connect(lambda: quit_now())
    stay = box.addButton("Keep working", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
