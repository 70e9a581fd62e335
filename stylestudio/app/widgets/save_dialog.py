"""Asks where to save a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def ask_where(parent: QWidget | None, title: str, proposal: Path, kinds: str) -> Path | None:
    """Ask for a file whose ending is one of `kinds`, the filters of a dialog; None for none.

    A name with another ending gets the one of the chosen kind and is shown once more, so that
    the dialog itself asks before it replaces a file.
    """
    dialog = QFileDialog(parent, title, str(proposal.parent), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(proposal.suffix)
    dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(_endings(kind)[0]))
    dialog.selectFile(proposal.name)
    while dialog.exec():
        path = Path(dialog.selectedFiles()[0])
        if path.suffix.lower() in _endings(kinds):
            return path
        dialog.selectFile(f"{path}.{dialog.defaultSuffix()}")
    return None


def _endings(kinds: str) -> list[str]:
    return re.findall(r"\*(\.\w+)", kinds)
