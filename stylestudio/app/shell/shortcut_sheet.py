"""The sheet of all shortcuts, on which they are also changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from stylestudio.app.shell.palette_entries import commands_of, plain, rank_of, read
from stylestudio.app.shell.shortcuts import keys_of
from stylestudio.app.widgets.keys import keys_named

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow

    from stylestudio.app.shell.shortcuts import Shortcuts

SIZE = (560, 620)
ID = Qt.ItemDataRole.UserRole
NATIVE = QKeySequence.SequenceFormat.NativeText
CHOOSE = "Choose a command, then press its new keys."
FIXED = "These keys can't be changed."
# Keys of the controls themselves, which are no commands.
ON_CONTROLS = {
    "On the picture": (
        ("Vary it", "Arrow keys; with Shift by more"),
        ("Zoom at the pointer", "Wheel"),
        ("Move it", "Middle button, or Ctrl and drag"),
        ("Fit it in the window", "Double click"),
        ("Drag it to a folder or another program", "Shift and drag"),
        ("Its own menu", "Right click"),
    ),
    "On the timeline": (
        ("Go by a frame", "Left, Right; with Shift by ten"),
        ("Go to the previous or next keyframe", "Up, Down; with Shift select them"),
        ("Add to the selection", "Ctrl+click, Shift+click, or drag a frame around keyframes"),
        ("Put keyframes elsewhere", "Drag; with Ctrl or Alt copies of them"),
        ("Change a duration", "Drag the edge before a keyframe"),
        ("Move freely, without snapping", "Shift while dragging"),
        ("Zoom at the pointer", "Ctrl and wheel"),
        ("Give up what is being dragged", "Esc"),
    ),
    "On sliders": (
        ("Step", "Arrow keys; Shift for more, Ctrl for less"),
        ("Reset", "Double click"),
    ),
    "Everywhere": (("Dismiss a message, end a comparison", "Esc"),),
}


class ShortcutSheet(QDialog):
    """Lists every command by menu with its keys; the one chosen can be given others."""

    def __init__(
        self, window: QMainWindow, actions: dict[str, QAction], shortcuts: Shortcuts
    ) -> None:
        super().__init__(window)
        self._actions, self._shortcuts = actions, shortcuts
        self._groups: list[QTreeWidgetItem] = []
        self.items: list[QTreeWidgetItem] = []  # in the groups
        self._paths = {
            each.action.objectName(): each.path for each in commands_of(window.menuBar())
        }
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find a command or a key")
        self.filter.setAccessibleName("Find a command or a key")
        self.filter.setClearButtonEnabled(True)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Shortcuts")
        self.list.setColumnCount(2)
        self.list.setHeaderLabels(["Command", "Keys"])
        self.list.setUniformRowHeights(True)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.said = QLabel(CHOOSE)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(2 * self.fontMetrics().height())
        self.keys = QKeySequenceEdit()
        self.keys.setAccessibleName("New keys")
        self.keys.setToolTip("Click here, then press the new keys")
        self.keys.setMaximumSequenceLength(1)
        self.set = QPushButton("Set")
        self.set.setToolTip("Give the command these keys")
        self.remove = QPushButton("No keys")
        self.remove.setToolTip("Remove all keys of the command")
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Restore the command's default keys")
        self.reset_all = QPushButton("Reset all")
        self.reset_all.setToolTip("Restore the default keys of every command")
        row = QHBoxLayout()
        row.addWidget(self.keys, 1)
        for button in (self.set, self.remove, self.reset, self.reset_all):
            button.setAutoDefault(False)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(row)
        self._fill()
        self._choose()
        self.filter.textChanged.connect(self._filter)
        self.list.currentItemChanged.connect(self._choose)
        self.keys.keySequenceChanged.connect(self._name_conflict)
        self.set.clicked.connect(self._set)
        self.remove.clicked.connect(self._remove)
        self.reset.clicked.connect(self._reset)
        self.reset_all.clicked.connect(shortcuts.reset_all)
        shortcuts.changed.connect(self._refresh)
        self.list.setFocus()

    @property
    def chosen(self) -> str:
        """The id of the command that is chosen, "" for none."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(0, ID) or "")

    def choose(self, name: str) -> None:
        """Go to a command."""
        for item in self.items:
            if item.data(0, ID) == name:
                self.list.setCurrentItem(item)

    def _fill(self) -> None:
        groups: dict[str, list[tuple[str, str, str]]] = {}
        for name, path in self._paths.items():
            if name in self._actions:
                menu, _, inner = path.partition(" › ")
                text = inner + plain(self._actions[name].text())
                groups.setdefault(menu, []).append((text, "", name))
        for title, lines in ON_CONTROLS.items():
            groups[title] = [(text, keys_named(keys), "") for text, keys in lines]
        bold = QFont(self.list.font())
        bold.setBold(True)
        for title, rows in groups.items():
            group = QTreeWidgetItem([title])
            group.setFont(0, bold)
            for text, keys, name in rows:
                item = QTreeWidgetItem(group, [text, keys])
                item.setData(0, ID, name)
                self.items.append(item)
            self.list.addTopLevelItem(group)
            self._groups.append(group)
        self.list.expandAll()
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """Show the present keys; those that the user has chosen stand out."""
        for item in self.items:
            name = str(item.data(0, ID))
            if name:
                item.setText(1, keys_of(self._actions[name]))
                font = QFont(self.list.font())
                font.setBold(self._shortcuts.is_own(name))
                item.setFont(1, font)
        self._choose()

    @Slot(str)
    def _filter(self, text: str) -> None:
        words = read(text)[-1].words
        for item in self.items:
            is_called_so = rank_of(words, item.text(0), item.text(0)) is not None
            has_keys = text.strip().casefold() in item.text(1).casefold()
            item.setHidden(not is_called_so and not has_keys)
        for group in self._groups:
            lines = [item for item in self.items if item.parent() is group]
            group.setHidden(all(item.isHidden() for item in lines))

    @Slot()
    def _choose(self) -> None:
        name = self.chosen
        self.keys.clear()
        self.keys.setEnabled(bool(name))
        self.set.setEnabled(False)
        self.remove.setEnabled(bool(name) and bool(self._actions[name].shortcuts()))
        self.reset.setEnabled(bool(name) and self._shortcuts.is_own(name))
        item = self.list.currentItem()
        is_fixed = item is not None and item.parent() is not None and not name
        self.said.setText(FIXED if is_fixed else CHOOSE)

    @Slot(QKeySequence)
    def _name_conflict(self, keys: QKeySequence) -> None:
        """Say whose keys these are, before they are taken away there."""
        owner = self._shortcuts.owner(keys)
        self.set.setEnabled(bool(self.chosen) and not keys.isEmpty() and owner != self.chosen)
        text = keys.toString(NATIVE)
        if owner and owner != self.chosen:
            other = plain(self._actions[owner].text()).removesuffix("…")
            self.said.setText(f"{text} belongs to “{other}”, which loses it when you press Set.")
        elif not keys.isEmpty():
            self.said.setText(f"{text} is free." if not owner else f"It has {text} already.")

    @Slot()
    def _set(self) -> None:
        self._shortcuts.set_keys(self.chosen, self.keys.keySequence())

    @Slot()
    def _remove(self) -> None:
        self._shortcuts.set_keys(self.chosen, QKeySequence())

    @Slot()
    def _reset(self) -> None:
        self._shortcuts.reset(self.chosen)
