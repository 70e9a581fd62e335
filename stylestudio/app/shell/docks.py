"""Where the panels lie around the canvas before the user moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QScrollArea

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QMainWindow, QWidget

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
AREAS = {
    "Source": LEFT,
    "Truncation": RIGHT,
    "Mixing console": RIGHT,
    "Style": RIGHT,
    "Noise": RIGHT,
    "Placement": RIGHT,
    "Photo": RIGHT,
    "History": BOTTOM,
    "Timeline": BOTTOM,
}
SCROLLING = {"Mixing console", "Style", "Photo"}
SIDE_WIDTH = 310


def place_docks(window: QMainWindow, panels: Mapping[str, QWidget]) -> list[QDockWidget]:
    """Give every panel a dock named as in `panels`; return the docks in that order."""
    docks = {title: _dock(window, title, panel) for title, panel in panels.items()}
    window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
    window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
    window.tabifyDockWidget(docks["Mixing console"], docks["Style"])
    # Whichever of these two cannot act on a model, the other can.
    window.tabifyDockWidget(docks["Noise"], docks["Placement"])
    window.tabifyDockWidget(docks["Style"], docks["Photo"])
    window.tabifyDockWidget(docks["History"], docks["Timeline"])
    for title in ("Mixing console", "Noise", "Timeline"):
        docks[title].raise_()
    sides = [docks["Source"], docks["Truncation"]]
    window.resizeDocks(sides, [SIDE_WIDTH] * 2, Qt.Orientation.Horizontal)
    right = [docks["Truncation"], docks["Mixing console"], docks["Noise"]]
    window.resizeDocks(right, [90, 420, 190], Qt.Orientation.Vertical)
    return list(docks.values())


def _dock(window: QMainWindow, title: str, panel: QWidget) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(f"{title.lower().replace(' ', '-')}-dock")
    dock.setWidget(_scrolling(panel) if title in SCROLLING else panel)
    window.addDockWidget(AREAS[title], dock)
    return dock


def _scrolling(panel: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(panel)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
