"""Moving pictures: to the right places, without loss where nothing moves, derivable twice."""

import math

import pytest
import torch

from stylestudio.training.adversarial.warp import warp

SIDE = 16


def still():
    return torch.eye(3)[None]


def turned(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[[c, -s, 0], [s, c, 0], [0, 0, 1]]])


def blob(x, y):
    """A soft dot, in pixels from the middle."""
    at = torch.arange(SIDE) - (SIDE - 1) / 2
    return torch.exp(-((at - x)[None, :] ** 2 + (at - y)[:, None] ** 2) / 8).expand(1, 3, -1, -1)


def test_what_is_not_moved_stays_exactly_as_it_is():
    pictures = torch.randn(2, 3, SIDE, SIDE)
    torch.testing.assert_close(
        warp(pictures, still().expand(2, -1, -1)), pictures, rtol=0, atol=1e-4
    )


def test_whole_shifts_only_move_pixels():
    picture = torch.randn(1, 3, SIDE, SIDE)
    to_source = still()
    to_source[0, 0, 2] = 3
    to_source[0, 1, 2] = -2
    moved = warp(picture, to_source)
    inner = slice(6, -6)
    expected = picture.roll((2, -3), (2, 3))[..., inner, inner]
    torch.testing.assert_close(moved[..., inner, inner], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("angle", [0.3, math.pi / 2, 2.5])
def test_things_turn_about_the_middle(angle):
    x, y = 3 * math.cos(angle), -3 * math.sin(angle)
    result = warp(blob(3, 0), turned(angle))
    inner = slice(3, -3)  # into the corners, the mirror image of the dot is turned
    expected = blob(x, y)[..., inner, inner]
    torch.testing.assert_close(result[..., inner, inner], expected, rtol=0, atol=0.05)


def test_beyond_the_border_lies_the_mirror_image():
    picture = blob(5, 0)
    to_source = still()
    to_source[0, 0, 2] = 2 * (SIDE - 1) * 3 + 2 * 7.5  # three periods and one reflection
    flipped = torch.diag(torch.tensor([-1.0, 1.0, 1.0]))
    result = warp(picture, to_source)
    torch.testing.assert_close(result, warp(picture, flipped[None]), rtol=0, atol=0.1)


def test_it_can_be_derived_twice():
    picture = torch.randn(1, 1, 8, 8, dtype=torch.double, requires_grad=True)
    to_source = torch.tensor([[[1.3, 0.4, 20], [-0.2, 0.5, 3], [0, 0, 1]]], dtype=torch.double)
    assert torch.autograd.gradcheck(lambda x: warp(x, to_source), picture, fast_mode=True)
    assert torch.autograd.gradgradcheck(
        lambda x: warp(x, to_source).square(), picture, fast_mode=True
    )
