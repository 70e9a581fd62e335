"""What a tool is: it takes the mouse on a picture, and draws its marks over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, Signal

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPainter
    from PySide6.QtWidgets import QWidget


class PictureArea(NamedTuple):
    """Where a picture lies in a widget."""

    rect: QRectF  # in the widget's coordinates
    size: QSize  # pixels of the picture

    def share(self, place: QPointF) -> QPointF:
        """Turn a place in the widget into shares of the picture's width and height."""
        at = place - self.rect.topLeft()
        return QPointF(at.x() / self.rect.width(), at.y() / self.rect.height())

    def place(self, share: QPointF) -> QPointF:
        """Turn shares of the picture's width and height into a place in the widget."""
        at = QPointF(share.x() * self.rect.width(), share.y() * self.rect.height())
        return self.rect.topLeft() + at


class CanvasTool(QObject):
    """Takes the left and the right mouse button on a picture; the widget keeps pan and zoom.

    Its marks are one value that never changes in place, so that they can be put back. They are
    drawn over the picture and never become part of it. `marked` comes when a mark is finished.
    """

    changed = Signal()  # what it draws
    marked = Signal(
        str, object, object
    )  # what was done, e.g. "stroke", and the marks before, after

    title: ClassVar[str]
    icon: ClassVar[str]
    tip: ClassVar[str]
    cursor: ClassVar[Qt.CursorShape] = Qt.CursorShape.CrossCursor
    pans: ClassVar[bool] = False  # the left button moves the picture instead
    nothing: ClassVar[object] = None  # marks, before any are made

    @property
    def marks(self) -> object:
        """What has been marked."""
        return self.nothing

    def set_marks(self, marks: object) -> None:
        """Put other marks in their place, and tell of it where they differ."""

    def clear(self) -> None:
        """Forget what was marked."""
        self.set_marks(self.nothing)

    def options(self) -> QWidget | None:
        """Make the controls of how the tool works; None where there is nothing to choose."""
        return None

    def press(self, place: QPointF, area: PictureArea, button: Qt.MouseButton) -> None:
        """A button was pressed at a place in the widget."""

    def move(self, place: QPointF, area: PictureArea) -> None:
        """The pointer has moved, with a button pressed or without."""

    def release(self) -> None:
        """The button was let go."""

    def leave(self) -> None:
        """The pointer has left the widget."""

    def key(self, event: QKeyEvent, area: PictureArea) -> bool:  # noqa: ARG002
        """Take a key; return whether it means something here."""
        return False

    def extent(self, size: QSize) -> QRect | None:  # noqa: ARG002
        """The part of a picture of this size that is marked, in its pixels; None for nothing."""
        return None

    def paint(self, painter: QPainter, area: PictureArea, *, active: bool) -> None:
        """Draw the marks; an `active` tool also shows what the hand is about to do."""


class HandTool(CanvasTool):
    """Moves the picture, for those who look for a tool rather than for the middle button."""

    title = "Hand"
    icon = "hand"
    tip = "Move the picture; the wheel zooms, and so do the middle button and Ctrl with any tool"
    cursor = Qt.CursorShape.OpenHandCursor
    pans = True
