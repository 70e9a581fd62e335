"""One edit: its name, its amount, and which layers it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.features.edits.moves import spoken
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.name_label import NameLabel
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe import ChannelEdit, Edit
from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QContextMenuEvent

    from stylestudio.recipe import AnyEdit
    from stylestudio.render import LayerInfo

# What artists call the groups of layers, and what the bars call them.
GROUPS = {"All": "", "Form": "coarse", "Texture": "middle", "Colour": "fine"}
NAME_WIDTH = 92  # pixels
ONE_LAYER = "A style channel acts only in its own layer."
LOCKED = "This edit is locked; click the lock beside its name to unlock it."


class EditRow(QWidget):
    """Shows an edit, or one that is only suggested: it joins the recipe once it is moved."""

    moved = Signal(str, float, object)  # name, sigmas, gesture token
    shared = Signal(str, object, object)  # name, a share for each layer, gesture token
    muted = Signal(str, bool)
    soloed = Signal(str, bool)
    locked = Signal(str, bool)
    renamed = Signal(str, str)  # old, new
    duplicated = Signal(str)
    refined = Signal(str)  # others are to be removed from it
    removed = Signal(str)

    def __init__(self, name: str, layers: Sequence[LayerInfo]) -> None:
        super().__init__()
        self.name = name
        self._layers = layers
        self.title = NameLabel(name, spoken(name), LONGEST_NAME)
        number = NUMBERS["edits.amount"]
        self.amount = ValueRow(f"Amount of {spoken(name)}", number.range, number.default)
        self.amount.set_bounds(number.range, number.default, number.travel)
        self.amount.label.hide()
        low, high = number.range
        self.amount.set_tip(f"{number.unit} along {spoken(name)}: {low:g} to {high:g}")
        self.solo = small_button("S", f"Show {spoken(name)} and no other edit", f"Solo {name}")
        self.mute = small_button("M", "Leave it out of the picture", f"Mute {name}")
        self.lock = small_button("lock", "Keep it as it is", f"Lock {name}")
        self.open = small_button("", "Solo, mute, lock and layers", f"More controls of {name}")
        self.open.setArrowType(Qt.ArrowType.RightArrow)
        self.open.setAutoRaise(True)
        self.more = small_button(
            "more", "Rename, duplicate, refine or remove it", f"More about {name}"
        )
        self._build_menu()
        self._build_layers()
        self._lay_out()
        self._connect()

    def _build_menu(self) -> None:
        menu = QMenu(self.more)
        self.rename_action = menu.addAction("Re&name", self.title.begin)
        self.duplicate_action = menu.addAction("&Duplicate", self._on_duplicate)
        self.refine_action = menu.addAction("Remove &from it…", self._on_refine)
        self.refine_action.setToolTip("Remove what other directions change")
        self.remove_action = menu.addAction("&Remove", self._on_remove)
        self.more.setCheckable(False)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the edit."""
        self.more.menu().popup(event.globalPos())

    def _build_layers(self) -> None:
        number = NUMBERS["edits.layers"]
        assert number.travel is not None
        self.bars = LayerBars(
            f"Layers of {self.name}", maximum=number.travel[1], default=number.default
        )
        self.bars.set_layers(self._layers)
        self.groups: dict[str, QPushButton] = {}
        self._choice = QButtonGroup(self)
        self._choice.setExclusive(False)  # shares of any other kind are none of these
        has = {layer.group for layer in self._layers}
        for text, group in GROUPS.items():
            button = QPushButton(text)
            button.setCheckable(True)
            button.setEnabled(not group or group in has)
            tip = f"Move only the {group} layers" if group else "Move all layers"
            button.setToolTip(tip if button.isEnabled() else f"The model has no {group} layers")
            button.setAccessibleName(f"{tip} by {self.name}")
            button.setStyleSheet("padding: 3px 2px")
            self.groups[text] = button
            self._choice.addButton(button)
        self.layers = QWidget()
        self.layers.hide()

    def _lay_out(self) -> None:
        """One line, and below it what the arrow alone opens: no row ever moves under the hand."""
        choice = QHBoxLayout()
        choice.setSpacing(4)
        for switch in (self.solo, self.mute, self.lock):
            choice.addWidget(switch)
        for each in self.groups.values():
            choice.addWidget(each, 1)
        inner = QVBoxLayout(self.layers)
        inner.setContentsMargins(0, 2, 0, 4)
        inner.setSpacing(6)
        inner.addLayout(choice)
        inner.addWidget(self.bars)
        self.title.setFixedWidth(NAME_WIDTH)
        self.amount.reset.hide()  # a double click does the same
        line = QHBoxLayout()
        line.setSpacing(2)
        for widget in (self.open, self.title):
            line.addWidget(widget)
        line.addWidget(self.amount, 1)
        line.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.layers)

    def _connect(self) -> None:
        self.amount.edited.connect(self._on_amount)
        self.bars.edited.connect(self._on_shares)
        self.title.renamed.connect(self._on_renamed)
        self.solo.clicked.connect(self._on_solo)
        self.mute.clicked.connect(self._on_mute)
        self.lock.clicked.connect(self._on_lock)
        self.open.toggled.connect(self._on_open)
        self._choice.buttonClicked.connect(self._on_group)

    def show_edit(
        self, edit: AnyEdit, *, is_suggested: bool, is_locked: bool, is_solo: bool, lacking: str
    ) -> None:
        """Show an edit without telling of one."""
        self.amount.set_value(edit.amount)
        shares = edit.layers or (1.0,) * len(self._layers)
        self.bars.set_values(shares)
        for text, choice in self.groups.items():
            choice.setChecked(shares == self._shares_of(text))
        for button, on in ((self.solo, is_solo), (self.mute, edit.muted), (self.lock, is_locked)):
            button.setChecked(on)
        reason = lacking or (LOCKED if is_locked else "")
        self.amount.set_available(reason)
        in_one = ONE_LAYER if isinstance(edit, ChannelEdit) and not reason else reason
        self.bars.set_available(in_one)
        self.title.set_locked(is_suggested or is_locked)
        has = {layer.group for layer in self._layers}
        for text, choice in self.groups.items():
            choice.setEnabled(not in_one and (not GROUPS[text] or GROUPS[text] in has))
        self.rename_action.setEnabled(not is_suggested and not is_locked)
        self.refine_action.setEnabled(not is_locked and isinstance(edit, Edit))
        self.remove_action.setEnabled(not is_locked)
        self.title.show_muted(is_suggested or edit.muted)

    def _shares_of(self, text: str) -> tuple[float, ...]:
        group = GROUPS[text]
        return tuple(float(not group or layer.group == group) for layer in self._layers)

    @Slot(QAbstractButton)
    def _on_group(self, button: QAbstractButton) -> None:
        button.setChecked(True)  # a second click changes nothing
        self.shared.emit(self.name, self._shares_of(button.text()), None)

    @Slot(float, object)
    def _on_amount(self, value: float, gesture: object) -> None:
        self.moved.emit(self.name, value, gesture)

    @Slot(bool)
    def _on_open(self, on: bool) -> None:
        self.open.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.layers.setVisible(on)

    @Slot(object, object)
    def _on_shares(self, shares: tuple[float, ...], gesture: object) -> None:
        self.shared.emit(self.name, shares, gesture)

    @Slot(str)
    def _on_renamed(self, name: str) -> None:
        self.renamed.emit(self.name, name)

    @Slot(bool)
    def _on_solo(self, on: bool) -> None:
        self.soloed.emit(self.name, on)

    @Slot(bool)
    def _on_mute(self, on: bool) -> None:
        self.muted.emit(self.name, on)

    @Slot(bool)
    def _on_lock(self, on: bool) -> None:
        self.locked.emit(self.name, on)

    @Slot()
    def _on_duplicate(self) -> None:
        self.duplicated.emit(self.name)

    @Slot()
    def _on_refine(self) -> None:
        self.refined.emit(self.name)

    @Slot()
    def _on_remove(self) -> None:
        self.removed.emit(self.name)
