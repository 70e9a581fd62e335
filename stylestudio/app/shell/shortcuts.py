"""The keys of all commands: their own, or those that the user has given them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QAction

    from stylestudio.app.core.settings import Settings

SHORTCUTS = "shortcuts"  # in the settings


def keys_of(action: QAction) -> str:
    """The keys of a command as people read them, but for those that hardly a keyboard has."""
    keys = [each for each in action.shortcuts() if not each.isEmpty() and _is_common(each)]
    return ", ".join(each.toString(QKeySequence.SequenceFormat.NativeText) for each in keys)


def _is_common(keys: QKeySequence) -> bool:
    first: QKeyCombination = keys[0]  # type: ignore[index]
    return first.key() <= Qt.Key.Key_F12


class Shortcuts(QObject):
    """Gives commands their keys, and keeps in the settings what differs from the first ones.

    No two commands have a key in common: a key that the user gives to one is taken from the other.
    """

    changed = Signal()

    def __init__(self, actions: dict[str, QAction], settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._settings = settings
        self._first = {name: tuple(each.shortcuts()) for name, each in actions.items()}
        self._own = _read(settings.text(SHORTCUTS, "{}"))
        self._apply()

    def is_own(self, name: str) -> bool:
        """Whether a command has other keys than at first."""
        return tuple(self._actions[name].shortcuts()) != self._first[name]

    def owner(self, keys: QKeySequence) -> str:
        """The id of the command that these keys give, "" where there is none."""
        found = (name for name, each in self._actions.items() if keys in each.shortcuts())
        return "" if keys.isEmpty() else next(found, "")

    def set_keys(self, name: str, keys: QKeySequence) -> None:
        """Give a command these keys instead of its own, or none; they are taken from any other."""
        other = self.owner(keys)
        if other and other != name:
            left = [each for each in self._actions[other].shortcuts() if each != keys]
            self._own[other] = _texts(left)
        self._own[name] = _texts([keys])
        self._keep()

    def reset(self, name: str) -> None:
        """Give a command its first keys back, and take them from others."""
        self._own.pop(name, None)
        first = _texts(self._first[name])
        for other, keys in self._own.items():
            self._own[other] = [each for each in keys if each not in first]
        self._keep()

    def reset_all(self) -> None:
        """Restore the default keys of every command."""
        self._own.clear()
        self._keep()

    def _keep(self) -> None:
        self._apply()
        for name in self._actions:
            if not self.is_own(name):
                self._own.pop(name, None)
        self._settings.set_text(SHORTCUTS, json.dumps(self._own))
        self.changed.emit()

    def _apply(self) -> None:
        """Own keys first: a command that is new may want one that the user has given away."""
        taken: set[str] = set()
        for name in sorted(self._actions, key=lambda name: name not in self._own):
            wanted = self._own.get(name, _texts(self._first[name]))
            free = [keys for keys in wanted if keys not in taken]
            taken.update(free)
            self._actions[name].setShortcuts([QKeySequence(keys) for keys in free])


def _texts(keys: Iterable[QKeySequence]) -> list[str]:
    """Keys as text, in the form that is the same on all systems."""
    return [each.toString() for each in keys if not each.isEmpty()]


def _read(text: str) -> dict[str, list[str]]:
    """What was kept; a settings file edited by hand costs only the shortcuts that are no such."""
    try:
        stored = json.loads(text)
        return {
            str(name): [key for key in keys if QKeySequence(key).toString() == key]
            for name, keys in stored.items()
            if isinstance(keys, list) and all(isinstance(key, str) for key in keys)
        }
    except (ValueError, AttributeError, RecursionError):
        return {}
