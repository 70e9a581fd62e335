"""A line of text that is cut with an ellipsis rather than push its neighbours away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class ElidedLabel(QLabel):
    """Shows plain text as far as it fits; the tool tip has all of it, then what it is about."""

    def __init__(
        self, text: str = "", elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle
    ) -> None:
        super().__init__(text)
        self._elide = elide
        self._about = ""
        self.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self.setToolTip("\n".join(filter(None, (text, self._about))))

    def set_tip(self, about: str) -> None:
        """Say what the text is about while the pointer rests on it."""
        self._about = about
        self.setText(self.text())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._elide, room.width())
        painter.drawText(room, self.alignment() | Qt.TextFlag.TextSingleLine, text)
