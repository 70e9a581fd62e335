"""The table of samples: as large as the panel is wide, and square."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from stylestudio.app.core.images import to_qimage

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from stylestudio.render.pixels import Pixels

LARGEST = 220  # pixels of its side, so that all of the panel is near


class SamplesView(QWidget):
    """Shows one picture, scaled."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Samples of the adapted model")
        self.setToolTip("Nine seeds, the same at every step")

    def show_picture(self, picture: Pixels | None) -> None:
        """Show another picture uint8 [H, W, 3], None for none."""
        self.image = QImage() if picture is None else to_qimage(picture)
        self.update()

    def hasHeightForWidth(self) -> bool:
        """It is a square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as wide, up to a limit."""
        return min(width, LARGEST)

    def sizeHint(self) -> QSize:
        """Fits a narrow dock."""
        return QSize(LARGEST, LARGEST)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture in the middle."""
        if self.image.isNull():
            return
        side = min(self.width(), self.height())
        place = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self.image)
        painter.end()
