"""A layer between two sets of weights is the layer that these weights would make."""

import pytest
import torch

from stylestudio.networks.stylegan2.blending import LayerBetween
from stylestudio.networks.stylegan2.layers import SynthesisLayer
from stylestudio.networks.stylegan2.prepared import PreparedLayer


def layer(channels, resolution):
    made = SynthesisLayer(
        channels,
        channels,
        w_dim=8,
        resolution=resolution,
        up=False,
        activation="lrelu",
        conv_clamp=None,
        use_noise=True,
        resample_filter=(1, 3, 3, 1),
    )
    for parameter in (made.bias, made.noise_strength):
        parameter.data.normal_()
    return made.requires_grad_(False)


@pytest.mark.parametrize(("channels", "resolution"), [(128, 64), (64, 4), (16, 32)])
def test_it_gives_what_a_layer_with_weights_between_gives(channels, resolution):
    """By Winograd's way, with weights in the order of the kernel, and with scaled weights."""
    torch.manual_seed(0)
    ours, theirs, between = (layer(channels, resolution) for _ in range(3))
    for name, value in between.state_dict().items():
        torch.lerp(ours.state_dict()[name], theirs.state_dict()[name], 0.3, out=value)
    x = torch.randn(1, channels, resolution, resolution).to(memory_format=torch.channels_last)
    w, noise = torch.randn(1, 8), torch.randn(resolution, resolution)
    settings = torch.float32, 1.0, None
    expected = PreparedLayer(between, *settings)(x, w, noise)
    moving = LayerBetween(ours, theirs, *settings)
    moving.move(0.3)
    found = moving(x, w, noise)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)
    moving.move(0.9)
    assert not torch.allclose(moving(x, w, noise), expected, atol=0.1)
    moving.move(0.3)
    assert torch.equal(moving(x, w, noise), found)
