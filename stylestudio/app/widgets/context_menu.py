"""The menu that a right click brings, or the menu key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QAbstractButton, QListWidget, QListWidgetItem, QWidget


class Choice(NamedTuple):
    """An entry: what people read, and what it does."""

    text: str
    run: Callable[[], object]
    is_on: bool | None = None  # of what can be on or off


def offer(widget: QWidget, choices: Callable[[QPoint], Sequence[Choice]]) -> None:
    """Bring a menu with what can be done at a place of the widget; () for none."""
    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    widget.customContextMenuRequested.connect(partial(_show, widget, choices))


def offer_items(view: QListWidget, choices: Callable[[QListWidgetItem], Sequence[Choice]]) -> None:
    """Bring a menu for the item that is clicked, or the current one by the menu key."""

    def of_item(place: QPoint) -> Sequence[Choice]:
        found = [each for each in (view.itemAt(place), view.currentItem()) if each]
        if not found:
            return ()
        view.setCurrentItem(found[0])
        return choices(found[0])

    offer(view, of_item)


def offer_buttons(row: QWidget, *buttons: QAbstractButton) -> None:
    """Bring a menu of what the buttons of a row do; those that are greyed out are left out."""

    offer(row, lambda _place: of_buttons(*buttons))


def of_buttons(*buttons: QAbstractButton) -> list[Choice]:
    """What buttons do, by their names; those that are greyed out are left out."""
    return [
        Choice(
            each.accessibleName() or each.text(),
            each.click,
            each.isChecked() if each.isCheckable() else None,
        )
        for each in buttons
        if not each.isHidden() and each.isEnabled()
    ]


def _show(widget: QWidget, choices: Callable[[QPoint], Sequence[Choice]], place: QPoint) -> None:
    found = choices(place)
    if not found:
        return
    menu = QMenu(widget)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for each in found:
        action = menu.addAction(each.text.replace("&", "&&"))
        action.triggered.connect(partial(each.run))
        if each.is_on is not None:
            action.setCheckable(True)
            action.setChecked(each.is_on)
    menu.popup(widget.mapToGlobal(place))
