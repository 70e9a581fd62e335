"""The menu bar, built from the commands of the shell and of the features."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from stylestudio.app.core.feature import Action, MenuRole, StandardKey, Submenu

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow, QMenu

FILE, EDIT, VIEW, HELP = "&File", "&Edit", "&View", "&Help"


class Menus:
    """Fills the menus group by group, in the order in which groups are first named.

    Menus that features name for themselves stand between Edit and View.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._bar = window.menuBar()
        self._menus: dict[str, QMenu] = {}
        self._groups: dict[tuple[str, str], QAction] = {}  # the last action of each group
        self.actions: dict[str, QAction] = {}  # by id
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
        action.setCheckable(entry.checkable)
        action.setChecked(entry.checked)
        signal = action.toggled if entry.checkable else action.triggered
        # A command that takes no argument must not be given the `checked` of `triggered`.
        run = entry.run
        signal.connect(run if entry.checkable else lambda: run())  # type: ignore[call-arg]
        if entry.enabled_by is not None:
            action.setEnabled(False)
            entry.enabled_by.connect(action.setEnabled)
        if entry.checked_by is not None:
            entry.checked_by.connect(action.setChecked)
        self.insert(entry.menu, entry.group, action, entry.role)
        self.actions[entry.id] = action

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
        if menu not in self._menus:
            added = self._menus[menu] = self._window.menuBar().addMenu(menu)
            self._bar.insertMenu(self._menus[VIEW].menuAction(), added)
        target = self._menus[menu]
        action.setMenuRole(role)
        action.setText(with_free_letter(action.text(), target.actions()))
        last = self._groups.get((menu, group))
        self._groups[menu, group] = action
        if last is None:
            if not target.isEmpty():
                target.addSeparator()
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
