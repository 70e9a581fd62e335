"""What the window asks about sessions: unsaved changes, replaced files, missing files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QMessageBox

from stylestudio.app.shell.missing_files import MissingFilesDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.session import WorkingSession
    from stylestudio.app.core.session_work import Read

Role = QMessageBox.ButtonRole


class SessionQuestions(QObject):
    """Asks one question at a time; none of them blocks the window."""

    def __init__(self, session: WorkingSession, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        session.unsaved.connect(self.ask_to_save)
        session.replaced.connect(self._ask_to_replace)
        session.lacking.connect(self._ask_for_files)

    @Slot(object)
    def ask_to_save(self, go: Callable[[], object], *, is_last: bool = False) -> None:
        """Ask what becomes of changes before they are left; then `go`, which ends the program."""
        session = self._session
        what = "this session" if session.path is None else session.path.name
        box = self._box("Unsaved changes", f"Save the changes to {what}?")
        box.setInformativeText("They are lost if you don't save them.")
        save = box.addButton("&Save", Role.AcceptRole)
        save.clicked.connect(lambda: session.save(go))
        leave = box.addButton("&Don't save", Role.DestructiveRole)
        leave.clicked.connect(partial(self._leave, go, is_last))
        self._open(box, save)

    def _leave(self, go: Callable[[], object], is_last: bool, _checked: bool = False) -> None:
        if is_last:
            self._session.discard()
        go()

    @Slot(object)
    def _ask_to_replace(self, then: Callable[[], object] | None) -> None:
        session, path = self._session, self._session.path or Path()
        text = f"{path.name} was changed by another program or window since you opened it."
        box = self._box("The file has changed", text)
        box.setInformativeText("Replacing it loses what was saved there meanwhile.")
        other = box.addButton("Save &as…", Role.AcceptRole)
        other.clicked.connect(lambda: session.save_as(then))
        replace = box.addButton("&Replace", Role.DestructiveRole)
        replace.clicked.connect(lambda: session.write(path, then))
        self._open(box, other)

    @Slot(object)
    def _ask_for_files(self, found: Read) -> None:
        MissingFilesDialog(self._session, found, self._window).open()

    def _box(self, title: str, text: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
        box.setText(text)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return box

    def _open(self, box: QMessageBox, default: object) -> None:
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setEscapeButton(cancel)
        box.setDefaultButton(default)  # type: ignore[call-overload]
        box.open()
