"""Who walks through the window: moves the mouse, waits, looks, and takes pictures."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEventLoop,
    QMimeData,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QUrl,
    qFormatLogMessage,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from stylestudio.errors import StyleStudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtCore import QMessageLogContext, QtMsgType

    from stylestudio.app.shell.window import MainWindow

PATIENCE = 240  # seconds for any one step; adapting at 512 px takes the longest
LEFT = Qt.MouseButton.LeftButton
OFF_SCREEN = "This plugin does not support "  # raise(), say; no window is raised off screen


class TourError(StyleStudioError):
    """A step did not do what it shows; the message says which and how."""


class Visitor:
    """Hands and eyes at one window; pictures of it go to `out`."""

    patience = PATIENCE

    def __init__(self, window: MainWindow, out: Path) -> None:
        self.window = window
        self.out = out
        self.number = 0  # of the last picture

    def wait(self, what: str, condition: Callable[[], object]) -> None:
        """Serve events until there is what was waited for. Raises TourError after `patience`."""
        deadline = time.monotonic() + self.patience
        while not condition():
            if time.monotonic() > deadline:
                said = self.window.banner.text
                said = f" The window says: {said}" if said else ""
                raise TourError(f"Waited {self.patience} s in vain for {what}.{said}")
            pause(10)

    def expect_change(self, what: str, *, pixels: bool = True) -> _Change:
        """A context in which the recipe has to change, and the picture where `pixels` says so."""
        return _Change(self, what, pixels=pixels)

    def drag(self, widget: QWidget, start: QPoint, end: QPoint, moves: int = 8) -> None:
        """Press at a point of a widget, move and release."""
        QTest.mousePress(widget, LEFT, pos=start)
        for i in range(1, moves + 1):
            QTest.mouseMove(widget, start + (end - start) * i / moves)
            pause(5)
        QTest.mouseRelease(widget, LEFT, pos=end)

    def drop(self, path: Path) -> None:
        """Drop a file on the window, and wait until it is open."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path.resolve()))])
        place, copy = self.window.rect().center(), Qt.DropAction.CopyAction
        hands = (copy, data, LEFT, Qt.KeyboardModifier.NoModifier)
        # A widget is given a drop only after it has accepted the drag.
        QApplication.sendEvent(self.window, QDragEnterEvent(place, *hands))
        QApplication.sendEvent(self.window, QDropEvent(QPointF(place), *hands))
        self.wait("what was dropped", lambda: not self.window.studio.opener.is_busy)

    def screenshot(self, name: str, widget: QWidget | None = None) -> Path:
        """Write a picture of the window, or of a dialog, once it has settled. Raises TourError."""
        self.number += 1
        pause(500)  # the history settles, thumbnails arrive
        return self.picture_as(f"{self.number:02d}-{name}.png", widget)

    def picture_as(self, name: str, widget: QWidget | None = None) -> Path:
        """Write a picture of the window, or of a dialog, to a file. Raises TourError."""
        pause(60)  # scroll bars come and go
        path = self.out / name
        if not (widget or self.window).grab().save(str(path)):
            raise TourError(f"{path} could not be written.")
        return path


class _Change:
    """Checks that a gesture changes the recipe, and that its picture arrives on the canvas."""

    def __init__(self, visitor: Visitor, what: str, *, pixels: bool) -> None:
        self.visitor = visitor
        self.what = what
        self.pixels = pixels

    def __enter__(self) -> None:
        self.recipe = self.visitor.window.studio.document.recipe
        self.image = self.visitor.window.canvas.image

    def __exit__(self, *error: object) -> None:
        window = self.visitor.window
        if error[0] is not None:
            return
        if window.studio.document.recipe == self.recipe:
            raise TourError(f"Nothing followed from {self.what}.")
        self.visitor.wait(f"the picture after {self.what}", self.has_arrived)
        if self.pixels and window.canvas.image == self.image:
            raise TourError(f"The picture did not change by {self.what}.")

    def has_arrived(self) -> bool:
        window = self.visitor.window
        return window.studio.view.shown_recipe == window.studio.document.recipe


_interrupted = threading.Event()


@contextmanager
def interrupts_between_events() -> Iterator[None]:
    """Let Ctrl-C end the tour, but never from within a slot, where Qt could not bear it."""
    _interrupted.clear()
    previous = signal.signal(signal.SIGINT, lambda *_: _interrupted.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def quietly_off_screen() -> Iterator[None]:
    """Keep from the terminal what Qt says of each window that it can't raise off screen."""

    def say(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if message.startswith(OFF_SCREEN):
            return
        if previous:
            previous(kind, context, message)
        else:
            sys.stderr.write(f"{qFormatLogMessage(kind, context, message)}\n")

    previous = qInstallMessageHandler(say)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)


def pause(milliseconds: int) -> None:
    """Serve events for a while; QTest.qWait would keep the other threads from running Python."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
    if _interrupted.is_set():
        raise KeyboardInterrupt
