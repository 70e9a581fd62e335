"""One edit: its name, its amount, and which layers it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.features.edits.moves import spoken
from stylestudio.app.widgets.elided_label import ElidedLabel
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.value_row import ValueRow
from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from stylestudio.recipe import Edit
    from stylestudio.render import LayerInfo

# What artists call the groups of layers, and what the bars call them.
GROUPS = {"All": "", "Form": "coarse", "Texture": "middle", "Colour": "fine"}
SHORT_NAME = 84  # pixels
QWIDGETSIZE_MAX = (1 << 24) - 1  # as Qt has it
LOCKED = "This edit is locked; the lock beside its name frees it."


class EditRow(QWidget):
    """Shows an edit, or one that is only suggested: it joins the recipe once it is moved."""

    moved = Signal(str, float, object)  # name, sigmas, gesture token
    shared = Signal(str, object, object)  # name, a share for each layer, gesture token
    muted = Signal(str, bool)
    soloed = Signal(str, bool)
    locked = Signal(str, bool)
    renamed = Signal(str, str)  # old, new
    duplicated = Signal(str)
    removed = Signal(str)

    def __init__(self, name: str, layers: Sequence[LayerInfo]) -> None:
        super().__init__()
        self.name = name
        self._layers = layers
        self._is_suggested = True
        self.title = _Title(name)
        number = NUMBERS["edits.amount"]
        self.amount = ValueRow(f"Amount of {spoken(name)}", number.range, number.default)
        self.amount.set_bounds(number.range, number.default, number.travel)
        self.amount.label.hide()
        low, high = number.range
        self.amount.set_tip(f"{number.unit} along {spoken(name)}: {low:g} to {high:g}")
        self.solo = small_button("S", f"Show {spoken(name)} alone, of all edits", f"Solo {name}")
        self.mute = small_button("M", "Leave it out of the picture", f"Mute {name}")
        self.lock = small_button("lock", "Keep it as it is", f"Lock {name}")
        self.open = small_button("layers", "Choose which layers it moves", f"Layers of {name}")
        self.more = small_button("more", "Rename, duplicate or remove it", f"More about {name}")
        self.remove = small_button("remove", "Take it away", f"Remove {name}")
        self._build_menu()
        self._build_layers()
        self._lay_out()
        self._connect()

    def _build_menu(self) -> None:
        menu = QMenu(self.more)
        self.rename_action = menu.addAction("Re&name", self.title.begin)
        self.duplicate_action = menu.addAction("&Duplicate", self._on_duplicate)
        self.remove_action = menu.addAction("&Remove", self._on_remove)
        self.more.setCheckable(False)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.remove.setCheckable(False)

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
            tip = f"Move the {group} layers alone" if group else "Move all layers"
            button.setToolTip(tip if button.isEnabled() else f"The model has no {group} layers")
            button.setAccessibleName(f"{tip} by {self.name}")
            button.setStyleSheet("padding: 3px 2px")
            self.groups[text] = button
            self._choice.addButton(button)
        self.layers = QWidget()
        self.layers.hide()

    def _lay_out(self) -> None:
        choice = QHBoxLayout()
        choice.setSpacing(4)
        for each in self.groups.values():
            choice.addWidget(each, 1)
        inner = QVBoxLayout(self.layers)
        inner.setContentsMargins(0, 2, 0, 4)
        inner.setSpacing(6)
        inner.addLayout(choice)
        inner.addWidget(self.bars)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        for widget in (self.title, self.solo, self.mute, self.lock, self.open, self.more):
            widget.setParent(self)  # before any of them is shown
        self._is_short: bool | None = None
        self._arrange(short=True)

    def _arrange(self, *, short: bool) -> None:
        """Stand in one line while it is only suggested, or in two with all there is to it."""
        if short == self._is_short:
            return
        self._is_short = short
        buttons = (self.solo, self.mute, self.lock, self.open, self.more)
        for widget in (self.title, self.amount, self.layers, self.remove, *buttons):
            self._grid.removeWidget(widget)
        self.title.setMinimumWidth(SHORT_NAME if short else 0)
        self.title.setMaximumWidth(SHORT_NAME if short else QWIDGETSIZE_MAX)
        self._grid.addWidget(self.title, 0, 0)
        if short:
            self._grid.addWidget(self.amount, 0, 1)
            self._grid.addWidget(self.remove, 0, 2)
        else:
            for column, button in enumerate(buttons, start=1):
                self._grid.addWidget(button, 0, column)
            self._grid.addWidget(self.amount, 1, 0, 1, 1 + len(buttons))
        self._grid.addWidget(self.layers, 2, 0, 1, 1 + len(buttons))
        for button in (*buttons, self.amount.reset):
            button.setVisible(not short)
        self.remove.setVisible(short)
        self._grid.setColumnStretch(0, 0 if short else 1)
        self._grid.setColumnStretch(1, 1 if short else 0)

    def _connect(self) -> None:
        self.amount.edited.connect(self._on_amount)
        self.amount.slider.sliderReleased.connect(self._on_released)
        self.bars.edited.connect(self._on_shares)
        self.title.renamed.connect(self._on_renamed)
        self.solo.clicked.connect(self._on_solo)
        self.mute.clicked.connect(self._on_mute)
        self.lock.clicked.connect(self._on_lock)
        self.open.toggled.connect(self.layers.setVisible)
        self.remove.clicked.connect(self._on_remove)
        self._choice.buttonClicked.connect(self._on_group)

    def show_edit(
        self, edit: Edit, *, is_suggested: bool, is_locked: bool, is_solo: bool, lacking: str
    ) -> None:
        """Show an edit without telling of one."""
        self._is_suggested = is_suggested
        self.amount.set_value(edit.amount)
        shares = edit.layers or (1.0,) * len(self._layers)
        self.bars.set_values(shares)
        for text, choice in self.groups.items():
            choice.setChecked(shares == self._shares_of(text))
        for button, on in ((self.solo, is_solo), (self.mute, edit.muted), (self.lock, is_locked)):
            button.setChecked(on)
        if not self.amount.slider.isSliderDown():  # nothing moves under the hand
            self._arrange(short=is_suggested)
        reason = lacking or (LOCKED if is_locked else "")
        self.amount.set_available(reason)
        self.bars.set_available(reason)
        self.title.set_locked(is_suggested or is_locked)
        has = {layer.group for layer in self._layers}
        for text, choice in self.groups.items():
            choice.setEnabled(not reason and (not GROUPS[text] or GROUPS[text] in has))
        for action in (self.rename_action, self.remove_action):
            action.setEnabled(not is_locked)
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

    @Slot()
    def _on_released(self) -> None:
        self._arrange(short=self._is_suggested)

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
    def _on_remove(self) -> None:
        self.removed.emit(self.name)


class _Title(QStackedWidget):
    """A name, which a double click or F2 makes a field to type in."""

    renamed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._is_locked = False
        self.label = ElidedLabel(spoken(name), Qt.TextElideMode.ElideRight)
        self.field = QLineEdit()
        self.field.setMaxLength(LONGEST_NAME)
        self.field.setAccessibleName(f"Name of {name}")
        self.field.setStyleSheet("padding: 0 4px")
        self.field.editingFinished.connect(self._on_finished)
        for widget in (self.label, self.field):
            self.addWidget(widget)
        self.setFixedHeight(24)

    def set_locked(self, locked: bool) -> None:
        """Let the name be changed, or not."""
        self._is_locked = locked
        self.label.set_tip("" if locked else "Double-click to rename")

    def show_muted(self, muted: bool) -> None:
        """Show it in the colour of what takes no part in the picture."""
        if bool(self.label.property("muted")) != muted:
            self.label.setProperty("muted", muted)
            self.label.style().polish(self.label)

    @Slot()
    def begin(self) -> None:
        """Type another name."""
        self.field.setText(self._name)
        self.field.selectAll()
        self.setCurrentWidget(self.field)
        self.field.setFocus()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Type another name."""
        if not self._is_locked:
            self.begin()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the name as it was."""
        if event.key() == Qt.Key.Key_Escape and self.currentWidget() is self.field:
            self.field.setText(self._name)
            self.setCurrentWidget(self.label)
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_finished(self) -> None:
        if self.currentWidget() is not self.field:
            return
        self.setCurrentWidget(self.label)
        name = self.field.text().strip()
        if name and name != self._name:
            self.renamed.emit(name)
