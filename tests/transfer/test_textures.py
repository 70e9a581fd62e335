"""Texture descriptors, and the ranking of pictures by likeness."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from stylestudio.transfer.textures import (
    ORIENTATIONS,
    SCALES,
    gabor_statistics,
    pattern_histograms,
    rank_styles,
)

SIDE = 160


def noise(seed: int, side: int = SIDE) -> torch.Tensor:
    return torch.rand(1, 1, side, side, generator=torch.Generator().manual_seed(seed))


def stretched(image):
    """In 0.2..0.8, so that textures do not differ in contrast alone."""
    low, high = image.aminmax()
    return 0.2 + 0.6 * (image - low) / (high - low)


def grid(angle: float) -> tuple[torch.Tensor, torch.Tensor]:
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    return (
        x * math.cos(angle) + y * math.sin(angle),
        y * math.cos(angle) - x * math.sin(angle),
    )


def waves(angle: float, length: float) -> torch.Tensor:
    along, _ = grid(angle)
    return (along * 2 * math.pi / length).sin()[None, None]


def textures(angle: float = 0.0) -> dict[str, torch.Tensor]:
    """Procedural textures of the same colour, [1, 3, H, W], turned by an angle."""
    x, y = grid(angle)
    brick = ((x + 8 * ((y / 8).floor() % 2)) % 16 < 2) | (y % 8 < 2)
    dots = ((x % 10 - 5) ** 2 + (y % 10 - 5) ** 2 < 9).float()
    made = {
        "waves": waves(angle, 6) + 0.3 * noise(1),
        "swell": waves(angle, 20) + 0.3 * noise(2),
        "bricks": brick.float()[None, None] + 0.2 * noise(3),
        "dots": dots[None, None] + 0.2 * noise(4),
        "grain": noise(5),
        "clouds": F.interpolate(noise(6, 12), SIDE, mode="bicubic"),
        "flakes": F.interpolate(noise(7, 40), SIDE, mode="nearest"),
    }
    return {name: stretched(image).expand(-1, 3, -1, -1) for name, image in made.items()}


@pytest.fixture(scope="module")
def known():
    return {name: image[..., :96, :96] for name, image in textures().items()}


@pytest.mark.parametrize("name", list(textures()))
def test_a_crop_of_a_texture_is_most_like_its_own(name, known):
    ranked = rank_styles(textures()[name][..., 60:, 60:], known)
    assert ranked[0].name == name
    assert len(ranked) == len(known)
    distances = [likeness.distance for likeness in ranked]
    assert distances == sorted(distances)


@pytest.mark.parametrize("degrees", [30, 45, 90])
@pytest.mark.parametrize("name", ["waves", "swell", "bricks", "dots"])
def test_a_turned_crop_is_still_most_like_its_own(name, degrees, known):
    turned = textures(math.radians(degrees))[name][..., 60:, 60:]
    assert rank_styles(turned, known)[0].name == name
    patterns = pattern_histograms(turned)
    away = {
        other: (pattern_histograms(image) - patterns).abs().sum() for other, image in known.items()
    }
    assert min(away, key=away.get) == name


def test_a_picture_is_no_distance_from_itself_and_turning_by_a_quarter_is_free():
    picture = textures()["bricks"]
    same, turned = rank_styles(picture, {"same": picture, "turned": picture.rot90(1, (2, 3))})
    assert same.distance == pytest.approx(0, abs=1e-6)
    assert turned.strokes < 0.02
    assert turned.grain < 0.01


def test_colours_count():
    picture = textures()["clouds"]
    tint = torch.tensor([1.2, 0.8, 0.4])[:, None, None]
    named = {"tinted": (picture * tint).clamp(0, 1), "plain": picture.flip(3)}
    plain, tinted = rank_styles(picture, named)
    assert (plain.name, tinted.name) == ("plain", "tinted")
    assert tinted.palette > plain.palette + 0.05


@pytest.mark.parametrize("orientation", range(ORIENTATIONS))
def test_a_wave_excites_the_filter_of_its_length_and_direction(orientation):
    for scale, length in ((0, 20), (1, 10), (2, 5), (SCALES - 1, 2.5)):
        image = stretched(waves(math.pi * orientation / ORIENTATIONS, length))
        means = gabor_statistics(image.expand(-1, 3, -1, -1))[0, ..., 0]
        assert means.argmax() == scale * ORIENTATIONS + orientation


def test_patterns_are_counted_as_they_are_defined():
    spot = torch.zeros(1, 3, 9, 9)
    spot[..., 4, 4] = 1
    bins = pattern_histograms(spot)[0, :10] * 49
    # At radius 1 the spot itself is brighter than all around it; its neighbours and all even
    # places have everything on the circle at least as bright as they are.
    assert bins.round().tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 48, 0]
    edge = torch.zeros(1, 3, 9, 9)
    edge[..., 5:] = 1
    bins = pattern_histograms(edge)[0, :10] * 49
    # The first bright column: three points are dark, five are as bright.
    assert bins.round().tolist() == [0, 0, 0, 0, 0, 7, 0, 0, 42, 0]


def test_descriptors_ignore_size_and_take_many_pictures():
    pictures = torch.rand(3, 3, 40, 56, generator=torch.Generator().manual_seed(0))
    gabor, patterns = gabor_statistics(pictures), pattern_histograms(pictures)
    assert gabor.shape == (3, SCALES, ORIENTATIONS, 2)
    assert patterns.shape == (3, 10 + 18 + 26)
    torch.testing.assert_close(patterns.sum(1), torch.full((3,), 3.0))
    for i in range(3):
        torch.testing.assert_close(gabor_statistics(pictures[i : i + 1])[0], gabor[i])
        torch.testing.assert_close(pattern_histograms(pictures[i : i + 1])[0], patterns[i])
    flat = torch.full((1, 3, 8, 8), 0.5)
    assert gabor_statistics(flat).max() < 1e-5
