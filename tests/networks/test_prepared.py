"""The network laid out for rendering gives the network's own pictures."""

import numpy as np
import pytest
import torch

from stylestudio.networks.stylegan2 import PreparedSynthesis, choose_noises

SHORT = [torch.bfloat16, torch.float16]


def difference(network, dtype, mode="const", seed=1):
    """Root of the mean square, in deviations of the exact picture, and its worst pixel."""
    torch.manual_seed(seed)
    ws = network.map(torch.randn(2, network.config.z_dim))
    noises = choose_noises(network.synthesis, 2, mode)
    with torch.inference_mode():
        exact = network.synthesis(ws, noises)
        found = PreparedSynthesis(network.synthesis, dtype)(ws, noises)
    assert found.dtype == torch.float32
    apart = (found - exact) / exact.std()
    return apart.square().mean().sqrt().item(), apart.abs().max().item()


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
@pytest.mark.parametrize("mode", ["const", "none", "random"])
def test_float32_is_exact(make_network, architecture, mode):
    network = make_network(architecture=architecture)
    assert difference(network, torch.float32, mode)[1] < 1e-5


@pytest.mark.parametrize(
    "config",
    [
        {"activation": "relu"},
        {"activation": "linear"},
        {"conv_clamp": 0.5},
        {"resample_filter": (1.0, 1.0)},
        {"resample_filter": (1.0, 2.0, 1.0)},
        {"resample_filter": (1.0, 5.0, 3.0, 1.0)},
        {"use_noise": False},
        {"img_channels": 1},
        {"img_channels": 4},
        {"channel_max": 64, "channel_base": 2048},  # scales feature maps rather than weights
        {"channel_max": 256, "channel_base": 8192},  # Winograd's convolution
    ],
)
def test_float32_is_exact_whatever_the_layers_do(make_network, config):
    assert difference(make_network(**config), torch.float32)[1] < 3e-5  # of Winograd's, near 1e-5


@pytest.mark.parametrize("dtype", SHORT)
@pytest.mark.parametrize("architecture", ["skip", "resnet"])
def test_short_types_stay_close(make_network, dtype, architecture):
    network = make_network(architecture=architecture, conv_clamp=256.0)
    assert difference(network, dtype)[0] < 0.01


def test_large_weights_do_not_overflow_short_types(make_network):
    network = make_network()
    for name, value in network.synthesis.named_parameters():
        if name.endswith(("conv0.weight", "conv1.weight")):
            value.mul_(1e4)
    assert difference(network, torch.float16)[0] < 0.01


def test_filters_of_zeros_give_zeros(make_network):
    network = make_network()
    network.synthesis.b16.conv1.weight[2:5] = 0
    assert difference(network, torch.float32)[1] < 1e-5


def test_states_are_never_changed_in_place(make_network):
    network = make_network(architecture="resnet", conv_clamp=0.5)
    chain = PreparedSynthesis(network.synthesis)
    ws = network.map(torch.randn(1, 8))
    state, seen = chain.initial_state(), []
    for step in chain.steps:
        seen.append((state, [None if t is None else t.clone() for t in state]))
        state = chain.run_step(step, state, ws[:, step.ws_index], None)
    for kept, copies in seen:
        for tensor, copy in zip(kept, copies, strict=True):
            assert tensor is None or np.array_equal(tensor, copy)
