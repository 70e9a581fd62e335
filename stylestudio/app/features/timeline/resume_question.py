"""Asks what becomes of an export that was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from stylestudio.app.features.timeline.unfinished import UnfinishedExport

MIB = 1 << 20


def ask_to_resume(
    window: QWidget,
    export: UnfinishedExport,
    resume: Callable[[], object],
    remove: Callable[[], object],
    then: Callable[[], object],
) -> None:
    """Offer to go on, or to remove what was rendered; blocks nothing. Calls `then` at last."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Unfinished export")
    box.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
    box.setText(f"The export of {export.name} was interrupted.")
    box.setInformativeText(
        f"The frames rendered so far ({export.kept_bytes / MIB:.1f} MB) are kept beside it, in "
        f"{export.folder}."
    )
    go_on = box.addButton("Go on", QMessageBox.ButtonRole.AcceptRole)
    gone = box.addButton("Remove frames", QMessageBox.ButtonRole.DestructiveRole)
    later = box.addButton("Ask again next time", QMessageBox.ButtonRole.RejectRole)
    go_on.clicked.connect(lambda: resume())
    gone.clicked.connect(lambda: remove())
    box.setDefaultButton(go_on)
    box.setEscapeButton(later)
    box.finished.connect(lambda: then())
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
