from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from stylestudio.networks import stylegan3
from stylestudio.networks.stylegan3 import LayerConfig, StyleGAN3Config, placement
from stylestudio.networks.stylegan3.layers import downsample_filtered, upsample_filtered


def low_pass(count: int, rate: float) -> torch.Tensor:
    """Windowed sinc of `count` taps that keeps frequencies below 1 / (2 * rate)."""
    n = torch.arange(count) - (count - 1) / 2
    taps = torch.sinc(n / rate) * torch.hann_window(count + 2, periodic=False)[1:-1]
    return taps / taps.sum()


def generator(**changes):
    """A 32-pixel generator without any randomness between tests."""
    torch.manual_seed(0)
    sizes = [(52, 52, 2, 2), (52, 32, 2, 2), (32, 32, 1, 1)]
    widths = [8, 8, 8, 3]
    layers = tuple(
        LayerConfig(
            in_channels=widths[i],
            out_channels=widths[i + 1],
            in_size=in_size,
            out_size=out_size,
            kernel=1,
            up=up,
            down=down,
            up_taps=6 * up if up > 1 else 1,
            down_taps=6 * down if down > 1 else 1,
        )
        for i, (in_size, out_size, up, down) in enumerate(sizes)
    )
    settings = {"z_dim": 8, "w_dim": 8, "input_rate": 32.0, **changes}
    network = stylegan3.Generator(StyleGAN3Config(layers=layers, **settings))
    for name, tensor in network.named_buffers():
        if name.endswith("_filter"):
            tensor.copy_(low_pass(tensor.shape[0], 2.0))
    network.synthesis.input.transform.copy_(torch.eye(3))
    network.synthesis.input.affine.weight.data.zero_()
    network.synthesis.input.affine.bias.data.copy_(torch.tensor([1.0, 0, 0, 0]))
    return network.eval().requires_grad_(False)


def render(network, ws, transform=None):
    synthesis = network.synthesis
    state = synthesis.initial_state(len(ws), transform)
    for step in synthesis.steps:
        state = synthesis.run_step(step, state, ws[:, step.ws_index], None)
    return state.img


@pytest.mark.parametrize("up", [1, 2, 4])
@pytest.mark.parametrize("padding", [(9, 8), (-3, -6), (0, 0), (14, 2)])
def test_upsampling_equals_zeros_between_samples_then_convolution(up, padding):
    x = torch.randn(2, 3, 24, 22, dtype=torch.float64)
    taps = torch.randn(12, dtype=torch.float64)
    spread = x.new_zeros(2, 3, 24 * up, 22 * up)
    spread[:, :, ::up, ::up] = x
    spread = F.pad(spread, (*padding, *padding))
    kernel = (torch.outer(taps, taps) * up**2).flip(0, 1).expand(3, 1, -1, -1)
    expected = F.conv2d(spread, kernel, groups=3)
    torch.testing.assert_close(upsample_filtered(x, taps, up, padding), expected)


def test_separable_and_full_downsampling_agree():
    x, taps = torch.randn(2, 3, 40, 30), low_pass(12, 2.0)
    full = downsample_filtered(x, torch.outer(taps, taps), 2)
    torch.testing.assert_close(downsample_filtered(x, taps, 2), full, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((36, 36, 3, 2), (9, 8)),
        ((36, 52, 3, 4), (-6, -9)),
        ((1044, 1024, 3, 2), (-11, -12)),
        ((36, 36, 1, 2), (11, 10)),
        ((36, 52, 1, 4), (-2, -5)),
        ((1044, 1024, 1, 2), (-9, -10)),
    ],
)
def test_paddings_are_those_of_the_paper(sizes, expected):
    in_size, out_size, kernel, up = sizes
    layer = LayerConfig(
        in_channels=1,
        out_channels=1,
        in_size=in_size,
        out_size=out_size,
        kernel=kernel,
        up=up,
        down=2,
        up_taps=6 * up,
        down_taps=12,
    )
    assert layer.padding == expected


def test_the_chain_gives_what_synthesize_gives():
    network = generator()
    ws = network.map(torch.randn(2, 8))
    assert ws.shape == (2, 4, 8)
    assert [step.name for step in network.synthesis.steps] == [
        "input",
        "L0_52_8",
        "L1_32_8",
        "L2_32_3",
    ]
    picture = network.synthesize(ws)
    assert picture.shape == (2, 3, 32, 32)
    assert torch.equal(render(network, ws), picture)
    assert torch.equal(network.synthesize(ws, noise_mode="none"), picture)


def test_a_picture_does_not_depend_on_its_neighbours_in_the_batch():
    network = generator()
    ws = network.map(torch.randn(2, 8) * torch.tensor([[1.0], [30.0]]))
    torch.testing.assert_close(network.synthesize(ws)[:1], network.synthesize(ws[:1]))


def inner(picture, cut=4):
    return picture[..., cut:-cut, cut:-cut]


def test_placement_moves_the_scene_right_and_down_by_picture_widths():
    network = generator()
    ws = network.map(torch.randn(1, 8))
    still = render(network, ws)
    pixel = 1 / 32
    for x, y in ((3, 0), (0, 2), (-2, 4)):
        moved = render(network, ws, placement(x * pixel, y * pixel)[None])
        error = (inner(moved, 6) - inner(still.roll((y, x), (2, 3)), 6)).abs().max()
        assert error < 0.05 * still.std()


def test_placement_turns_the_scene():
    network = generator()
    ws = network.map(torch.randn(1, 8))
    still = render(network, ws)
    turned = render(network, ws, placement(turns=0.25)[None])
    error = (turned - still.rot90(1, (2, 3))).abs().max()
    assert error < 0.05 * still.std()
    whole = render(network, ws, placement(turns=1.0)[None])
    torch.testing.assert_close(whole, still, rtol=0, atol=1e-4)


def test_placement_is_the_way_back():
    x, y, turns = 0.3, -0.2, 0.1
    angle = turns * 2 * math.pi
    there = torch.tensor(
        [[math.cos(angle), math.sin(angle), x], [-math.sin(angle), math.cos(angle), y], [0, 0, 1]]
    )
    torch.testing.assert_close(placement(x, y, turns) @ there, torch.eye(3))


def test_no_layer_has_noise():
    synthesis = generator().synthesis
    assert not any(step.has_noise for step in synthesis.steps)
    with pytest.raises(ValueError, match="no noise"):
        synthesis.noise_const(synthesis.steps[1])


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"layers": ()}, "layer"), ({"z_dim": 0}, "z_dim"), ({"input_rate": 3.0}, "bandwidth")],
    ids=str,
)
def test_configs_that_make_no_sense(changes, said):
    settings = {"layers": generator().config.layers, **changes}
    with pytest.raises(ValueError, match=said):
        StyleGAN3Config(**settings)
