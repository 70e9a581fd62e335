"""Two steps of the history: beside each other, or one over the other while a key is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stylestudio.app.features.history.rendering import Rendering
from stylestudio.app.widgets.theme import current_theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent

    from stylestudio.app.core.recipes import ModelRecipe
    from stylestudio.app.core.studio import Studio

GAP, TITLE = 8, 20  # pixels
SIDE_BY_SIDE = "Both side by side. Press the button to lay one over the other."
OVERLAID = "Hold the space bar or the mouse button on the picture to see the other one."


class CompareDialog(QDialog):
    """Shows two pictures in full, as soon as they are rendered; until then, the small ones."""

    def __init__(
        self,
        studio: Studio,
        pairs: Sequence[ModelRecipe],
        titles: Sequence[str],
        small: Sequence[QImage | None],
    ) -> None:
        super().__init__(studio.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Compare two steps")
        self.pictures = TwoPictures(titles, small)
        self.overlay = QPushButton("&One over the other")
        self.overlay.setCheckable(True)
        self.overlay.setAutoDefault(False)
        self.note = QLabel(SIDE_BY_SIDE)
        self.note.setProperty("muted", True)
        self.note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.overlay)
        foot.addWidget(self.note, 1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.addWidget(self.pictures, 1)
        column.addLayout(foot)
        self.overlay.toggled.connect(self._on_overlay)
        self._rendering = Rendering(studio, None, self)
        self._rendering.ready.connect(self.pictures.set_picture)
        self._rendering.start(pairs)

    def done(self, result: int) -> None:
        """Render no more."""
        self._rendering.stop()
        super().done(result)

    @Slot(bool)
    def _on_overlay(self, on: bool) -> None:
        self.note.setText(OVERLAID if on else SIDE_BY_SIDE)
        self.pictures.overlay(on)
        self.pictures.setFocus()


class TwoPictures(QWidget):
    """Draws both as large as they fit."""

    def __init__(self, titles: Sequence[str], pictures: Sequence[QImage | None]) -> None:
        super().__init__()
        self._titles = titles
        self._pictures = [*pictures]
        self._is_overlaid = self._is_held = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(2 * 120 + GAP, 120 + TITLE)
        self._name()

    @property
    def shown(self) -> tuple[int, ...]:
        """Which of the two is in sight, or both."""
        return (int(self._is_held),) if self._is_overlaid else (0, 1)

    def sizeHint(self) -> QSize:
        """Room for both at a common size."""
        return QSize(2 * 380 + GAP, 380 + TITLE)

    @Slot(int, object)
    def set_picture(self, place: int, picture: QImage) -> None:
        """Show the first one or the second."""
        self._pictures[place] = picture
        self.update()

    def overlay(self, on: bool) -> None:
        """Show one over the other, or both."""
        self._is_overlaid, self._is_held = on, False
        self._name()

    def _hold(self, on: bool) -> None:
        if self._is_overlaid and on != self._is_held:
            self._is_held = on
            self._name()

    def _name(self) -> None:
        self.setAccessibleName(" and ".join(self._titles[place] for place in self.shown))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The space bar shows the other one while it is held."""
        if event.key() != Qt.Key.Key_Space:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self._hold(True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Go back to the first one."""
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._hold(False)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """So does the mouse."""
        self._hold(True)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Go back to the first one."""
        self._hold(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that is let go elsewhere is not told of."""
        self._hold(False)
        super().focusOutEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what is in sight, with its title above."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, count = current_theme(), len(self.shown)
        width = (self.width() - GAP * (count - 1)) / count
        for column, place in enumerate(self.shown):
            room = QRectF(column * (width + GAP), TITLE, width, self.height() - TITLE)
            painter.setPen(QColor(theme.text))
            title = painter.fontMetrics().elidedText(
                self._titles[place], Qt.TextElideMode.ElideMiddle, int(width)
            )
            above = QRectF(room.left(), 0, width, TITLE)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, title)
            picture = self._pictures[place]
            if picture is None:
                painter.fillRect(room, QColor(theme.base))
                continue
            size = picture.size().scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            frame = QRectF(0, 0, size.width(), size.height())
            frame.moveCenter(room.center())
            painter.drawImage(frame, picture)
