"""The discriminator: the published names and shapes, and the batch statistic it looks at."""

import pytest
import torch

from stylestudio.networks.stylegan2 import Discriminator, StyleGAN2Config
from stylestudio.networks.stylegan2.discriminator import minibatch_deviation

CONFIG = StyleGAN2Config(img_resolution=16, channels=(12, 8, 6), z_dim=4, w_dim=4)


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
