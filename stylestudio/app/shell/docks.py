"""Where the panels lie around the canvas before the user moves them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMenuBar,
    QScrollArea,
    QSizePolicy,
    QTabBar,
    QWhatsThis,
    QWidget,
)

from stylestudio.app.core.feature import LEFT, RIGHT
from stylestudio.app.core.hand import is_pressing
from stylestudio.app.core.settings import LAYOUT_VERSION
from stylestudio.app.shell.dock_title import DockTitle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtCore import QByteArray
    from PySide6.QtWidgets import QMainWindow

    from stylestudio.app.core.feature import Dock

SIDE_WIDTH = 310
MARGIN = 12  # around what has the focus
WORKING_HEIGHT, FIRST_HEIGHT = "working_height", "first_height"
QWIDGETSIZE_MAX = 2**24 - 1  # Qt's, for no maximum
SMALLEST_WIDTH, SMALLEST_HEIGHT = 200, 72  # of a panel that scrolls


def place_docks(window: QMainWindow, panels: Iterable[Dock]) -> dict[str, QDockWidget]:
    """Give every panel a dock; return them by id, in the same order."""
    docks: dict[str, QDockWidget] = {}
    window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
    window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
    placed = list(panels)
    for panel in placed:
        dock = docks[panel.id] = QDockWidget(panel.title, window)
        dock.setObjectName(f"{panel.id}-dock")
        dock.setTitleBarWidget(DockTitle(panel, dock))  # first, as Tab goes from it to the panel
        dock.setWidget(DockArea(panel, dock))
        dock.setProperty(WORKING_HEIGHT, panel.working_height)
        if panel.height:  # the neighbours take what a larger window brings
            dock.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        window.addDockWidget(panel.area, dock)
    for panel in placed:
        _join(window, docks, panel)
    for panel in placed:
        if panel.in_front:
            docks[panel.id].raise_()
        docks[panel.id].setProperty(FIRST_HEIGHT, panel.height)
    return docks


def give_first_sizes(window: QMainWindow, docks: Iterable[QDockWidget]) -> None:
    """Share out the room of a window, once it has its size, among its docks."""
    placed = list(docks)
    sides = [dock for dock in placed if window.dockWidgetArea(dock) in (LEFT, RIGHT)]
    window.resizeDocks(sides, [SIDE_WIDTH] * len(sides), Qt.Orientation.Horizontal)
    tall = {dock: dock.property(FIRST_HEIGHT) for dock in placed if dock.property(FIRST_HEIGHT)}
    window.resizeDocks(list(tall), list(tall.values()), Qt.Orientation.Vertical)


def _join(window: QMainWindow, docks: Mapping[str, QDockWidget], panel: Dock) -> None:
    """Lay a dock among the tabs of another, or under it, where it asks for that."""
    if panel.tabbed_with in docks:
        window.tabifyDockWidget(docks[panel.tabbed_with], docks[panel.id])
    elif panel.below in docks:
        upper, lower = docks[panel.below], docks[panel.id]
        window.splitDockWidget(upper, lower, Qt.Orientation.Vertical)


def restore_places(
    window: QMainWindow,
    panels: Iterable[Dock],
    docks: Mapping[str, QDockWidget],
    state: QByteArray,
    workspace: str,
) -> None:
    """Put docks where they were in a workspace; one that the state doesn't know, as it is newer
    than that, comes to its first place, where it belongs to the workspace.
    """
    window.restoreState(state, LAYOUT_VERSION)
    known = bytes(state.data())
    for panel in panels:
        dock = docks[panel.id]
        if dock.objectName().encode("utf-16-be") not in known:
            is_open = workspace in panel.workspaces
            window.addDockWidget(panel.area, dock)
            _join(window, docks, panel)
            dock.setVisible(is_open)
            if is_open:
                # Once the window has its size.
                QTimer.singleShot(0, dock, partial(make_room, window, dock))


def bring_in_sight(window: QMainWindow, dock: QDockWidget) -> None:
    """Show a dock in front of those it is tabbed with, tall enough to be worked with."""
    dock.show()
    dock.raise_()
    make_room(window, dock)


def make_room(window: QMainWindow, dock: QDockWidget) -> None:
    """Make a dock tall enough to be worked with, at the cost of its tallest neighbour."""
    wanted = working_height(dock)
    if dock.height() < wanted and not dock.isFloating():
        sizes = heights_after(window, dock, room_of(window, dock) + wanted - dock.height())
        heights = [max(1, height) for height in sizes.values()]  # Qt takes nothing less
        window.resizeDocks(list(sizes), heights, Qt.Orientation.Vertical)


def heights_after(window: QMainWindow, dock: QDockWidget, height: int) -> dict[QDockWidget, int]:
    """What to resize docks to for one to get this height: the tallest beside it gives or gets.

    Qt alone would take it from all, and from some nothing.
    """
    area, tabbed = window.dockWidgetArea(dock), window.tabifiedDockWidgets(dock)
    beside = [
        each
        for each in window.findChildren(QDockWidget)
        if window.dockWidgetArea(each) == area and not each.visibleRegion().isEmpty()
    ]
    others = [each for each in beside if each is not dock and each not in tabbed]
    if not others:
        return {dock: height}
    tallest = max(others, key=QDockWidget.height)
    both = room_of(window, tallest) + room_of(window, dock)
    height = min(height, both - tallest.minimumSizeHint().height())
    return {dock: max(height, 1), tallest: max(both - height, 1)}


def room_of(window: QMainWindow, dock: QDockWidget) -> int:
    """The height that Qt counts for a dock: with its tabs, where it has some."""
    if all(each.isHidden() for each in window.tabifiedDockWidgets(dock)):
        return dock.height()
    only = Qt.FindChildOption.FindDirectChildrenOnly
    tabs = window.findChildren(QTabBar, options=only)
    return dock.height() + max((each.height() for each in tabs), default=0)


def working_height(dock: QDockWidget) -> int:
    """The pixels that a dock takes from its neighbours when it is brought in sight."""
    return int(dock.property(WORKING_HEIGHT))


def dock_of(widget: QWidget | None) -> QDockWidget | None:
    """The dock that a widget lies in, None where it lies in none."""
    while widget is not None and not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    return widget


def show_help() -> None:
    """Say what the panel with the focus is for; without one, of what is clicked next."""
    dock = dock_of(QApplication.focusWidget())
    title = dock.titleBarWidget() if dock is not None else None
    if isinstance(title, DockTitle) and not title.help.isHidden():
        title.show_help()
    else:
        QWhatsThis.enterWhatsThisMode()


class DockArea(QScrollArea):
    """Scrolls a panel where the window has no room for all of it.

    At the sides of the window, panels keep their width and scroll up and down; at the bottom they
    scroll both ways.
    """

    def __init__(self, dock: Dock, parent: QDockWidget) -> None:
        super().__init__(parent)  # where it stays: to move a panel, Qt dresses all of it anew
        self._panel = dock.panel
        self._takes_all = not dock.scrolls  # room for the whole panel, if there is some
        self._keeps_width = dock.area in (LEFT, RIGHT)
        self._is_folded = False
        self.setWidget(dock.panel)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._reveal)
        self.verticalScrollBar().rangeChanged.connect(self._on_grown)
        if self._keeps_width:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self._leave_room_for_bar(False)

    def set_folded(self, folded: bool) -> None:
        """Take no height at all, and let no key reach the panel; or show it again."""
        if folded != self._is_folded:
            self._is_folded = folded
            self._panel.setVisible(not folded)
            self.setMaximumHeight(0 if folded else QWIDGETSIZE_MAX)
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As large as the panel likes to be."""
        if self._is_folded:
            return self.minimumSizeHint()
        return self._panel.sizeHint() if self._takes_all else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Enough to get at everything by scrolling."""
        panel = self._panel.minimumSizeHint().expandedTo(self._panel.minimumSize())
        bar = self.verticalScrollBar().sizeHint().width()
        width = panel.width() + bar if self._keeps_width else min(panel.width(), SMALLEST_WIDTH)
        return QSize(width, 0 if self._is_folded else min(panel.height(), SMALLEST_HEIGHT))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the panel when what it holds takes more or less room."""
        # By Qt, as attributes may be gone while a closed window is taken apart.
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    @Slot(int, int)
    def _on_grown(self, least: int, most: int) -> None:
        if self._keeps_width:
            self._leave_room_for_bar(most > least)
        QTimer.singleShot(0, self._keep_in_sight)  # once the panel has laid itself out

    def _leave_room_for_bar(self, is_there: bool) -> None:
        """Keep the panel's width, whether there is a bar to scroll it or not."""
        width = 0 if is_there else self.verticalScrollBar().sizeHint().width()
        self.setViewportMargins(0, 0, width, 0)

    @Slot()
    def _keep_in_sight(self) -> None:
        """Follow what has the focus when rows come in above it, as at "Add a source"."""
        focus = QApplication.focusWidget()
        if focus is not None and not is_pressing() and self.isAncestorOf(focus):
            self.ensureWidgetVisible(focus, 0, MARGIN)

    @Slot(QWidget, QWidget)
    def _reveal(self, before: QWidget | None, now: QWidget | None) -> None:
        """Bring what Tab leads to into sight; what the hand is on stays where it is.

        So does the panel when a menu closes or the window is in front again.
        """
        comes_back = before is None or isinstance(before, QMenuBar)
        if now is not None and not (is_pressing() or comes_back) and self.isAncestorOf(now):
            self.ensureWidgetVisible(now, 0, MARGIN)
