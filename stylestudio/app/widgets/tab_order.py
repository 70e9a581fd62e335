"""The order in which Tab goes through controls that come and go."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable


def tab_stops(widget: QWidget) -> list[QWidget]:
    """Return what Tab stops at within a widget, in the order in which it was put there."""
    every = [widget, *widget.findChildren(QWidget)]
    return [
        each
        for each in every
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.window() is widget.window()  # and not in the list that a combo box opens
        and not isinstance(each.parentWidget(), QAbstractSpinBox)
    ]


def put_after(before: QWidget, widgets: Iterable[QWidget]) -> None:
    """Let Tab go on from `before` through everything within these widgets, in their order."""
    stops = [before, *(stop for widget in widgets for stop in tab_stops(widget))]
    for first, second in pairwise(stops):
        QWidget.setTabOrder(first, second)
