"""The whole story of a failure, for those who want to report or mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget


class FailureDialog(QDialog):
    """Shows what was being done, the sentence, and the traceback; blocks nothing."""

    def __init__(
        self, title: str, sentence: str, traceback: str, log: Path, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._log = log
        self.setWindowTitle(f"Details: {title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        summary = QLabel(sentence)
        summary.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
        summary.setWordWrap(True)
        self.text = QPlainTextEdit(f"{title}: {sentence}\n\n{traceback}")
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName("Traceback")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.copy = buttons.addButton("Copy", role)
        self.copy.setToolTip("Copy this text to the clipboard")
        self.show_log = buttons.addButton("Show log file", role)
        self.show_log.setToolTip(f"Open the folder of {log}")
        column = QVBoxLayout(self)
        for widget in (summary, self.text, buttons):
            column.addWidget(widget)
        self.copy.clicked.connect(self._copy)
        self.show_log.clicked.connect(self._show_log)
        buttons.rejected.connect(self.reject)
        self.resize(720, 420)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    @Slot()
    def _show_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log.parent)))
