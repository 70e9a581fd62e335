"""What is wished for: lines of words with weights, and words for what is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from stylestudio.app.features.words.word_line import WordLine
from stylestudio.app.widgets.number_box import NumberBox
from stylestudio.app.widgets.small_button import small_button
from stylestudio.app.widgets.tab_order import put_after
from stylestudio.app.widgets.theme import icon
from stylestudio.text.prompts import HEAVIEST, MOST, Wish, wishes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHT_WIDTH = 52


class WishRow(QWidget):
    """Words and how much they count."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.line = WordLine("round glasses", f"Words {number}")
        self.line.setToolTip("What the picture should show, in a few words")
        self.weight = NumberBox()
        self.weight.setRange(-HEAVIEST, HEAVIEST)
        self.weight.setDecimals(2)
        self.weight.setSingleStep(0.25)
        self.weight.setValue(1.0)
        self.weight.setFixedWidth(WEIGHT_WIDTH)
        self.weight.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.weight.setAccessibleName(f"Weight of words {number}")
        self.weight.setToolTip("Weight of these words; below 0, the picture avoids them")
        self.remove = small_button(
            "remove", "Remove these words", f"Remove words {number}", checkable=False
        )
        self.remove.setVisible(number > 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.weight)
        row.addWidget(self.remove)


class Wishes(QWidget):
    """Rows of words, of which there is always one, and a line for what is usual."""

    entered = Signal()  # Return was pressed in a line

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[WishRow] = []
        self._words: Sequence[str] = ()
        self._made = 0  # rows, which are numbered as they come
        self.more = QPushButton(icon("add"), "More words")
        self.more.setToolTip("Add more words, or words to avoid")
        self.instead = WordLine("Instead of…", "Instead of")
        self.instead.setToolTip(
            "The neutral wording, such as “a face” for “a round face”: the picture "
            "moves from these words to those above"
        )
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        last = QHBoxLayout()
        last.setSpacing(4)
        last.addWidget(self.instead, 1)
        last.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._list)
        column.addLayout(last)
        self.more.clicked.connect(self.add)
        self.instead.returnPressed.connect(self.entered)
        self.add()

    def set_words(self, words: Sequence[str]) -> None:
        """Complete what is typed from these words."""
        self._words = words
        for line in (self.instead, *(row.line for row in self.rows)):
            line.set_words(words)

    def wishes(self) -> tuple[Wish, ...]:
        """What is wished for; lines without words don't count.

        Raises TextModelError, one sentence, where there are no words or they are too long.
        """
        given = [(row.line.text().strip(), row.weight.value()) for row in self.rows]
        written = tuple(Wish(text, weight) for text, weight in given if text)
        return written or wishes_of(given[0][0])

    def instead_of(self) -> str:
        """Words for what is usual, or "". Raises TextModelError where they are too long."""
        text = self.instead.text().strip()
        return Wish(text).words if text else ""

    @Slot()
    def add(self) -> None:
        """Make room for more words."""
        self._made += 1
        row = WishRow(self._made)
        row.line.set_words(self._words)
        row.line.returnPressed.connect(self.entered)
        row.remove.clicked.connect(lambda: self._on_removed(row))
        self.rows.append(row)
        self._list.addWidget(row)
        self.more.setEnabled(len(self.rows) < MOST)
        put_after(row, [self.instead, self.more])
        if len(self.rows) > 1:
            put_after(self.rows[-2], [row])
            row.line.setFocus()

    def _on_removed(self, row: WishRow) -> None:
        self.rows.remove(row)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.more.setEnabled(True)
