"""A small picture of the result so far, where it can't be on the canvas yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel

from stylestudio.app.core.images import to_qimage

if TYPE_CHECKING:
    from stylestudio.render.pixels import Pixels

SIDE = 160


class Preview(QLabel):
    """Hidden until there is something to show."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("The picture so far")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(SIDE)
        self.hide()

    def show_picture(self, pixels: Pixels) -> None:
        """Show uint8 [H, W, 3], enlarged or shrunk."""
        keeps, smooth = (
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.setPixmap(QPixmap.fromImage(to_qimage(pixels)).scaled(SIDE, SIDE, keeps, smooth))
