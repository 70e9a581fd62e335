"""Starts the window."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import torch  # noqa: F401 - on Windows torch must be loaded before Qt
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from stylestudio.app.settings import Settings
from stylestudio.app.theme import apply_theme
from stylestudio.app.window import MainWindow
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from PySide6.QtCore import QMessageLogContext

log = logging.getLogger(__name__)


def make_application() -> QApplication:
    """Return the application, made on first use."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("StyleStudio")
    app.setDesktopFileName("stylestudio")
    app.setWindowIcon(QIcon(str(resource_path("icons", "stylestudio.svg"))))
    return app


def run(files: list[Path]) -> int:
    """Open the window on these files and serve it until it is closed; return the exit status."""
    app = make_application()
    qInstallMessageHandler(_log_qt_message)
    settings = Settings()
    apply_theme(app, settings.text("theme", "dark"))
    window = MainWindow(settings)
    _say_unexpected_errors_in(window)
    window.show()
    window.start(files)
    return app.exec()


def _say_unexpected_errors_in(window: MainWindow) -> None:
    """PySide prints what a slot raises and goes on; the artist must see it too."""

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("Unexpected error", exc_info=(kind, error, trace))
        window.banner.say_error(
            f"Something went wrong inside StyleStudio: {error or kind.__name__}."
        )

    sys.excepthook = say


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    level = logging.DEBUG if kind == QtMsgType.QtDebugMsg else logging.WARNING
    log.log(level, "Qt: %s", message)
