"""Panels that are folded to their titles, so that their neighbours have the room."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from stylestudio.app.shell.dock_title import DockTitle
from stylestudio.app.shell.docks import (
    FIRST_HEIGHT,
    DockArea,
    heights_after,
    room_of,
    working_height,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from stylestudio.app.core.settings import Settings

LEAST = 120  # pixels that an unfolded panel gets, title included, if it wants no more


class Folding(QObject):
    """Folds docks by the arrow in their titles; each workspace remembers which are folded.

    Docks in tabs share their room, so the one in front decides for all of them.
    """

    def __init__(
        self, window: QMainWindow, docks: Mapping[str, QDockWidget], settings: Settings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._docks = docks
        self._settings = settings
        self._key = ""  # in the settings, of the workspace on show
        self._folded: set[str] = set()
        self._in_front: set[str] = set()
        self._heights: dict[str, int] = {}  # before they were folded
        for name, dock in docks.items():
            title = dock.titleBarWidget()
            assert isinstance(title, DockTitle)
            title.fold.clicked.connect(partial(self._toggle, name))
            dock.visibilityChanged.connect(partial(self._follow, name))

    def is_folded(self, name: str) -> bool:
        """Whether a dock is folded, by its id."""
        return name in self._folded

    def fold(self, name: str, on: bool) -> None:
        """Fold a dock, or give it back its room."""
        if on == (name in self._folded):
            return
        dock, before = self._docks[name], room_of(self._window, self._docks[name])
        if on:
            self._folded.add(name)
            self._heights[name] = before
            title = dock.titleBarWidget()
            assert title is not None
            after = title.sizeHint().height()  # Qt would leave more than that blank
        else:
            self._folded.discard(name)
            first = dock.property(FIRST_HEIGHT) or 0
            after = self._heights.get(name) or max(working_height(dock), first, LEAST)
        self._settings.set_text(self._key, " ".join(sorted(self._folded)))
        sizes = heights_after(self._window, dock, after)
        self._apply(name)
        if not dock.isFloating():  # once Qt knows what the dock may take
            QTimer.singleShot(0, dock, partial(self._resize, sizes))

    def show(self, workspace: str) -> None:
        """Fold the docks that were folded when a workspace was left."""
        self._key = f"folded_{workspace.lower()}"
        self._folded = set(self._settings.text(self._key).split()) & set(self._docks)
        for name in self._docks:
            self._dress(name, name in self._folded)
        QTimer.singleShot(0, self, self._settle)  # once the docks lie in their places

    def reset(self) -> None:
        """Unfold all docks of the workspace on show."""
        self._settings.forget(self._key)
        self._folded.clear()
        for name in self._docks:
            self._dress(name, False)

    def _resize(self, sizes: dict[QDockWidget, int]) -> None:
        vertical = Qt.Orientation.Vertical
        self._window.resizeDocks(list(sizes), list(sizes.values()), vertical)

    def _apply(self, name: str) -> None:
        """Fold or unfold a dock, and those that it is tabbed with."""
        dock = self._docks[name]
        tabbed = self._window.tabifiedDockWidgets(dock)
        for other, each in self._docks.items():
            if each is dock or each in tabbed:
                self._dress(other, name in self._folded)
        arrangement = self._window.layout()
        assert arrangement is not None
        arrangement.activate()

    def _dress(self, name: str, folded: bool) -> None:
        dock = self._docks[name]
        area, title = dock.widget(), dock.titleBarWidget()
        assert isinstance(area, DockArea)
        assert isinstance(title, DockTitle)
        area.set_folded(folded)
        title.show_folded(folded)

    def _toggle(self, name: str) -> None:
        self.fold(name, name not in self._folded)

    def _follow(self, name: str, in_front: bool) -> None:
        (self._in_front.add if in_front else self._in_front.discard)(name)
        if in_front:
            self._apply(name)

    @Slot()
    def _settle(self) -> None:
        for name in self._in_front:
            self._apply(name)
