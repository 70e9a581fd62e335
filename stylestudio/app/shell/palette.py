"""The command palette: type a few letters of a command, or a number's name and its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from stylestudio.app.shell.palette_entries import commands_of, found, plain
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QMainWindow, QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.app.shell.menus import Menus
    from stylestudio.app.shell.palette_entries import Command, Entry

WIDTH, ROWS = 620, 12  # pixels, lines
GAP = 12  # pixels around it
HINT = "A command, or a number with its value: psi 0.5"
ABOUT = "Enter runs it; Esc closes. Set a number of the picture by name: noise strength 2"
NOTHING = "Nothing matches; try fewer letters."
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Palette(QFrame):
    """Lies over the window while it is open, and takes the keys."""

    def __init__(self, window: QMainWindow, menus: Menus, document: Document) -> None:
        super().__init__(window)
        self._window, self._menus, self._document = window, menus, document
        self._commands: list[Command] = []
        self._entries: list[Entry] = []
        self._before: QWidget | None = None  # had the focus
        self.setObjectName("palette")
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.line = QLineEdit()
        self.line.setPlaceholderText(HINT)
        self.line.setAccessibleName("Command")
        self.line.setClearButtonEnabled(True)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Commands found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.list.header()
        # Names come first, up to half of the width; a longer reason for a grey one ends in dots.
        header.setMaximumSectionSize(WIDTH // 2)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.said = QLabel(ABOUT)
        self.said.setProperty("muted", True)
        self.said.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        for widget in (self.line, self.list, self.said):
            column.addWidget(widget)
        self.line.textChanged.connect(self._refresh)
        self.line.returnPressed.connect(self._run)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        menus.number_wanted.connect(self._ask_number)
        self.hide()

    @Slot()
    def open(self, text: str = "") -> None:
        """Come up with all commands, or with what this text finds."""
        self._commands = commands_of(self._window.menuBar())
        if self.isHidden():
            self._before = QApplication.focusWidget()
        width = min(WIDTH, self._window.width() - 2 * GAP)
        self.setFixedWidth(width)
        centre = self._window.centralWidget()
        top = 0 if centre is None else centre.y()
        self.move((self._window.width() - width) // 2, top + GAP)
        self.line.setText(text)
        self._refresh()
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)
        self.line.end(False)

    @Slot()
    def toggle(self) -> None:
        """Come up, or go."""
        if self.isHidden():
            self.open()
        else:
            self.leave()

    @Slot()
    def leave(self) -> None:
        """Go, and give the focus back."""
        if self.isHidden():
            return
        before, self._before = self._before, None
        self.hide()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrows in the line move through the list; whoever clicks elsewhere leaves."""
        if watched is not self.line:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.KeyPress:
            key: QKeyEvent = event  # type: ignore[assignment]
            if key.key() in MOVES:
                return self.list.event(event)
        is_left = event.type() == QEvent.Type.FocusOut
        if is_left and QApplication.activeWindow() is self._window:
            self.hide()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()

    @Slot(str)
    def _ask_number(self, name: str) -> None:
        title = plain(self._menus.actions[name].text()).removesuffix("…")
        self.open(f"{title} ")

    @Slot()
    def _refresh(self) -> None:
        self._entries = found(self.line.text(), self._commands, self._menus.entries, self._document)
        self.list.clear()
        muted = QBrush(QColor(current_theme().muted))
        for entry in self._entries:
            item = QTreeWidgetItem([entry.text, entry.note])
            item.setToolTip(0, entry.text)
            item.setToolTip(1, entry.note)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setForeground(1, muted)
            if not entry.is_usable:
                item.setForeground(0, muted)
            self.list.addTopLevelItem(item)
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)
        self.list.setVisible(bool(self._entries))
        self.said.setText(ABOUT if self._entries else NOTHING)
        row = self.list.sizeHintForRow(0)
        self.list.setFixedHeight(max(1, min(len(self._entries), ROWS)) * row + 6)
        self.adjustSize()

    @Slot()
    def _run(self) -> None:
        """Do what is chosen, take its name into the line, or say why it can't be done."""
        chosen = self.list.currentItem()
        if chosen is None:
            return
        entry = self._entries[self.list.indexOfTopLevelItem(chosen)]
        if entry.completion:
            self.line.setText(entry.completion)
            self.said.setText(f"Type a value for it: {entry.note}.")
            self.line.setFocus()
        elif entry.run is None:
            self.said.setText(entry.note)
        else:
            self.leave()
            entry.run()
