"""Strokes written as SVG look like those that are drawn."""

import numpy as np
import pytest

from stylestudio.automation.svg import svg_pixels
from stylestudio.render.strokes import Strokes


@pytest.mark.parametrize("brush", ["round", "flat", "oval"])
def test_svg_and_picture_agree(brush):
    random = np.random.RandomState(0)
    numbers = random.rand(200, 8).astype(np.float32)
    numbers[:, 0] *= 300
    numbers[:, 1] *= 200
    numbers[:, 2:4] = 4 + 40 * numbers[:, 2:4]
    numbers[:, 4] *= np.pi
    strokes = Strokes(numbers, (300, 200), (0.2, 0.4, 0.6), brush)
    apart = svg_pixels(strokes.svg(), strokes.size) - strokes.picture()
    assert np.abs(apart).mean() * 255 < 2
