"""A line over the picture for what went wrong or is worth knowing; the picture stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from stylestudio.app.widgets.theme import current_theme, icon

if TYPE_CHECKING:
    from collections.abc import Callable

NOTICE_MS = 9000
MARGIN = 8  # pixels around it


class Banner(QFrame):
    """Shows one sentence; errors stay until dismissed or overtaken, notices leave by themselves.

    It lies over the top of the widget it is given, which keeps its size.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        over.installEventFilter(self)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
        self.details = QPushButton("Details")
        self.details.setToolTip("Show the details of this error")
        self.details.clicked.connect(self._show_details)
        self._on_details: Callable[[], object] | None = None
        close = QToolButton()
        close.setIcon(icon("remove"))
        close.setAccessibleName("Dismiss the message")
        close.setToolTip("Dismiss the message (Esc)")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.addWidget(self._label, 1)
        row.addWidget(self.details)
        row.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)
        self.is_error = False
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show, "" when there is none."""
        return "" if self.isHidden() else self._label.text()

    def say_error(self, sentence: str, details: Callable[[], object] | None = None) -> None:
        """Show what went wrong; `details` shows more about it when the user asks."""
        self._say(sentence, is_error=True, details=details)

    def say(self, sentence: str) -> None:
        """Show something worth knowing, for a while."""
        self._say(sentence, is_error=False)
        self._timer.start(NOTICE_MS)

    @Slot()
    def clear(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self._on_details = None
        self.hide()

    @Slot()
    def _show_details(self) -> None:
        if self._on_details is not None:
            self._on_details()

    def _say(
        self, sentence: str, *, is_error: bool, details: Callable[[], object] | None = None
    ) -> None:
        self._timer.stop()
        self.is_error = is_error
        self._on_details = details
        self.details.setVisible(details is not None)
        theme = current_theme()
        edge = theme.alarm if is_error else theme.accent
        self.setStyleSheet(
            f"Banner {{ background: {theme.window}; border: 1px solid {theme.line};"
            f" border-left: 4px solid {edge}; border-radius: 6px; }}"
        )
        self._label.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()
        self._place()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the top while the picture's place changes its size."""
        # By Qt, as attributes may be gone while a closed window is taken apart.
        if watched is self.parentWidget() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        over, row = self.parentWidget(), self.layout()
        assert over is not None
        assert row is not None
        width = max(over.width() - 2 * MARGIN, 0)
        height = min(row.totalHeightForWidth(width), over.height() - 2 * MARGIN)
        self.setGeometry(MARGIN, MARGIN, width, max(height, 0))
