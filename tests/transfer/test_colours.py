"""Colours of one picture given to another, and kept when it is painted over."""

from __future__ import annotations

import pytest
import torch

import stylestudio as ss
from stylestudio.transfer.colours import match_colours


@pytest.fixture
def two():
    """Pictures of colours that vary together, well inside 0..1, each in its own way."""
    random = torch.Generator().manual_seed(2)

    def make(height, width):
        mixing = torch.randn(3, 3, generator=random) * 0.03
        mean = 0.4 + 0.2 * torch.rand(3, 1, generator=random)
        colours = mixing @ torch.randn(3, height * width, generator=random) + mean
        return colours.clamp(0, 1).view(1, 3, height, width)

    return make(40, 50), make(30, 70)


def statistics(picture):
    colours = picture[0].flatten(1).double()
    return colours.mean(1), torch.cov(colours, correction=0)


def test_all_of_the_colour_statistics_become_the_reference_s(two):
    picture, reference = two
    matched = match_colours(picture, reference)
    assert matched.shape == picture.shape
    assert matched.dtype == torch.float32
    for found, wanted in zip(statistics(matched), statistics(reference), strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-4)


def test_channels_become_the_reference_s_each_by_itself(two):
    picture, reference = two
    matched = match_colours(picture, reference, method="channels")
    mean, covariance = statistics(matched)
    torch.testing.assert_close(mean, statistics(reference)[0], rtol=0, atol=1e-4)
    wanted = statistics(reference)[1].diagonal()
    torch.testing.assert_close(covariance.diagonal(), wanted, rtol=0, atol=1e-4)
    channel, before = matched[0, 1].flatten(), picture[0, 1].flatten()
    assert torch.corrcoef(torch.stack([channel, before]))[0, 1] > 0.9999


@pytest.mark.parametrize("method", ["covariance", "channels"])
def test_a_picture_keeps_its_own_colours_under_itself(method, two):
    picture, _ = two
    torch.testing.assert_close(match_colours(picture, picture, method), picture, atol=1e-5, rtol=0)


def test_of_all_maps_the_one_that_changes_least_is_taken(two):
    """Any other map with these statistics differs by a rotation, and moves colours further."""
    picture, reference = two
    matched = match_colours(picture, reference)
    moved = (matched - picture).square().mean()
    colours = picture[0].flatten(1).double()
    mean, covariance = statistics(picture)
    target_mean, target = statistics(reference)
    whiten = torch.linalg.inv(torch.linalg.cholesky(covariance))
    other = torch.linalg.cholesky(target) @ whiten @ (colours - mean[:, None])
    other = (other + target_mean[:, None]).view_as(picture)
    torch.testing.assert_close(statistics(other)[1], target, rtol=0, atol=1e-6)
    assert moved < (other - picture).square().mean()


def test_strength_goes_from_the_picture_to_the_match(two):
    picture, reference = two
    full = match_colours(picture, reference)
    assert torch.equal(match_colours(picture, reference, strength=0), picture)
    half = match_colours(picture, reference, strength=0.5)
    torch.testing.assert_close(half, (picture + full) / 2, rtol=0, atol=1e-6)


@pytest.mark.parametrize("method", ["covariance", "channels"])
def test_gray_flat_and_tiny_pictures_have_an_answer(method, two):
    gray = two[0].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    for picture in (gray, torch.full((1, 3, 4, 4), 0.5), torch.rand(1, 3, 1, 1)):
        for a, b in ((picture, two[1]), (two[1], picture)):
            matched = match_colours(a, b, method)
            assert matched.shape == a.shape
            assert ((matched >= 0) & (matched <= 1)).all()
            means = matched.mean((2, 3)) - b.mean((2, 3))
            assert means.abs().max() < 1e-3


def test_one_reference_serves_many_pictures(two):
    picture, reference = two
    many = torch.cat([picture, picture.flip(1)])
    matched = match_colours(many, reference)
    for i in range(2):
        alone = match_colours(many[i : i + 1], reference)
        torch.testing.assert_close(matched[i : i + 1], alone, rtol=0, atol=1e-6)


def test_wrong_settings_are_said(two):
    with pytest.raises(ss.StyleError, match="'palette'"):
        match_colours(*two, method="palette")
    with pytest.raises(ss.StyleError, match="strength is 2"):
        match_colours(*two, strength=2)
