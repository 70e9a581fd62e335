"""Asks before new work takes the place of what can be continued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


def ask_to_begin_anew(
    window: QWidget, kind: str, begin: Callable[[], object], removed: str = ""
) -> None:
    """Call `begin` only if that is wanted; blocks nothing.

    `kind` is one word for the work; `removed` is what goes with the old one besides.
    """
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(f"Unfinished {kind}")
    box.setText(f"The last {kind} was stopped, and can be continued with its model.")
    besides = f" and removes its {removed}" if removed else ""
    box.setInformativeText(f"A new one takes its place{besides}.")
    anew = box.addButton("&Begin anew", QMessageBox.ButtonRole.DestructiveRole)
    anew.clicked.connect(lambda: begin())
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
