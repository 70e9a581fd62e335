"""A line for words, which completes the one under the cursor from a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, Slot
from PySide6.QtWidgets import QCompleter, QLineEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

_BEGUN = re.compile(r"[^\W_]+$")
_FOR_THE_LIST = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Escape,
)


class WordLine(QLineEdit):
    """Offers words while one is typed; Return or a click takes one."""

    def __init__(self, placeholder: str, name: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        self._words = QStringListModel(self)
        self._completer = QCompleter(self._words, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setWidget(self)
        popup = self._completer.popup()
        assert popup is not None
        self.popup = popup
        self._completer.activated.connect(self._on_taken)
        self.textEdited.connect(self._on_edited)

    def set_words(self, words: Sequence[str]) -> None:
        """Complete from these; none of them ends it."""
        self._words.setStringList([*words])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the keys that choose from the list to the list."""
        if self.popup.isVisible() and event.key() in _FOR_THE_LIST:
            event.ignore()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_edited(self) -> None:
        begun = self._begun()
        self._completer.setCompletionPrefix(begun)
        found = self._completer.completionCount()
        # What is a word already may be all that was meant: a list would lie over the buttons.
        is_whole = begun.lower() in map(str.lower, self._words.stringList())
        if not begun or not found or is_whole:
            self.popup.hide()
        else:
            self._completer.complete()

    @Slot(str)
    def _on_taken(self, word: str) -> None:
        before, after = self._around()
        before = before.removesuffix(self._begun()) + word
        self.setText(before + after)
        self.setCursorPosition(len(before))

    def _around(self) -> tuple[str, str]:
        text, place = self.text(), self.cursorPosition()
        return text[:place], text[place:]

    def _begun(self) -> str:
        """The part of a word that stands before the cursor."""
        found = _BEGUN.search(self._around()[0])
        return found[0] if found else ""
