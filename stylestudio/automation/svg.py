"""What an SVG document looks like, drawn by Qt, for comparing it with pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


def svg_pixels(svg: str, size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Draw a document at a size (width, height): float32 [H, W, 3] in 0..1."""
    width, height = size
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return lines[:, : 3 * width].reshape(height, width, 3).astype(np.float32) / 255
