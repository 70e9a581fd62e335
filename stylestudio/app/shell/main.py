"""Starts the window."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from typing import TYPE_CHECKING

import torch  # noqa: F401 - on Windows torch must be loaded before Qt
from PySide6.QtCore import QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from stylestudio.app.core.garbage import GarbageCollector
from stylestudio.app.core.log_file import start_log
from stylestudio.app.core.settings import Settings
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets.theme import apply_theme
from stylestudio.memory import keep_freed_memory
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from PySide6.QtCore import QMessageLogContext

log = logging.getLogger(__name__)

SIGNAL_INTERVAL_MS = 200  # how long Ctrl-C may take


def make_application() -> QApplication:
    """Return the application, made on first use, before any of its threads.

    Memory is searched for garbage in the window's thread alone, and no longer for what the imports
    left: that would take 0.1 s now and then, in which neither the window nor the picture moves.
    What frames free is kept for the next; a thread that began earlier would go on giving it back.
    """
    gc.freeze()
    keep_freed_memory()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    if app.findChild(GarbageCollector) is None:
        GarbageCollector(app)
    app.setApplicationName("StyleStudio")
    app.setDesktopFileName("stylestudio")
    app.setWindowIcon(QIcon(str(resource_path("icons", "stylestudio.svg"))))
    return app


def run(files: list[Path]) -> int:
    """Open the window on these files and serve it until it is closed; return the exit status."""
    app = make_application()
    start_log()
    qInstallMessageHandler(_log_qt_message)
    settings = Settings()
    apply_theme(app, settings.text("theme", "dark"))
    window = MainWindow(settings)
    say_unexpected_errors_in(window)
    window.show()
    window.start(files)
    if not files:
        window.welcome()
    waker = _close_on_signals(window)
    waker.start(SIGNAL_INTERVAL_MS)
    return app.exec()


def _close_on_signals(window: MainWindow) -> QTimer:
    """Let Ctrl-C in the terminal, or a request to end, close the window as its own button does.

    The exit status is 128 and the signal's number, as shells expect.

    Python handles signals only while it runs, which Qt's event loop seldom lets it; the
    returned timer, once started, does.
    """

    def close(number: int, _frame: object) -> None:
        QApplication.setQuitOnLastWindowClosed(False)  # or that would be the status: 0
        window.quit()
        QApplication.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    return timer


def say_unexpected_errors_in(window: MainWindow) -> None:
    """PySide prints what a slot raises and goes on; the artist must see it too."""

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("Unexpected error", exc_info=(kind, error, trace))
        window.banner.say_error(f"Something went wrong in StyleStudio: {error or kind.__name__}.")

    sys.excepthook = say


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    level = logging.DEBUG if kind == QtMsgType.QtDebugMsg else logging.WARNING
    log.log(level, "Qt: %s", message)
