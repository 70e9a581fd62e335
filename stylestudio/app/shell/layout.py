"""The window's size and where its docks lie: as they were left, wherever that is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, QTimer

from stylestudio.app.core.settings import LAYOUT_VERSION
from stylestudio.app.shell.layout_check import is_whole

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from stylestudio.app.core.settings import Settings
    from stylestudio.app.shell.workspaces import Workspaces

FIRST_SIZE = (1440, 900)
FRAME = QSize(8, 40)  # pixels that the system may need around a window
GEOMETRY, DOCKS, UNFINISHED = "geometry", "layout", "layout_unfinished"
DAMAGED = "The saved layout of the panels is damaged, so they are back in their default places."
DID_NOT_START = "The last start did not finish, so the panels are back in their default places."


class Layout:
    """Made once the docks are in their first places."""

    def __init__(self, window: QMainWindow, workspaces: Workspaces, settings: Settings) -> None:
        self._window = window
        self._workspaces = workspaces
        self._settings = settings
        arrangement = window.layout()
        assert arrangement is not None
        arrangement.activate()  # docks that were moved about may need less room by now
        window.resize(*FIRST_SIZE)
        self._fit_to_screen()
        workspaces.begin()

    def restore(self) -> str:
        """Go back to what was saved; return a sentence where that is not possible.

        Should Qt crash over it, the next start finds a mark in the settings and leaves it alone.
        """
        settings, saved = self._settings, self._settings.blob(DOCKS)
        problem = "" if saved.isEmpty() or is_whole(bytes(saved.data())) else DAMAGED
        if settings.text(UNFINISHED):
            problem = DID_NOT_START
        if problem:
            for key in (GEOMETRY, DOCKS, UNFINISHED):
                settings.forget(key)
            return problem
        if not saved.isEmpty():
            settings.set_text(UNFINISHED, "yes")
            settings.write_now()
            self._window.restoreGeometry(settings.blob(GEOMETRY))
            self._fit_to_screen()
            self._workspaces.restore(saved)
            QTimer.singleShot(0, self._window, self._has_started)
        return ""

    def save(self) -> None:
        """Keep the present size and places."""
        self._settings.set_blob(GEOMETRY, self._window.saveGeometry())
        self._settings.set_blob(DOCKS, self._window.saveState(LAYOUT_VERSION))

    def reset(self) -> None:
        """Put every dock of the workspace on show back in its first place."""
        self._workspaces.reset()

    def _has_started(self) -> None:
        self._settings.forget(UNFINISHED)

    def _fit_to_screen(self) -> None:
        """Make the window no larger than the screen it opens on, and move it inside."""
        if self._window.isFullScreen() or self._window.isMaximized():
            return
        room = self._window.screen().availableGeometry()
        self._window.resize(self._window.size().boundedTo(room.size() - FRAME))
        frame = QRect(self._window.pos(), self._window.size() + FRAME)
        if not room.contains(frame):
            x = min(max(frame.x(), room.x()), room.right() + 1 - frame.width())
            y = min(max(frame.y(), room.y()), room.bottom() + 1 - frame.height())
            self._window.move(x, y)
