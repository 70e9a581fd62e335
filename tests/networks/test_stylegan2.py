from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config, truncate
from stylestudio.networks.stylegan2.layers import SynthesisLayer, low_pass, upsample2d


def generator(**changes):
    torch.manual_seed(0)
    settings = {"img_resolution": 16, "channels": (8, 6, 4), "z_dim": 8, "w_dim": 8, **changes}
    network = Generator(StyleGAN2Config(**settings))
    for name, tensor in network.named_parameters():
        if name.endswith("noise_strength"):
            tensor.data.fill_(0.3)
    return network.eval().requires_grad_(False)


def test_modulation_of_activations_equals_modulation_of_weights():
    """The paper's equations 1 and 3, written down on the weights."""
    torch.manual_seed(1)
    layer = SynthesisLayer(
        5,
        4,
        w_dim=8,
        resolution=6,
        up=False,
        activation="linear",
        conv_clamp=None,
        use_noise=False,
        resample_filter=(1, 3, 3, 1),
    ).requires_grad_(False)
    x, w = torch.randn(1, 5, 6, 6), torch.randn(1, 8)
    weight = layer.weight * layer.affine(w)[0, None, :, None, None]
    weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
    expected = F.conv2d(x, weight, padding=1)
    torch.testing.assert_close(layer(x, w, None), expected, rtol=1e-4, atol=1e-5)


def test_upsampling_keeps_a_flat_picture_flat():
    flat = upsample2d(torch.ones(1, 2, 8, 8), low_pass((1, 3, 3, 1)))
    assert flat.shape == (1, 2, 16, 16)
    torch.testing.assert_close(flat[:, :, 2:-2, 2:-2], torch.ones(1, 2, 12, 12))


def test_rows_of_w_drive_the_layers_in_the_published_order():
    rows = {step.name: step.ws_index for step in generator().synthesis.steps}
    assert rows == {
        "b4.conv1": 0,
        "b4.torgb": 1,
        "b8.conv0": 1,
        "b8.conv1": 2,
        "b8.torgb": 3,
        "b16.conv0": 3,
        "b16.conv1": 4,
        "b16.torgb": 5,
    }


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_running_the_steps_gives_the_picture(architecture):
    network = generator(architecture=architecture)
    ws = network.map(torch.randn(2, 8))
    state = network.synthesis.initial_state(2)
    for step in network.synthesis.steps:
        noise = network.synthesis.noise_const(step) if step.has_noise else None
        state = network.synthesis.run_step(step, state, ws[:, step.ws_index], noise)
    assert state.img.shape == (2, 3, 16, 16)
    assert torch.equal(state.img, network.synthesize(ws))


def test_noise_modes():
    network = generator()
    ws = network.map(torch.randn(1, 8))
    const, none = network.synthesize(ws), network.synthesize(ws, "none")
    assert torch.equal(const, network.synthesize(ws, "const"))
    assert not torch.equal(const, none)
    random = network.synthesize(ws, "random")
    assert not torch.equal(random, network.synthesize(ws, "random"))


def test_truncation():
    ws, average = torch.randn(2, 6, 8), torch.randn(8)
    assert torch.equal(truncate(ws, average, 1.0), ws)
    torch.testing.assert_close(truncate(ws, average, 0.0), average.expand(2, 6, 8))
    half = truncate(ws, average, 0.5, cutoff=2)
    torch.testing.assert_close(half[:, :2], (ws[:, :2] + average) / 2)
    assert torch.equal(half[:, 2:], ws[:, 2:])
    torch.testing.assert_close(truncate(ws, average, -1.0), 2 * average - ws)


def test_classes_change_the_picture_and_are_needed():
    network = generator(c_dim=3)
    z = torch.randn(1, 8)
    first, second = (network.map(z, torch.eye(3)[i : i + 1]) for i in (0, 1))
    assert not torch.allclose(first, second)
    with pytest.raises(ValueError, match="3 classes"):
        network.map(z)


def test_mapping_ignores_the_length_of_z():
    network = generator()
    z = torch.randn(1, 8)
    torch.testing.assert_close(network.map(z * 5), network.map(z), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"img_resolution": 24}, "power of two"),
        ({"img_resolution": 4}, "power of two"),
        ({"channels": (8, 6)}, "2 channel counts"),
        ({"channels": (8, 6, 0)}, "channels"),
        ({"z_dim": 0}, "z_dim"),
    ],
    ids=str,
)
def test_configs_that_make_no_sense(changes, said):
    with pytest.raises(ValueError, match=said):
        generator(**changes)


def test_published_sizes():
    config = StyleGAN2Config.standard(1024)
    assert config.channels == (512, 512, 512, 512, 512, 256, 128, 64, 32)
    assert config.num_ws == 18
    with torch.device("meta"):
        network = Generator(config)
    counts = [
        sum(math.prod(p.shape) for p in part.parameters()) for part in (network, network.synthesis)
    ]
    assert [round(count / 1e6, 2) for count in counts] == [30.37, 28.27]
