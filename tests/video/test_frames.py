"""What happens to frames before they are encoded."""

import numpy as np
import pytest

from stylestudio.video.frames import resized


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_colours_under_transparency_do_not_bleed_when_a_frame_is_resized(depth):
    full = np.iinfo(depth).max
    frame = np.zeros((16, 16, 4), depth)
    frame[:, :8] = (full, 0, 0, full)
    frame[:, 8:] = (0, full, 0, 0)  # green, and hidden
    smaller = resized(frame, (5, 5)).astype(float) / full
    assert smaller.shape == (5, 5, 4)
    seen = smaller[..., 3] > 0.05
    assert 0 < smaller[..., 3][seen].min() < 0.95  # the edge is among them
    assert smaller[..., 1][seen].max() < 0.05
    assert smaller[..., 0][seen].min() > 0.95
