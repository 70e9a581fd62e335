"""Where the panels lie around the canvas before the user moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QScrollArea

from stylestudio.app.core.feature import LEFT, RIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow, QWidget

    from stylestudio.app.core.feature import Dock

SIDE_WIDTH = 310


def place_docks(window: QMainWindow, panels: Iterable[Dock]) -> dict[str, QDockWidget]:
    """Give every panel a dock; return them by id, in the same order."""
    docks: dict[str, QDockWidget] = {}
    window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
    window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
    placed = list(panels)
    for panel in placed:
        dock = docks[panel.id] = QDockWidget(panel.title, window)
        dock.setObjectName(f"{panel.id}-dock")
        dock.setWidget(_scrolling(panel.panel) if panel.scrolls else panel.panel)
        window.addDockWidget(panel.area, dock)
    for panel in placed:
        if panel.tabbed_with in docks:
            window.tabifyDockWidget(docks[panel.tabbed_with], docks[panel.id])
    for panel in placed:
        if panel.in_front:
            docks[panel.id].raise_()
    sides = [docks[panel.id] for panel in placed if panel.area in (LEFT, RIGHT)]
    window.resizeDocks(sides, [SIDE_WIDTH] * len(sides), Qt.Orientation.Horizontal)
    tall = {panel.id: panel.height for panel in placed if panel.height}
    rows = [docks[name] for name in tall]
    window.resizeDocks(rows, list(tall.values()), Qt.Orientation.Vertical)
    return docks


def _scrolling(panel: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(panel)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
