"""Showing a file in the system's file manager."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

if TYPE_CHECKING:
    from pathlib import Path

NO_FOLDER = "The folder can't be shown; it may be gone, or there is no file manager."


def show_in_folder(path: Path) -> bool:
    """Open a file's folder, with the file selected where the system can; False if it can't."""
    if not path.parent.is_dir():
        return False
    if sys.platform == "win32" and path.exists():
        return _started("explorer", [f"/select,{path}"])
    if sys.platform == "darwin" and path.exists():
        return _started("open", ["-R", str(path)])
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _started(program: str, arguments: list[str]) -> bool:
    return bool(QProcess.startDetached(program, arguments)[0])
