"""The discriminator: the published names and shapes, and the batch statistic it looks at."""

import dataclasses

import pytest
import torch

from stylestudio.networks.stylegan2 import Discriminator, StyleGAN2Config
from stylestudio.networks.stylegan2.discriminator import Convolution, minibatch_deviation
from stylestudio.networks.stylegan2.layers import downsample2d, low_pass

CONFIG = StyleGAN2Config(img_resolution=16, channels=(12, 8, 6), z_dim=4, w_dim=4)
KERNEL = low_pass((1, 3, 3, 1))


def test_weights_have_the_published_names_and_shapes():
    shapes = {name: tuple(v.shape) for name, v in Discriminator(CONFIG).state_dict().items()}
    assert shapes == {
        "b16.fromrgb.weight": (6, 3, 1, 1),
        "b16.fromrgb.bias": (6,),
        "b16.conv0.weight": (6, 6, 3, 3),
        "b16.conv0.bias": (6,),
        "b16.conv1.weight": (8, 6, 3, 3),
        "b16.conv1.bias": (8,),
        "b16.skip.weight": (8, 6, 1, 1),
        "b8.conv0.weight": (8, 8, 3, 3),
        "b8.conv0.bias": (8,),
        "b8.conv1.weight": (12, 8, 3, 3),
        "b8.conv1.bias": (12,),
        "b8.skip.weight": (12, 8, 1, 1),
        "b4.conv.weight": (12, 13, 3, 3),
        "b4.conv.bias": (12,),
        "b4.fc.weight": (12, 192),
        "b4.fc.bias": (12,),
        "b4.out.weight": (1, 12),
        "b4.out.bias": (1,),
    }


def test_every_picture_gets_one_number():
    torch.manual_seed(0)
    verdicts = Discriminator(CONFIG)(torch.randn(5, 3, 16, 16))
    assert verdicts.shape == (5, 1)
    assert verdicts.std() > 0


def test_the_batch_statistic_is_0_for_a_batch_of_twins_and_is_that_of_its_group():
    twins = torch.randn(1, 3, 4, 4).expand(4, -1, -1, -1)
    assert minibatch_deviation(twins)[:, 3].max() < 1e-3

    x = torch.zeros(8, 1, 2, 2)
    x[:4] = torch.tensor([1.0, 2.0, 3.0, 4.0])[:, None, None, None]
    appended = minibatch_deviation(x)[:, 1]
    # Picture n is compared with n + 2, n + 4 and n + 6: 1, 3, 0, 0 and 2, 4, 0, 0.
    for n, group in ((0, [1.0, 3.0, 0.0, 0.0]), (1, [2.0, 4.0, 0.0, 0.0])):
        expected = torch.tensor(group).var(correction=0).sqrt()
        assert torch.allclose(appended[n], expected.expand(2, 2), atol=1e-4)


def test_a_config_with_classes_is_refused():
    config = StyleGAN2Config(img_resolution=8, channels=(4, 4), c_dim=3)
    with pytest.raises(ValueError, match="3 classes"):
        Discriminator(config)


@pytest.mark.parametrize("batch", [1, 2, 3, 6, 7])
def test_any_batch_can_be_judged(batch):
    verdicts = Discriminator(CONFIG)(torch.randn(batch, 3, 16, 16))
    assert verdicts.shape == (batch, 1)
    assert verdicts.isfinite().all()


def test_a_verdict_depends_on_the_rest_of_the_batch():
    """Or a generator that always paints the same picture could not be told."""
    torch.manual_seed(0)
    network = Discriminator(CONFIG)
    pictures = torch.randn(4, 3, 16, 16)
    among_its_likes = network(pictures[:1].expand(4, -1, -1, -1))[0]
    assert (network(pictures)[0] - among_its_likes).abs() > 1e-3


def test_feature_maps_are_clamped_where_the_config_says_so():
    pictures = torch.randn(4, 3, 16, 16) * 1e4
    verdicts = []
    for clamp in (None, 1.0):
        torch.manual_seed(0)
        network = Discriminator(dataclasses.replace(CONFIG, conv_clamp=clamp))
        verdicts.append(network(pictures).abs().max())
    assert verdicts[1] < verdicts[0] / 100


def test_halving_keeps_a_flat_picture_flat_and_removes_what_it_cannot_hold():
    flat = downsample2d(torch.ones(1, 2, 16, 16), KERNEL)
    assert flat.shape == (1, 2, 8, 8)
    torch.testing.assert_close(flat[..., 1:-1, 1:-1], torch.ones(1, 2, 6, 6))
    stripes = torch.ones(1, 1, 16, 16)
    stripes[..., ::2] = -1
    assert downsample2d(stripes, KERNEL)[..., 1:-1, 1:-1].abs().max() < 1e-6


@pytest.mark.parametrize("size", [1, 3])
@torch.no_grad()
def test_a_halving_convolution_leaves_things_in_their_place(size):
    layer = Convolution(1, 1, kernel=size, resample_filter=(1, 3, 3, 1), down=True, linear=True)
    layer.weight.fill_(1 / size)  # with the gain 1 / size, an average
    ramp = torch.arange(16.0).expand(1, 1, 16, 16)
    result = layer(ramp)
    assert result.shape == (1, 1, 8, 8)
    centres = 2 * torch.arange(8.0) + 0.5
    torch.testing.assert_close(result[0, 0, 4, 2:-2], centres[2:-2])
