"""Strokes written as SVG look like those that are drawn."""

import numpy as np
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from stylestudio.render.strokes import Strokes


def test_svg_and_picture_agree(qapp):
    random = np.random.RandomState(0)
    numbers = random.rand(200, 8).astype(np.float32)
    numbers[:, 0] *= 300
    numbers[:, 1] *= 200
    numbers[:, 2:4] = 4 + 40 * numbers[:, 2:4]
    numbers[:, 4] *= np.pi
    strokes = Strokes(numbers, (300, 200), (0.2, 0.4, 0.6))
    image = QImage(300, 200, QImage.Format.Format_RGB888)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(strokes.svg().encode())).render(painter)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(200, image.bytesPerLine())
    svg = rows[:, :900].reshape(200, 300, 3)
    assert np.abs(svg - strokes.picture() * 255).mean() < 2
