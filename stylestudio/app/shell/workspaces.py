"""Named sets of panels for kinds of work: one is on show, each is kept as it was left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QTimer, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu
from shiboken6 import isValid

from stylestudio.app.core.feature import EXPLORE, FILM, PHOTO, SHAPE, TEACH, WORDS, WORKSPACES
from stylestudio.app.core.settings import LAYOUT_VERSION
from stylestudio.app.shell.docks import give_first_sizes, make_room, restore_places
from stylestudio.app.shell.folding import Folding
from stylestudio.app.shell.layout_check import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

    from stylestudio.app.core.feature import Dock
    from stylestudio.app.core.settings import Settings

CURRENT = "workspace"  # in the settings
TIPS = {
    EXPLORE: "Seeds, mixing, edits, styles and noise",
    PHOTO: "Find a photo in the model, then edit and paint it",
    SHAPE: "Drag, bend and dissect the picture, rewrite rules, and change weights",
    WORDS: "Find, move, restyle, adapt and draw by words",
    FILM: "Keyframes, performances and export",
    TEACH: "Directions and models of your own, adapted models, and measures",
}


class Workspaces(QObject):
    """Shows the docks of one workspace and hides the others, wherever they lie.

    Made once the docks are in their first places. A workspace that was never on show gets those
    that its docks ask for; one that was left comes back as it was, also in the next run.
    """

    changed = Signal(str)  # the name of the one on show

    def __init__(
        self,
        window: QMainWindow,
        panels: Iterable[Dock],
        docks: Mapping[str, QDockWidget],
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._panels = {panel.id: panel for panel in panels}
        self._docks = docks
        saved = settings.text(CURRENT)
        self.current = saved if saved in WORKSPACES else EXPLORE
        self._places = QByteArray()  # of all docks, in no workspace
        self.folding = Folding(window, docks, settings)

    @property
    def docks(self) -> list[QDockWidget]:
        """Those of all workspaces."""
        return list(self._docks.values())

    def about(self, dock: QDockWidget) -> str:
        """What a panel is for, in its first sentence; "" where it doesn't say."""
        return next(
            (
                panel.about.sentences[0]
                for panel in self._panels.values()
                if self._docks[panel.id] is dock and panel.about.sentences
            ),
            "",
        )

    def begin(self) -> None:
        """Arrange the docks as the workspace on show has them at first."""
        self._places = self._window.saveState(LAYOUT_VERSION)
        self._arrange()
        self.folding.show(self.current)

    def show(self, name: str) -> None:
        """Go to a workspace, and keep how the present one is left."""
        if name == self.current:
            return
        self._settings.set_blob(_key(self.current), self._window.saveState(LAYOUT_VERSION))
        self.current = name
        self._settings.set_text(CURRENT, name)
        focus = self._window.focusWidget()
        self.folding.show(name)
        left = self._settings.blob(_key(name))
        if left.isEmpty() or not is_whole(bytes(left.data())):
            self.reset()
        else:
            self.restore(left)
        self.changed.emit(name)
        # Once the docks are in their places; Qt gives it to what comes first in the window.
        QTimer.singleShot(0, self, partial(self._keep_focus, focus))

    def _keep_focus(self, before: QWidget | None) -> None:
        """Leave the keyboard where it was, or with the picture where that is out of sight."""
        widget = self._window.centralWidget()
        if before is not None and isValid(before) and before.isVisible():
            behind = (dock for dock in self.docks if dock.visibleRegion().isEmpty())
            if not any(dock.isAncestorOf(before) for dock in behind):
                widget = before
        assert widget is not None
        widget.setFocus()

    def restore(self, state: QByteArray) -> None:
        """Put every dock where it was when a state of the window was saved."""
        restore_places(self._window, self._panels.values(), self._docks, state, self.current)

    def reset(self) -> None:
        """Put every dock of the workspace on show back in its first place, none of them folded."""
        self.folding.reset()
        self._window.restoreState(self._places, LAYOUT_VERSION)
        self._arrange()
        for panel in self._panels.values():
            if self.current in panel.leads:  # once its neighbours have their heights
                dock = self._docks[panel.id]
                QTimer.singleShot(0, dock, partial(make_room, self._window, dock))

    def menu(self, parent: QWidget) -> QMenu:
        """A menu of them all, which ticks the one on show."""
        menu = QMenu("&Workspace", parent)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        for name in WORKSPACES:
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name == self.current)
            action.setToolTip(TIPS[name])
            action.setStatusTip(TIPS[name])
            action.triggered.connect(partial(self.show, name))
            group.addAction(action)
        self.changed.connect(partial(_tick, group))
        return menu

    def _arrange(self) -> None:
        """Open the docks of the workspace on show, the leading ones in front; close the others."""
        name = self.current
        inside = [panel for panel in self._panels.values() if name in panel.workspaces]
        for panel in self._panels.values():
            self._docks[panel.id].setVisible(name in panel.workspaces)
        give_first_sizes(self._window, [self._docks[panel.id] for panel in inside])
        for panel in sorted(inside, key=lambda panel: name in panel.leads):
            if panel.in_front or name in panel.leads:
                self._docks[panel.id].raise_()


def _key(name: str) -> str:
    return f"layout_{name.lower()}"


def _tick(group: QActionGroup, name: str) -> None:
    for action in group.actions():
        action.setChecked(action.text() == name)
