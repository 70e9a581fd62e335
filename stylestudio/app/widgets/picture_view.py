"""One picture of any shape, as large as the panel is wide."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

LARGEST = 360  # pixels of its height


class PictureView(QWidget):
    """Shows a picture, scaled to fit."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.image = QImage()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(name)
        self.setToolTip(tip)

    def show_image(self, image: QImage) -> None:
        """Show another one; a null image for none."""
        is_other = image.size() != self.image.size()
        self.image = image
        if is_other:
            self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """As high as the picture is at this width, up to a limit."""
        if self.image.isNull():
            return 0
        return min(LARGEST, round(width * self.image.height() / self.image.width()))

    def sizeHint(self) -> QSize:
        """Fits a narrow dock."""
        return QSize(220, self.heightForWidth(220))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture in the middle."""
        if self.image.isNull():
            return
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRect(0, 0, size.width(), size.height())
        area.moveCenter(self.rect().center())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, self.image)
        painter.end()
