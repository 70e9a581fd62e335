"""The menu bar and the picture's menu, built from the commands of the shell and the features."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from stylestudio.app.core.feature import Action, MenuRole, StandardKey, Submenu
from stylestudio.app.widgets.theme import icon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow

ZOOM = "zoom"  # the group of commands that change the view alone
LACKING = "lacking"  # property of a QAction: why it is greyed out, a sentence
FILE, EDIT, VIEW, HELP = "&File", "&Edit", "&View", "&Help"


class Menus(QObject):
    """Fills the menus group by group, in the order in which groups are first named.

    Menus that features name for themselves stand between Edit and View. Commands are the window's
    own too, so that their keys work while the menu bar is out of sight.
    """

    number_wanted = Signal(str)  # the id of a command that takes one

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._bar = window.menuBar()
        self._menus: dict[str, QMenu] = {}
        self._groups: dict[tuple[QMenu, str], QAction] = {}  # the last action of each group
        self.actions: dict[str, QAction] = {}  # by id
        self.entries: dict[str, Action] = {}  # of the same ids, but for undo and redo
        self._on_picture: list[tuple[str, QAction]] = []  # with their groups
        for title in (FILE, EDIT, VIEW, HELP):
            self._menus[title] = self._bar.addMenu(title)

    def add(self, entry: Action | Submenu) -> None:
        """Add a command or a submenu at the end of its group.

        Raises ValueError for an id, or a key, that is taken.
        """
        if isinstance(entry, Submenu):
            self.insert(entry.menu, entry.group, entry.submenu.menuAction())
            return
        self.check([entry])
        action = QAction(entry.text, self._window)
        action.setObjectName(entry.id)
        action.setToolTip(entry.tip)
        action.setStatusTip(entry.tip)
        action.setShortcuts(key_sequences(entry.shortcuts))
        action.setAutoRepeat(entry.repeats)
        action.setCheckable(entry.checkable)
        action.setChecked(entry.checked)
        action.setProperty(LACKING, entry.lacking)
        if entry.focus is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            entry.focus.addAction(action)
        if entry.icon:
            action.setIcon(icon(entry.icon))
            action.setIconVisibleInMenu(False)
        if entry.takes is not None:
            action.triggered.connect(partial(self._ask_for_number, entry.id))
        elif entry.checkable:
            action.toggled.connect(entry.run)
        else:  # it must not be given the `checked` of `triggered`
            run = entry.run
            action.triggered.connect(lambda: run())  # type: ignore[call-arg]
        if entry.enabled_by is not None:
            action.setEnabled(False)
            entry.enabled_by.connect(action.setEnabled)
        if entry.checked_by is not None:
            entry.checked_by.connect(action.setChecked)
        self.entries[entry.id] = entry
        self.place(entry.id, entry.menu, entry.group, action, entry.role)
        if entry.on_picture:
            self._on_picture.append((entry.on_picture, action))

    def picture_menu(self) -> QMenu:
        """Make the picture's own menu; what concerns only the view of it stands last."""
        menu = QMenu(self._window)
        for group, action in sorted(self._on_picture, key=lambda each: each[0] == ZOOM):
            self._append(menu, group, action)
        return menu

    def place(
        self, name: str, menu: str, group: str, action: QAction, role: MenuRole = MenuRole.NoRole
    ) -> None:
        """Put a command at the end of a group, and know it by its id."""
        self.insert(menu, group, action, role)
        self.actions[name] = action
        self._window.addAction(action)

    def _ask_for_number(self, name: str) -> None:
        self.number_wanted.emit(name)

    def check(self, entries: Iterable[Action]) -> None:
        """Raise ValueError where one of these commands cannot be added."""
        taken = {
            sequence.toString()
            for action in self.actions.values()
            for sequence in action.shortcuts()
        }
        for entry in entries:
            if entry.id in self.actions:
                raise ValueError(f"there is a command {entry.id} already")
            for sequence in key_sequences(entry.shortcuts):
                keys = sequence.toString()
                if keys in taken:
                    raise ValueError(f"the keys {keys} of its command {entry.id} are taken")

    def insert(
        self, menu: str, group: str, action: QAction, role: MenuRole = MenuRole.NoRole
    ) -> None:
        """Put an action at the end of a group, under a letter of its own.

        Without a role, Qt would guess one from the text, and move the action on a Mac.
        """
        action.setMenuRole(role)
        target = self._menu(menu)
        action.setText(with_free_letter(action.text(), target.actions()))
        self._append(target, group, action)

    def _menu(self, title: str) -> QMenu:
        """The menu of this title, which is made where there is none; "A/B" lies within A."""
        if title in self._menus:
            return self._menus[title]
        outer, _, inner = title.rpartition("/")
        if outer:
            menu = self._menus[title] = QMenu(inner, self._window)
            self.insert(outer, inner, menu.menuAction())
        else:
            menu = self._menus[title] = self._bar.addMenu(title)
            self._bar.insertMenu(self._menus[VIEW].menuAction(), menu)
        return menu

    def _append(self, target: QMenu, group: str, action: QAction) -> None:
        """Put an action at the end of a group of a menu."""
        last = self._groups.get((target, group))
        self._groups[target, group] = action
        if last is None:
            if not target.isEmpty():
                target.addSeparator().setMenuRole(MenuRole.NoRole)
            target.addAction(action)
            return
        standing = target.actions()
        after = standing.index(last) + 1
        if after < len(standing):
            target.insertAction(standing[after], action)
        else:
            target.addAction(action)


def key_sequences(keys: Iterable[StandardKey | str]) -> list[QKeySequence]:
    """What this system has for these keys, each once, in their order."""
    found: list[QKeySequence] = []
    for each in keys:
        if isinstance(each, StandardKey):
            found += QKeySequence.keyBindings(each)
        else:
            found.append(QKeySequence(each))
    return list(dict.fromkeys(found))


def with_free_letter(text: str, others: Iterable[QAction]) -> str:
    """Underline another letter of a menu's entry where one of the `others` has the same."""
    taken = {_letter(other.text()) for other in others}
    letter = _letter(text)
    if not letter or letter not in taken:
        return text
    plain = text.replace("&", "", 1)
    for place, candidate in enumerate(plain):
        if candidate.isalpha() and candidate.casefold() not in taken:
            return f"{plain[:place]}&{plain[place:]}"
    return plain


def _letter(text: str) -> str:
    """The letter that is underlined, "" where there is none."""
    found = re.search("&([^&])", text)
    return found[1].casefold() if found else ""
