"""Presentation: the picture alone, on a whole screen, with a black-out and a freeze."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QWidget

from stylestudio.app.core.feature import Action, StandardKey
from stylestudio.app.shell.menus import VIEW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QMouseEvent, QPaintEvent
    from PySide6.QtWidgets import QMainWindow

    from stylestudio.app.core.studio import Studio

FIRST = "Start a presentation first (View > Present the picture)."


class Presentation(QWidget):
    """A window of its own, so that the controls may stay on another screen. It takes all keys."""

    closed = Signal()

    def __init__(self, window: QMainWindow, actions: Iterable[QAction]) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self.setWindowTitle("StyleStudio presentation")
        self.setAccessibleName("Presentation")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._image = QImage()
        self.is_black = False
        self.is_frozen = False
        for action in actions:
            self.addAction(action)

    def show_image(self, image: QImage) -> None:
        """Show a picture, unless it is frozen."""
        if not self.is_frozen:
            self._image = image
            self.update()

    def set_black(self, on: bool) -> None:
        """Show black instead of the picture, which goes on unseen."""
        self.is_black = on
        self.update()

    def picture_rect(self) -> QRectF:
        """Where the picture lies, as large as the screen allows."""
        size = QSizeF(self._image.size()).scaled(
            QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio
        )
        x, y = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(x, y, size.width(), size.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture on black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if not self.is_black and not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.picture_rect(), self._image)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends it."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """End it."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell of it."""
        super().closeEvent(event)
        self.closed.emit()


class Presenter(QObject):
    """The commands of a presentation, and the window while there is one."""

    is_presenting = Signal(bool)
    is_black = Signal(bool)
    is_frozen = Signal(bool)

    def __init__(self, studio: Studio, window: QMainWindow) -> None:
        super().__init__(window)
        self._studio, self._window = studio, window
        self.screen: Presentation | None = None
        studio.rendered.connect(self._on_rendered)

    def actions(self) -> tuple[Action, ...]:
        """Start and end it; black it out; freeze it."""
        return (
            Action(
                "present",
                VIEW,
                "present",
                "&Present the picture",
                "Fill a screen with the picture alone; Esc ends it",
                self.present,
                (StandardKey.FullScreen, "F11"),
                checkable=True,
                checked_by=self.is_presenting,
                icon="present",
                on_picture="present",
            ),
            Action(
                "black_out",
                VIEW,
                "present",
                "&Black out",
                "Show black in the presentation until you choose this again",
                self.black_out,
                ("Shift+B",),
                checkable=True,
                enabled_by=self.is_presenting,
                checked_by=self.is_black,
                lacking=FIRST,
            ),
            Action(
                "freeze",
                VIEW,
                "present",
                "Free&ze",
                "Keep the presentation as it is while you work on the picture",
                self.freeze,
                ("Shift+F",),
                checkable=True,
                enabled_by=self.is_presenting,
                checked_by=self.is_frozen,
                lacking=FIRST,
            ),
        )

    def present(self, on: bool) -> None:
        """Fill a screen with the picture, the other one where there are two; or end that."""
        if not on:
            if self.screen is not None:
                self.screen.close()
            return
        self.screen = Presentation(self._window, self._window.actions())
        self.screen.closed.connect(self._on_closed)
        self.screen.show_image(self._studio.view.canvas.image)
        here = self._window.screen()
        others = [each for each in QGuiApplication.screens() if each is not here]
        self.screen.setGeometry((others[0] if others else here).geometry())
        self.screen.showFullScreen()
        self.screen.activateWindow()
        self.is_presenting.emit(True)

    def black_out(self, on: bool) -> None:
        """Show black, or the picture again."""
        if self.screen is not None:
            self.screen.set_black(on)

    def freeze(self, on: bool) -> None:
        """Keep the picture as it is, or follow again."""
        if self.screen is not None:
            self.screen.is_frozen = on
            self.screen.show_image(self._studio.view.canvas.image)

    @Slot(object)
    def _on_rendered(self, _rendered: object) -> None:
        if self.screen is not None:
            self.screen.show_image(self._studio.view.canvas.image)

    @Slot()
    def _on_closed(self) -> None:
        assert self.screen is not None
        self.screen.deleteLater()
        self.screen = None
        for signal in (self.is_black, self.is_frozen, self.is_presenting):
            signal.emit(False)
