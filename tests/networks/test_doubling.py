"""All ways of doubling the size give what the processor's usual one gives."""

import copy

import pytest
import torch

from stylestudio.networks.stylegan2 import PreparedSynthesis, choose_noises, doubling
from stylestudio.networks.stylegan2.doubling import CardBlur, HeldBlur, interleaved
from stylestudio.networks.stylegan2.layers import blur, low_pass

KERNELS = [
    (1.0,),
    (1.0, 1.0),
    (1.0, 2.0, 1.0),
    (1.0, 3.0, 3.0, 1.0),
    (1.0, 5.0, 3.0, 1.0),
    (0.0, -1.0, 2.0, 7.0),
    (1.0, 4.0, 6.0, 4.0, 1.0),
    (1.0, 5.0, 10.0, 8.0, 3.0, 1.0),
]


@pytest.fixture
def as_on_a_card(monkeypatch):
    """Also with sums where channels are too few for them; returns a switch for that."""
    monkeypatch.setattr(doubling, "on_card", lambda _x: True)
    monkeypatch.setattr(doubling, "_SMALL", 0)

    def few(count: int) -> None:
        monkeypatch.setattr(doubling, "_FEW", dict.fromkeys(doubling._FEW, count))

    return few


@pytest.mark.parametrize("taps", KERNELS, ids=str)
@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 7)], ids=str)
def test_both_ways_are_the_convolution_and_its_blur(taps, size, as_on_a_card):
    torch.manual_seed(0)
    x, weight = torch.randn(1, 3, *size), torch.randn(2, 3, 3, 3)
    kernel = low_pass(taps)
    grown = torch.nn.functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
    pad = ((len(taps) + 1) // 2 - 1, (len(taps) - 2) // 2)
    expected = blur(grown, kernel, pad, 4.0)
    assert expected.shape[2:] == (2 * size[0], 2 * size[1])
    found, bias = CardBlur(kernel, 2, 1, torch.float32), torch.randn(2)
    torch.testing.assert_close(found(grown, None), expected, rtol=0, atol=1e-5)
    with_bias = expected + bias[:, None, None]
    torch.testing.assert_close(found(grown, bias), with_bias, rtol=0, atol=1e-5)
    assert found.fits_in(3, torch.float16) == (len(taps) <= 4)
    if found.fits_in(3, torch.float16):
        four = torch.nn.functional.conv2d(x, found.filters(weight), padding=1)
        torch.testing.assert_close(interleaved(four), expected, rtol=0, atol=1e-5)


def test_feature_maps_stay_channels_last(as_on_a_card):
    blurred = CardBlur(low_pass((1.0, 3.0, 3.0, 1.0)), 8, 9, torch.float32)
    layout = torch.channels_last
    for make in (lambda x: blurred(x, None), interleaved):
        x = torch.randn(1, 8, 9, 9).contiguous(memory_format=layout)
        assert make(x).is_contiguous(memory_format=layout)


def pictures(network, dtype, mode="const"):
    torch.manual_seed(1)
    ws = network.map(torch.randn(2, network.config.z_dim))
    noises = choose_noises(network.synthesis, 2, mode)
    with torch.inference_mode():
        return PreparedSynthesis(network.synthesis, dtype)(ws, noises)


CONFIGS = [
    {"architecture": "resnet"},
    {"architecture": "orig"},
    {"activation": "linear", "img_channels": 1},
    {"conv_clamp": 0.5},
    {"use_noise": False},
    {"channel_max": 64, "channel_base": 2048},  # scales feature maps rather than weights
    *({"resample_filter": taps, "architecture": "skip"} for taps in KERNELS[1:5]),
    *({"resample_filter": taps, "architecture": "resnet"} for taps in KERNELS[1:]),
]


@pytest.mark.parametrize("few", [0, 256])
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_whole_networks(make_network, as_on_a_card, monkeypatch, config, few):
    network = make_network(**config)
    with monkeypatch.context() as patched:
        patched.setattr(doubling, "on_card", lambda _x: False)
        expected = pictures(network, torch.float32)
    as_on_a_card(few)
    found = pictures(network, torch.float32)
    assert not torch.equal(found, expected)  # another way was taken
    assert (found - expected).abs().max() < 2e-5 * expected.std()


@pytest.mark.parametrize("few", [0, 256])
def test_short_types_are_as_close_as_before(make_network, as_on_a_card, monkeypatch, few):
    network = make_network(conv_clamp=256.0, channel_max=64, channel_base=2048)
    exact = pictures(network, torch.float32)
    with monkeypatch.context() as patched:
        patched.setattr(doubling, "on_card", lambda _x: False)
        before = pictures(network, torch.float16) - exact
    as_on_a_card(few)
    after = pictures(network, torch.float16) - exact
    assert after.square().mean().sqrt() < 1.5 * before.square().mean().sqrt()


def test_weights_that_changed(make_network, as_on_a_card):
    network = make_network()
    chain = PreparedSynthesis(network.synthesis)
    twin = chain.of_twin(network.synthesis)
    names = ["b16.conv0.weight", "b16.conv0.bias"]
    for name in names:
        network.synthesis.get_parameter(name).data.add_(0.5)
    twin.lay_out_again(names)
    ws, noises = network.map(torch.randn(1, 8)), choose_noises(network.synthesis, 1, "const")
    with torch.inference_mode():
        found = twin(ws, noises)
        assert torch.equal(found, PreparedSynthesis(network.synthesis)(ws, noises))
        assert not torch.equal(found, chain(ws, noises))


@pytest.fixture
def as_with_tiles(monkeypatch):
    """Of any type, as no two short ones round alike."""
    monkeypatch.setattr(doubling, "multiplies_tiles", lambda _dtype: True)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_whole_networks_on_processors_with_tiles(make_network, monkeypatch, config):
    network = make_network(**config)
    expected = pictures(network, torch.float32)
    monkeypatch.setattr(doubling, "multiplies_tiles", lambda _dtype: True)
    found = pictures(network, torch.float32)
    can_hold = len(config.get("resample_filter", (1, 3, 3, 1))) <= 4
    assert torch.equal(found, expected) != can_hold
    assert (found - expected).abs().max() < 2e-5 * expected.std()


def test_layers_on_their_way_hold_the_blur(make_network, as_with_tiles):
    ours, theirs = make_network(), make_network(seed=1)
    half = copy.deepcopy(ours.synthesis)
    for x, end in zip(half.parameters(), theirs.synthesis.parameters(), strict=True):
        x.data.lerp_(end.data, 0.5)
    chain = PreparedSynthesis(theirs.synthesis)
    for step in chain.steps:
        chain.take(step.name, chain.blend(ours.synthesis, step.name), 0.5)
    exact = PreparedSynthesis(half)
    ws, noises = ours.map(torch.randn(1, 8)), choose_noises(ours.synthesis, 1, "none")
    for made in (chain, exact):
        made._const = exact._const  # which has no styles, and is laid out where it moves
    with torch.inference_mode():
        found, expected = chain(ws, noises), exact(ws, noises)
    assert (found - expected).abs().max() < 1e-4 * expected.std()


def test_the_processor_keeps_its_way(make_network):
    chain = PreparedSynthesis(make_network().synthesis)
    assert not any(isinstance(block.blur, HeldBlur) for block in chain._blocks.values())
