"""A GIF's 256 colours: exact where they suffice, small strong ones kept, no flicker."""

import numpy as np
import pytest
from PIL import Image

from stylestudio.video.palette import Palette


@pytest.fixture
def gradient():
    """A soft picture [96, 96, 3] of many thousand dull colours."""
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(90, 170, (5, 5, 3), dtype=np.uint8))
    soft = np.asarray(coarse.resize((96, 96), Image.Resampling.BICUBIC), np.int16)
    return (soft + rng.integers(-3, 4, soft.shape)).astype(np.uint8)


def shown(palette, frame):
    indices, colours = palette.reduce(frame)
    assert colours.shape[0] <= 256
    return colours[indices].astype(int)


def test_few_colours_come_back_as_they_were():
    frame = np.random.default_rng(0).integers(0, 6, (40, 40, 3), dtype=np.uint8) * 50
    assert (shown(Palette(), frame) == frame).all()


def test_small_strong_colours_stay_strong(gradient):
    plain, spotted = gradient, gradient.copy()
    spotted[10:13, 10:13], spotted[80:82, 30:33] = (255, 0, 0), (0, 40, 255)
    for frames in ([spotted], [plain, spotted]):  # there from the first on, and new later on
        palette = Palette()
        errors = [np.abs(shown(palette, frame) - frame) for frame in frames]
        assert max(error.max() for error in errors) < 24
        assert max(error.mean() for error in errors) < 2.5
    quantized = np.asarray(Image.fromarray(spotted).quantize(256).convert("RGB"))
    median_cut = np.square(quantized.astype(int) - spotted).mean()
    assert np.square(shown(Palette(), spotted) - spotted).mean() < median_cut


def test_what_stands_still_does_not_flicker(gradient):
    palette = Palette()
    moving = gradient.copy()
    goes_on, anew = [], []
    for step in range(12):
        moving[60:, :] = np.roll(gradient[60:, :], step, axis=1) // (1 + step / 40)
        goes_on.append(shown(palette, moving))
        anew.append(shown(Palette(), moving))
    changes = [np.abs(np.diff(np.stack(f)[4:, :60], axis=0)).mean() for f in (goes_on, anew)]
    assert changes[0] < 0.5 * changes[1]


def test_a_frame_of_few_soft_colours_uses_the_whole_palette():
    """As a face does: colours that lie close together still get steps of their own."""
    y, x = np.mgrid[0:64, 0:64] / 63
    frame = np.stack([120 + 40 * x, 100 + 40 * y, 90 + 20 * x * y], -1).round().astype(np.uint8)
    given = shown(Palette(), frame)
    assert len(np.unique(given.reshape(-1, 3), axis=0)) > 150
    assert np.square(given.astype(int) - frame).mean() < 3
