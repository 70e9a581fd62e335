"""A table of samples: as large as the panel is wide, and square."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stylestudio.app.widgets.keys import OWN_KEYS

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent

LARGEST = 220  # pixels of its side, so that all of the panel is near


class SamplesView(QWidget):
    """Shows one picture, scaled; where there is one of before, as long as it is held."""

    chosen = Signal(int)  # a double click: the sample, row by row

    def __init__(self, name: str, tip: str, count: int, largest: int = LARGEST) -> None:
        super().__init__()
        self.image, self.before = QImage(), QImage()
        self.is_held = False  # what was before is on show
        self._side = math.isqrt(count)
        self._largest = largest
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setProperty(OWN_KEYS, [int(Qt.Key.Key_Space)])

    def show_image(self, image: QImage, before: QImage | None = None) -> None:
        """Show another table, and what was before; a null image for none."""
        self.image, self.before = image, before or QImage()
        self.setFocusPolicy(
            Qt.FocusPolicy.NoFocus if self.before.isNull() else Qt.FocusPolicy.StrongFocus
        )
        self.update()

    def hasHeightForWidth(self) -> bool:
        """It is a square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as wide, up to a limit."""
        return min(width, self._largest)

    def sizeHint(self) -> QSize:
        """Fits a narrow dock."""
        return QSize(self._largest, self._largest)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show what was before."""
        self._hold(event.button() == Qt.MouseButton.LeftButton)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Show what there is now."""
        self._hold(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose the sample under the pointer."""
        place, area = event.position().toPoint(), self._area()
        if not self.image.isNull() and area.contains(place):
            self.chosen.emit(self._sample_at(place - area.topLeft(), area.width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space shows what was before, too."""
        if event.key() == Qt.Key.Key_Space and not self.before.isNull():
            self._hold(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Show what there is now."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key that is released elsewhere holds nothing."""
        self._hold(False)
        super().focusOutEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture in the middle."""
        if self.image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._area(), self.before if self.is_held else self.image)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRect(self._area().adjusted(1, 1, -1, -1))
        painter.end()

    def _hold(self, on: bool) -> None:
        self.is_held = on and not self.before.isNull()
        self.update()

    def _area(self) -> QRect:
        side = min(self.width(), self.height())
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def _sample_at(self, place: QPoint, side: int) -> int:
        column, row = (min(self._side - 1, each * self._side // side) for each in place.toTuple())
        return row * self._side + column
