"""One source of the mix: its pictures, its seed, its amounts, and what can be done with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeySequence, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.core.parameter_row import ParameterRow
from stylestudio.app.core.source_controls import SourceControls
from stylestudio.app.features.mixing import moves
from stylestudio.app.widgets.keys import keys_named
from stylestudio.app.widgets.layer_bars import LayerBars
from stylestudio.app.widgets.name_label import NameLabel
from stylestudio.app.widgets.seed_box import SeedBox
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.theme import current_theme
from stylestudio.recipe import SeedSource, find_parameter
from stylestudio.recipe.mixing import LONGEST_NAME
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent, QPaintEvent

    from stylestudio.app.core.document import Document
    from stylestudio.recipe import MixRow, Recipe
    from stylestudio.render import Model

PICTURE = 44
LOCKED = "This source is locked; click its lock to change it."
ABOUT = "{}. Drag it up or down, or press Alt+Up and Alt+Down, to change the order."
# Commands of a row: id -> text, keys, and whether they also work where a control of the row has
# the focus. All of them but the switches leave a locked row alone, and are greyed out there.
COMMANDS: tuple[tuple[str, str, str, bool], ...] = (
    ("rename", "Re&name", "F2", True),
    ("duplicate", "D&uplicate", "Ctrl+D", False),
    ("up", "Move &up", "Alt+Up", True),
    ("down", "Move &down", "Alt+Down", True),
    ("", "", "", False),
    ("choose", "&Choose a source…", "", False),
    ("file", "Source from a &file…", "", False),
    ("main", "&Take the main source", "", False),
    ("swap", "S&wap with the main source", "", False),
    ("", "", "", False),
    ("solo", "&Solo", "S", False),
    ("mute", "&Mute", "M", False),
    ("lock", "&Lock", "L", False),
    ("", "", "", False),
    ("remove", "&Remove", "Del", False),
)
SWITCHES = ("solo", "mute", "lock")
ALWAYS = (*SWITCHES, "duplicate")


class MixingRow(QWidget):
    """Shows the row of the mix at its place; whoever holds it does what it asks for."""

    edited = Signal(int, object, str, object)  # index, MixRow, text of the step, gesture or None
    asked = Signal(int, str)  # index, a command that concerns more than this row
    dragged = Signal(int, QPoint)  # index, where the pointer is, on the screen
    dropped = Signal(int, bool)  # index, whether it is to stay there

    def __init__(self, index: int, model: Model, document: Document) -> None:
        super().__init__()
        self.index = index
        self._model = model
        self._row: MixRow | None = None
        self._pressed: QPoint | None = None
        self._is_dragged = False
        self.mark = ""  # "above" or "below": where a row that is dragged would go
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._document = document
        self._build(index, model, document)
        self._build_menu()
        self._lay_out()
        self._connect()

    def _build(self, index: int, model: Model, document: Document) -> None:
        spoken = f"source {index + 2}"
        self.picture, self.contribution = _Picture(), _Picture()
        self.picture.setToolTip("The source by itself")
        self.picture.setAccessibleName(f"Picture of {spoken} by itself")
        self.contribution.setToolTip("The picture with this source mixed in and no other")
        self.contribution.setAccessibleName(f"Picture with {spoken} alone mixed in")
        self.name = NameLabel("", f"Source {index + 2}", LONGEST_NAME, may_be_empty=True)
        self.seed = SeedBox(f"Seed of {spoken}")
        self.solo = small_button("S", "Show this source and no other (S)", f"Solo {spoken}")
        self.mute = small_button("M", "Leave it out of the picture (M)", f"Mute {spoken}")
        self.lock = small_button("lock", "Keep it as it is (L)", f"Lock {spoken}")
        self.more = small_button("more", "Everything else", f"More about {spoken}")
        tip = "Remove this source from the mix"
        self.remove = small_button("remove", tip, f"Remove {spoken}", checkable=False)
        self.fold = small_button("", "Hide the amounts of layers", f"Layers of {spoken}")
        self.fold.setArrowType(Qt.ArrowType.DownArrow)
        self.fold.setAutoRaise(True)
        path = f"mixing.{index}"
        self.amount = ParameterRow(
            document, f"{path}.amount", "Amount", "It counts for all layers."
        )
        self.amount.slider.setAccessibleName(f"Amount of {spoken}")
        number = NUMBERS["mixing.amounts"]
        self.bars = LayerBars(
            f"Amounts of {spoken}", maximum=number.range[1], default=number.default
        )
        self.bars.set_layers(model.layers)
        self.numbers = SourceControls(
            document, f"{path}.source", elsewhere=(f"{path}.source.seed",)
        )
        self.controls = {
            f"{path}.source.seed": self.seed,
            f"{path}.amount": self.amount,
            f"{path}.amounts": self.bars,
        }

    def _build_menu(self) -> None:
        self.menu = QMenu(self)
        self.actions_by_id: dict[str, QAction] = {}
        for command, text, keys, from_within in COMMANDS:
            if not command:
                self.menu.addSeparator()
                continue
            # Keys of the row alone are taken in `event`, as the window may use them, too.
            action = self.menu.addAction(text if from_within else f"{text}\t{keys}")
            action.setData(command)
            action.setCheckable(command in SWITCHES)
            if from_within:
                action.setShortcut(QKeySequence(keys))
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                self.addAction(action)
            self.actions_by_id[command] = action
        self.more.setCheckable(False)
        self.more.setMenu(self.menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for line, widgets in (
            (first, (self.name, self.solo, self.mute, self.lock, self.more)),
            (second, (self.seed, self.remove, self.fold)),
        ):
            line.setSpacing(2)
            for widget in widgets:
                line.addWidget(widget, int(widget in (self.name, self.seed)))
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addLayout(first)
        lines.addLayout(second)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.picture)
        head.addWidget(self.contribution)
        head.addLayout(lines, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 6)
        column.setSpacing(4)
        column.addLayout(head)
        for below in (self.amount, self.bars, self.numbers):
            column.addWidget(below)

    def _connect(self) -> None:
        self.seed.edited.connect(self._on_seed)
        self.bars.edited.connect(self._on_amounts)
        self.name.renamed.connect(self._on_renamed)
        self.fold.toggled.connect(self._on_fold)
        self.menu.triggered.connect(self._on_action)
        self.remove.clicked.connect(self._on_remove)
        for switch, command in ((self.solo, "solo"), (self.mute, "mute"), (self.lock, "lock")):
            switch.clicked.connect(partial(self._switch, command))

    # --- what the panel tells ------------------------------------------------------------

    def show_row(self, row: MixRow, recipe: Recipe, *, is_heard: bool, lacking: str) -> None:
        """Show a source and its amounts; `lacking` is why the model has no use for any."""
        if self._row is None:
            amount = find_parameter(self._model, recipe, self.amount.path)
            self.amount.show_parameter(amount, self._model)
        if self._row is not None and self._row.source != row.source:
            for picture in (self.picture, self.contribution):
                picture.clear()  # better none than that of another source
        self._row = row
        title = moves.title(row, self.index)
        self.name.set_name(row.name, title)
        self.setAccessibleName(f"{title}, source {self.index + 2} of the mix")
        self.setToolTip(keys_named(ABOUT).format(title))
        self.amount.show_recipe(recipe)
        self.bars.set_values(row.amounts)
        self.seed.set_seed(row.source.seed if isinstance(row.source, SeedSource) else None)
        self.numbers.show_recipe(recipe)
        self._show_state(row, len(recipe.mixing), is_heard, lacking)

    def _show_state(self, row: MixRow, count: int, is_heard: bool, lacking: str) -> None:
        self.name.show_muted(not is_heard)
        self.name.set_locked(row.locked)
        on = {"solo": row.solo, "mute": row.muted, "lock": row.locked}
        for button, state in zip((self.solo, self.mute, self.lock), on.values(), strict=True):
            button.setChecked(state)
        for command, action in self.actions_by_id.items():
            action.setEnabled(command in ALWAYS or not row.locked)
            if command in on:
                action.setChecked(on[command])
        for command, is_last in (("up", self.index == 0), ("down", self.index == count - 1)):
            self.actions_by_id[command].setEnabled(not row.locked and not is_last)
        reason = LOCKED if row.locked else ""
        for widget in (self.seed, self.numbers, self.remove):
            widget.setEnabled(not row.locked)
            widget.setToolTip(reason)
        self.remove.setToolTip(reason or "Remove this source from the mix (Del)")
        self.amount.set_available(reason)
        self.bars.set_available(lacking or reason)

    def control(self, path: str) -> QWidget | None:
        """Return the widget that moves a parameter."""
        own = self.controls.get(path) or self.controls.get(path.rpartition(".")[0])
        return own or self.numbers.control(path)

    def show_mark(self, mark: str) -> None:
        """Draw where a row that is dragged would go: "above", "below", or "" for not here."""
        if mark != self.mark:
            self.mark = mark
            self.update()

    # --- keys and mouse ------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Take the row's own keys before the window's shortcuts see them."""
        if event.type() == QEvent.Type.ShortcutOverride and self._command_of(event):  # type: ignore[arg-type]
            event.accept()
            return True
        return super().event(event)

    def _command_of(self, event: QKeyEvent) -> str:
        if not self.hasFocus():
            return ""
        if event.key() == Qt.Key.Key_Backspace:
            return "remove"
        pressed = QKeySequence(event.keyCombination())
        for command, _, keys, _ in COMMANDS:
            if keys and pressed == QKeySequence(keys):
                return command
        return ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key of the row stands for; Escape ends a drag."""
        command = self._command_of(event)
        if self._is_dragged and event.key() == Qt.Key.Key_Escape:
            self._end_drag(stays=False)
        elif command:
            self._run(command)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the source."""
        self.menu.popup(event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A drag may begin here."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the row."""
        if self._pressed is None or self._row is None or self._row.locked:
            return
        far = (event.position().toPoint() - self._pressed).manhattanLength()
        if self._is_dragged or far >= QApplication.startDragDistance():
            self._is_dragged = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.dragged.emit(self.index, event.globalPosition().toPoint())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Leave the row where it is now."""
        self._end_drag(stays=True)

    def _end_drag(self, *, stays: bool) -> None:
        was_dragged, self._is_dragged, self._pressed = self._is_dragged, False, None
        self.unsetCursor()
        if was_dragged:
            self.dropped.emit(self.index, stays)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the focus, and where a row that is dragged would go."""
        painter, accent = QPainter(self), QColor(current_theme().accent)
        if self.hasFocus():
            painter.setPen(QPen(accent, 1))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)
        if self.mark:
            y = 0 if self.mark == "above" else self.height() - 3
            painter.fillRect(0, y, self.width(), 3, accent)

    # --- what the hand does --------------------------------------------------------------

    def _emit(self, text: str, gesture: object = None, **fields: object) -> None:
        assert self._row is not None
        self.edited.emit(self.index, replace(self._row, **fields), text, gesture)

    @Slot("QAction*")
    def _on_action(self, action: QAction) -> None:
        self._run(action.data())

    def _run(self, command: str) -> None:
        """Do it, unless the row is locked or there is nowhere to go."""
        assert self._row is not None
        if not self.actions_by_id[command].isEnabled():
            return
        if command == "rename":
            self.name.begin()
        elif command in SWITCHES:
            self._switch(command)
        else:
            self.asked.emit(self.index, command)

    def _switch(self, command: str, _is_on: bool = False) -> None:
        assert self._row is not None
        row = self._row
        if command == "solo":
            self._emit("End solo" if row.solo else "Solo a source", solo=not row.solo)
        elif command == "mute":
            self._emit("Unmute a source" if row.muted else "Mute a source", muted=not row.muted)
        else:
            self._emit("Unlock a source" if row.locked else "Lock a source", locked=not row.locked)

    @Slot()
    def _on_remove(self) -> None:
        self.asked.emit(self.index, "remove")

    @Slot(bool)
    def _on_fold(self, folded: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.RightArrow if folded else Qt.ArrowType.DownArrow)
        self.fold.setToolTip(f"{'Show' if folded else 'Hide'} the amounts of layers")
        self.bars.setVisible(not folded)

    @Slot(object, object)
    def _on_seed(self, seed: int, gesture: object) -> None:
        assert self._row is not None
        source = SeedSource(seed, self._document.label(self._row.source))
        self._emit("Mix styles", gesture, source=source)

    @Slot(object, object)
    def _on_amounts(self, amounts: tuple[float, ...], gesture: object) -> None:
        self._emit("Mix styles", gesture, amounts=amounts)

    @Slot(str)
    def _on_renamed(self, name: str) -> None:
        self._emit("Rename a source", name=name)


class _Picture(QLabel):
    """A small square picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(QSize(PICTURE, PICTURE))
        self.setScaledContents(True)

    def show_image(self, image: QImage) -> None:
        """Show another picture."""
        self.setPixmap(QPixmap.fromImage(image))
