"""What is dropped is copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QDropEvent


def accept_copy(event: QDropEvent, fits: bool = True) -> None:
    """Accept a drag or a drop, where it fits, but never as a move.

    With Shift held, a move is proposed. Windows Explorer deletes the files that were moved.
    """
    event.setDropAction(Qt.DropAction.CopyAction)
    event.setAccepted(fits)
