"""A small square button with a letter or an icon, as rows of lists have them."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolButton

from stylestudio.app.widgets.theme import icon

SMALL = QSize(14, 14)


def small_button(face: str, tip: str, name: str, *, checkable: bool = True) -> QToolButton:
    """Make one; `face` is a letter, the name of an icon, or "" for neither."""
    button = QToolButton()
    if len(face) == 1:
        button.setText(face)
    elif face:
        button.setIcon(icon(face))
        button.setIconSize(SMALL)
    button.setCheckable(checkable)
    button.setFixedSize(24, 24)
    button.setToolTip(tip)
    button.setAccessibleName(name)
    return button
