"""The style transfer networks: sizes, counts, formulas, blending."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from stylestudio.networks.cin import CINNetwork, CINTransformer
from stylestudio.networks.cin_prepared import PreparedCIN
from stylestudio.networks.johnson import TransformerNet
from stylestudio.networks.predictors import EmbeddedTransformer
from stylestudio.networks.separable import MagentaTransformer, WhatsyourfaceTransformer
from stylestudio.networks.style_layers import instance_norm

SIZES = [(1, 1), (3, 5), (8, 8), (9, 31), (25, 40), (42, 27)]
NARROW = (4, 6, 8)


@pytest.fixture(autouse=True)
def exact():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def shaken(network: nn.Module, amount: float = 0.2) -> nn.Module:
    """The network with random weights, all of which matter."""
    for value in network.state_dict().values():
        value.add_(torch.randn(value.shape).abs() * amount)
    return network.eval()


@pytest.mark.parametrize(
    ("width", "convolutions", "style"),
    [(1.0, 1_674_432, 3206), (0.5, 422_496, 1606), (0.25, 107_568, 806)],
)
def test_the_cin_network_has_as_many_weights_as_published(width, convolutions, style):
    network = CINNetwork(3, width)
    assert sum(p.numel() for p in network.transformer.parameters()) == convolutions
    assert sum(p.numel() for p in network.tables.parameters()) == 3 * style


def published_cin(state: dict[str, torch.Tensor], x, gammas, betas, mode: str):
    """The network of Dumoulin et al., layer by layer, for pictures whose sides divide by 4."""
    layer = iter(range(len(gammas)))

    def conv(x, name, stride=1):
        weight = state[f"{name}.weight"]
        return F.conv2d(F.pad(x, [weight.shape[-1] // 2] * 4, mode=mode), weight, stride=stride)

    def norm(x):
        i = next(layer)
        mean = x.mean((2, 3), keepdim=True)
        variance = (x - mean).square().mean((2, 3), keepdim=True)
        x = (x - mean) / (variance + 1e-5).sqrt()
        return gammas[i][:, :, None, None] * x + betas[i][:, :, None, None]

    x = norm(conv(x, "contract.0")).relu()
    x = norm(conv(x, "contract.1", 2)).relu()
    x = norm(conv(x, "contract.2", 2)).relu()
    for block in range(5):
        y = norm(conv(x, f"body.residual.{2 * block}")).relu()
        x = x + norm(conv(y, f"body.residual.{2 * block + 1}"))
    for i in range(2):
        x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
        x = norm(conv(x, f"body.expand.{i}")).relu()
    return norm(conv(x, "body.last")).sigmoid()


@pytest.mark.parametrize("padding", ["reflect", "zeros"])
def test_the_cin_network_is_the_published_one(padding):
    network = shaken(CINTransformer(0.25))
    widths = [8, 16, 32, *[32] * 10, 16, 8, 3]
    gammas = [torch.randn(2, width) for width in widths]
    betas = [torch.randn(2, width) for width in widths]
    images = torch.rand(2, 3, 16, 24)
    mode = "reflect" if padding == "reflect" else "constant"
    expected = published_cin(network.state_dict(), images, gammas, betas, mode)
    found = network(images, torch.cat([*gammas, *betas], 1), padding)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(8, 8), (9, 31), (42, 27), (64, 48)])
@pytest.mark.parametrize("width", [0.25, 0.5])
def test_laid_out_for_repainting_it_paints_the_same(size, width):
    network = shaken(CINTransformer(width))
    affines = torch.randn(2, 2 * sum(network.norm_channels))
    images = torch.rand(2, 3, *size)
    expected = network(images, affines)
    found = PreparedCIN(network, torch.float32)(images, affines)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def test_instance_norm_gives_each_channel_the_mean_and_deviation_of_the_style():
    gamma, beta = torch.rand(2, 4) + 0.5, torch.randn(2, 4)
    deviation, mean = torch.std_mean(
        instance_norm(torch.randn(2, 4, 9, 7) * 5 + 3, gamma, beta), (2, 3), correction=0
    )
    torch.testing.assert_close(mean, beta, rtol=0, atol=1e-5)
    torch.testing.assert_close(deviation, gamma, rtol=1e-4, atol=0)


def test_one_hot_weights_are_that_style_exactly_and_blends_are_blended_tables():
    network = shaken(CINNetwork(3, 0.25))
    images = torch.rand(3, 3, 12, 20)
    rows = network.tables.rows()
    single = torch.cat([network.transformer(images[i : i + 1], rows[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(network(images, torch.eye(3)), single, rtol=0, atol=1e-6)
    assert torch.equal(torch.eye(3) @ rows, rows)
    weights = torch.tensor([0.2, 0.5, 0.3])
    blend = 0.2 * rows[0] + 0.5 * rows[1] + 0.3 * rows[2]
    torch.testing.assert_close(
        network(images[:1], weights[None]),
        network.transformer(images[:1], blend[None]),
        rtol=0,
        atol=1e-5,
    )


def test_a_style_can_be_learnt_with_the_convolutions_left_alone():
    network = CINNetwork(2, 0.25)
    network.transformer.requires_grad_(False)
    with torch.enable_grad():
        network(torch.rand(1, 3, 8, 8), torch.tensor([[0.0, 1.0]])).sum().backward()
    assert network.tables.gamma.grad[0].abs().max() == 0
    assert network.tables.gamma.grad[1].abs().max() > 0


def networks():
    yield "cin", shaken(CINTransformer(0.25))
    yield "magenta", shaken(MagentaTransformer(NARROW))
    yield "whatsyourface", shaken(WhatsyourfaceTransformer(NARROW))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("padding", ["reflect", "zeros"])
def test_pictures_keep_their_size_and_range(size, padding):
    for name, network in networks():
        affines = torch.randn(2, 2 * sum(network.norm_channels))
        found = network(torch.rand(2, 3, *size), affines, padding)
        assert found.shape == (2, 3, *size), name
        assert found.isfinite().all(), name
        assert 0 <= found.min() <= found.max() <= 1, name
    fixed = shaken(TransformerNet(NARROW))(torch.rand(2, 3, *size), padding)
    assert fixed.shape == (2, 3, *size)
    assert 0 <= fixed.min() <= fixed.max() <= 1


@pytest.mark.parametrize("kind", [MagentaTransformer, WhatsyourfaceTransformer])
def test_blending_embeddings_is_blending_the_tables_they_make(kind):
    network = shaken(EmbeddedTransformer(kind(NARROW), 7))
    a, b = torch.randn(2, 1, 7)
    images = torch.rand(1, 3, 16, 16)
    mixed = network(images, 0.3 * a + 0.7 * b)
    tables = 0.3 * network.heads(a) + 0.7 * network.heads(b)
    torch.testing.assert_close(mixed, network.transformer(images, tables), rtol=0, atol=1e-5)


class PublishedLayer(nn.Module):
    def __init__(self, before, after, kernel, stride=1, up=False):
        super().__init__()
        self.up = up
        self.pad = nn.ReflectionPad2d(kernel // 2)
        self.conv2d = nn.Conv2d(before, after, kernel, stride)

    def forward(self, x):
        return self.conv2d(self.pad(F.interpolate(x, scale_factor=2) if self.up else x))


class PublishedResidual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.in1 = (
            PublishedLayer(width, width, 3),
            nn.InstanceNorm2d(width, affine=True),
        )
        self.conv2, self.in2 = (
            PublishedLayer(width, width, 3),
            nn.InstanceNorm2d(width, affine=True),
        )

    def forward(self, x):
        return x + self.in2(self.conv2(self.in1(self.conv1(x)).relu()))


class PublishedNet(nn.Module):
    """fast_neural_style's network as its description says, of library layers, for 0..255."""

    def __init__(self, a, b, c):
        super().__init__()
        layers = {"conv1": (3, a, 9), "conv2": (a, b, 3, 2), "conv3": (b, c, 3, 2)}
        layers |= {"deconv1": (c, b, 3, 1, True), "deconv2": (b, a, 3, 1, True)}
        for i, (name, sizes) in enumerate(layers.items(), 1):
            setattr(self, name, PublishedLayer(*sizes))
            setattr(self, f"in{i}", nn.InstanceNorm2d(sizes[1], affine=True))
        for i in range(1, 6):
            setattr(self, f"res{i}", PublishedResidual(c))
        self.deconv3 = PublishedLayer(a, 3, 9)

    def forward(self, x):
        for i in (1, 2, 3):
            x = getattr(self, f"in{i}")(getattr(self, f"conv{i}")(x)).relu()
        for i in range(1, 6):
            x = getattr(self, f"res{i}")(x)
        for i in (1, 2):
            x = getattr(self, f"in{i + 3}")(getattr(self, f"deconv{i}")(x)).relu()
        return self.deconv3(x)


def test_the_network_of_fast_neural_style_is_the_described_one():
    described = PublishedNet(*NARROW).eval()
    for value in described.state_dict().values():
        value.add_(torch.randn(value.shape) * 0.1)
    network = TransformerNet(NARROW)
    network.load_state_dict(described.state_dict(), strict=True)
    images = torch.rand(2, 3, 16, 24)
    expected = described(images * 255).clamp(0, 255) / 255
    torch.testing.assert_close(network(images), expected, rtol=0, atol=1e-5)
