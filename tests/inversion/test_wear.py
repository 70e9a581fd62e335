"""Worn samples: what an encoder sees of the world beyond its model."""

import torch

from stylestudio.inversion.wear import CLEAN, worn


def pictures(count=200, side=32):
    smooth = torch.rand(count, 3, 2, 2, generator=torch.Generator().manual_seed(1)) * 1.6 - 0.8
    return torch.nn.functional.interpolate(smooth, size=side, mode="bilinear")


def test_some_pictures_stay_and_the_others_keep_what_they_show():
    before = pictures()
    after = worn(before, torch.Generator().manual_seed(2))
    kept = (before == after).flatten(1).all(1)
    assert abs(kept.float().mean() - CLEAN) < 0.1
    assert after.abs().max() <= 1
    # A worn picture still resembles its own more than any other one.
    layout = [torch.nn.functional.avg_pool2d(each, 8).flatten(1) for each in (after, before)]
    nearest = torch.cdist(*layout).argmin(1)
    assert (nearest == torch.arange(len(before))).float().mean() > 0.8


def test_the_same_draw_wears_alike_and_another_does_not():
    before = pictures(8)
    one, again, other = (worn(before, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
