"""What the artist's hand is doing just now."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication


def is_pressing() -> bool:
    """Whether a mouse button is held down, as it is throughout a drag."""
    return QApplication.mouseButtons() != Qt.MouseButton.NoButton
