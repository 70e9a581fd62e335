"""Painting one picture by optimisation."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

import stylestudio as ss
from stylestudio.networks.feature_nets import MultiscaleFilters
from stylestudio.progress import Cancel, Cancelled
from stylestudio.transfer.losses import painting_statistics, style_loss
from stylestudio.transfer.optimisation import SHORTEST, paint_by_optimisation


@pytest.fixture(scope="module")
def features():
    return MultiscaleFilters(channels=8, scales=2)


@pytest.fixture(scope="module")
def photo():
    """A bright disc before a dark ground, 72 x 64 pixels."""
    y, x = torch.meshgrid(torch.arange(64), torch.arange(72), indexing="ij")
    disc = ((y - 30) ** 2 + (x - 40) ** 2 < 400).float()
    return (0.2 + 0.6 * disc).expand(1, 3, -1, -1).contiguous()


@pytest.fixture(scope="module")
def painting():
    """Diagonal stripes of blue and orange, 64 x 80 pixels."""
    y, x = torch.meshgrid(torch.arange(64), torch.arange(80), indexing="ij")
    wave = ((x + y) * 2 * math.pi / 8).sin() / 2 + 0.5
    colours = torch.tensor([[0.9, 0.5, 0.1], [0.1, 0.3, 0.7]])
    return (wave * colours[0][:, None, None] + (1 - wave) * colours[1][:, None, None])[None]


@pytest.fixture(scope="module")
def progress(photo, painting, features):
    return list(paint_by_optimisation(photo, painting, features, 30))


def test_every_step_shows_the_picture(progress, photo):
    assert [(p.done, p.total) for p in progress] == [(i + 1, 30) for i in range(30)]
    for p in progress:
        assert p.painted.shape == photo.shape
        assert not p.painted.requires_grad
        assert ((p.painted >= 0) & (p.painted <= 1)).all()
    moved = [(a.painted - b.painted).abs().max() for a, b in itertools.pairwise(progress)]
    assert min(moved) > 0


def test_the_photo_takes_the_style_of_the_painting_and_stays_itself(
    progress, photo, painting, features
):
    wanted = painting_statistics(features, painting[0])

    def away(picture):
        return style_loss(painting_statistics(features, picture[0]), wanted).item()

    final = progress[-1].painted
    assert away(final) < 0.3 * away(photo)
    light = torch.stack([picture.mean((0, 1)).flatten() for picture in (final, photo)])
    assert torch.corrcoef(light)[0, 1] > 0.7
    orange = final[0, 0] - final[0, 2]
    assert orange.max() > 0.3
    assert orange.min() < -0.3


def test_the_same_seed_gives_the_same_picture(photo, painting, features):
    def painted(seed):
        return [p.painted for p in paint_by_optimisation(photo, painting, features, 3, seed=seed)]

    first, again, other = painted(1), painted(1), painted(2)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[-1], other[-1])


def test_large_pictures_are_begun_small(features):
    photo, painting = torch.rand(2, 1, 3, 200, 260).unbind()
    sizes = []

    def seen(_, inputs):
        sizes.append(inputs[0].shape[-1])

    handle = features.register_forward_pre_hook(seen)
    steps = list(paint_by_optimisation(photo, painting, features, 4))
    handle.remove()
    assert len(steps) == 4
    assert sizes[0] < sizes[-1]
    assert all(step.painted.shape == photo.shape for step in steps)


def test_it_stops_when_nobody_asks_for_more(photo, painting, features):
    calls = []
    handle = features.register_forward_pre_hook(lambda *_: calls.append(1))
    steps = paint_by_optimisation(photo, painting, features, 1000)
    next(steps)
    before = len(calls)
    steps.close()
    handle.remove()
    assert len(calls) == before
    assert next(steps, None) is None


def test_it_is_ended_early_or_cancelled(photo, painting, features):
    cancel = Cancel()
    steps = paint_by_optimisation(photo, painting, features, 1000, cancel=cancel)
    next(steps)
    cancel.finish()
    assert list(steps) == []
    cancel = Cancel()
    steps = paint_by_optimisation(photo, painting, features, 1000, cancel=cancel)
    next(steps)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(steps)


def test_too_small_a_picture_is_said(photo, painting, features):
    for which, words in ((0, "photo is 72 x 63"), (1, "painting is 80 x 63")):
        pictures = [photo, painting]
        pictures[which] = pictures[which][..., : SHORTEST - 1, :]
        with pytest.raises(ss.StyleError, match=words):
            paint_by_optimisation(*pictures, features, 3)
