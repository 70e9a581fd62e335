"""Pictures whose regions get other textures keep what an encoder is to read from them."""

import pytest
import torch

from stylestudio.inversion import retexture
from stylestudio.inversion.retexture import RETEXTURED, retextured
from stylestudio.render.colours import luminance


@pytest.fixture
def striped():
    """A bright half beside a dark one of fine stripes, many times."""
    picture = torch.full((3, 64, 64), 0.5)
    picture[:, :, 32:] = -0.5
    picture[:, ::2, 32:] -= 0.2
    return picture.expand(96, -1, -1, -1).clone()


def test_regions_keep_their_brightness_and_lose_their_textures(striped, monkeypatch):
    monkeypatch.setattr(retexture, "RETEXTURED", 1.0)
    after = retextured(striped, torch.Generator().manual_seed(1))
    luma = luminance(after)[:, 0]
    bright, dark = luma[:, :, :28].mean((1, 2)), luma[:, :, 36:].mean((1, 2))
    assert bright.mean() == pytest.approx(0.5, abs=0.05)
    assert dark.mean() == pytest.approx(-0.6, abs=0.05)
    assert ((bright - dark) > 0.6).float().mean() > 0.9
    stripes = (luma[:, 1::2, 36:] - luma[:, ::2, 36:]).mean((1, 2))
    assert stripes.mean() < 0.16  # of 0.2


def test_some_pictures_change_and_each_in_its_own_way(striped):
    after = retextured(striped, torch.Generator().manual_seed(1))
    changed = (after - striped).abs().amax((1, 2, 3)) > 0
    assert changed.float().mean() == pytest.approx(RETEXTURED, abs=0.15)
    kinds = after[changed].flatten(1)
    assert (torch.cdist(kinds, kinds) > 1).float().mean() > 0.9
    again = retextured(striped, torch.Generator().manual_seed(1))
    torch.testing.assert_close(again, after, rtol=0, atol=0)


def test_hues_change_and_leave_the_brightness_of_regions_alone(striped, monkeypatch):
    monkeypatch.setattr(retexture, "RETEXTURED", 1.0)
    monkeypatch.setattr(retexture, "STRONGEST", 0.0)  # textures have a brightness of their own
    after = retextured(torch.full_like(striped, 0.1), torch.Generator().manual_seed(2))
    regions = torch.nn.functional.avg_pool2d(after, 16)
    luma = luminance(regions)
    assert luma.std() < 1e-3
    assert (regions - luma).std() > 0.05
