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
        self.completer_ = QCompleter(self._words, self)
        self.completer_.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer_.setWidget(self)
        self.completer_.activated.connect(self._on_taken)
        self.textEdited.connect(self._on_edited)

    def set_words(self, words: Sequence[str]) -> None:
        """Complete from these; none of them ends it."""
        self._words.setStringList([*words])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the keys that choose from the list to the list."""
        if self.completer_.popup().isVisible() and event.key() in _FOR_THE_LIST:
            event.ignore()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_edited(self) -> None:
        begun = self._begun()
        self.completer_.setCompletionPrefix(begun)
        found = self.completer_.completionCount()
        is_whole = found == 1 and self.completer_.currentCompletion().lower() == begun.lower()
        if not begun or not found or is_whole:
            self.completer_.popup().hide()
        else:
            self.completer_.complete()

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
