"""AdaIN from the two published files: which files they are, what they paint, what is refused."""

from __future__ import annotations

import pytest
import safetensors.torch
import torch
from torch import nn

import stylestudio as ss
from stylestudio.networks.adain import AdaINDecoder, AdaINEncoder, adapt, statistics

NARROW = (4, 6, 8, 12)


def published_encoder(a, b, c, d):
    """The whole published file: VGG-19 up to relu5_4, far more than AdaIN uses."""
    layers, before = [nn.Conv2d(3, 3, 1)], 3
    for group in ((a, a), (b, b), (c,) * 4, (d,) * 4, (d,) * 4):
        if before != 3:
            layers.append(nn.MaxPool2d(2, 2, 0, ceil_mode=True))
        for width in group:
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(before, width, 3), nn.ReLU()]
            before = width
    return nn.Sequential(*layers)


def published_decoder(a, b, c, d):
    layers, before = [], d
    for group in ((c,), (c, c, c, b), (b, a), (a, 3)):
        if layers:
            layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
        for width in group:
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(before, width, 3), nn.ReLU()]
            before = width
    return nn.Sequential(*layers[:-1])


@pytest.fixture(scope="session")
def halves():
    """Narrow networks in the layout of the published files, all weights random."""
    torch.manual_seed(11)
    encoder, decoder = published_encoder(*NARROW), published_decoder(*NARROW)
    for layer in (*encoder, *decoder[:-1]):
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    decoder[-1].weight.data *= 10  # so that pictures fill 0..1
    nn.init.constant_(decoder[-1].bias, 0.5)
    return encoder.requires_grad_(False), decoder.requires_grad_(False)


@pytest.fixture(scope="session")
def files(halves, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adain")
    paths = folder / "vgg_normalised.pth", folder / "decoder.pth"
    for path, network in zip(paths, halves, strict=True):
        torch.save(network.state_dict(), path)
    return paths


@pytest.fixture
def model(files):
    return ss.open_styles(*files)


def by_the_paper(halves, picture, painting, alpha=1.0):
    encoder, decoder = halves
    encoder = encoder[:31]
    seen, manner = encoder(picture), encoder(painting)
    means = [x.mean((2, 3), keepdim=True) for x in (seen, manner)]
    deviations = [(x.var((2, 3), keepdim=True) + 1e-5).sqrt() for x in (seen, manner)]
    adapted = (seen - means[0]) / deviations[0] * deviations[1] + means[1]
    return decoder(alpha * adapted + (1 - alpha) * seen).clamp(0, 1)


@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_pictures_are_painted_as_the_paper_says(alpha, model, halves, pictures):
    picture, painting = pictures(1, 32, 40), 1 - pictures(1, 48, 33)
    painted = model.stylize(picture, embedding=model.embed(painting), strength=alpha)
    expected = by_the_paper(halves, picture, painting, alpha)
    torch.testing.assert_close(painted, expected, rtol=0, atol=1e-5)
    assert (painted - picture).abs().max() > 0.1


def test_the_style_is_the_mean_and_deviation_of_relu4_1(model, halves, pictures):
    painting = pictures(1, 48, 33)
    assert model.can_embed
    assert model.names == ()
    features = halves[0][:31](painting)[0].flatten(1)
    expected = torch.cat([features.mean(1), (features.var(1) + 1e-5).sqrt()])
    torch.testing.assert_close(model.embed(painting), expected, rtol=0, atol=1e-6)


def test_the_files_open_in_any_order_and_form(files, model, tmp_path, pictures):
    forms = [files[::-1]]
    states = [torch.load(path) for path in files]
    for path, state in zip(("x.safetensors", "y.safetensors"), states, strict=True):
        safetensors.torch.save_file(state, tmp_path / path)
    forms.append((tmp_path / "x.safetensors", tmp_path / "y.safetensors"))
    torch.save({"state_dict": states[1]}, tmp_path / "z.pth")
    forms.append((tmp_path / "z.pth", files[0]))
    embedding = model.embed(pictures(1, 40, 40))
    expected = model.stylize(pictures(), embedding=embedding)
    for form in forms:
        opened = ss.open_styles(*form)
        assert torch.equal(opened.embed(pictures(1, 40, 40)), embedding)
        assert torch.equal(opened.stylize(pictures(), embedding=embedding), expected)


def test_no_strength_leaves_the_picture(model, pictures):
    embedding = model.embed(pictures(1, 40, 40) / 4)
    assert torch.equal(model.stylize(pictures(), embedding=embedding, strength=0), pictures())


@pytest.mark.parametrize("size", [(1, 1), (9, 33), (17, 24)])
@pytest.mark.parametrize("padding", ["reflect", "zeros"])
def test_any_size_is_kept(size, padding, model, pictures):
    embedding = model.embed(pictures(1, 40, 40))
    painted = model.stylize(pictures(2, *size), embedding=embedding, padding=padding)
    assert painted.shape == (2, 3, *size)
    assert painted.isfinite().all()


def test_adapted_features_have_the_statistics_of_the_style():
    content, style = torch.randn(2, 5, 8, 9) * 3 + 1, torch.randn(2, 5, 6, 4) * 2 - 7
    adapted = adapt(content, statistics(style))
    torch.testing.assert_close(statistics(adapted), statistics(style), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(adapt(content, statistics(content)), content, rtol=1e-5, atol=1e-5)


def test_unscaled_networks_have_the_shapes_of_the_published_files():
    with torch.device("meta"):
        ours = AdaINEncoder().state_dict(), AdaINDecoder().state_dict()
        theirs = published_encoder(64, 128, 256, 512)[:31], published_decoder(64, 128, 256, 512)
    for mine, published in zip(ours, theirs, strict=True):
        shapes = {name: value.shape for name, value in published.state_dict().items()}
        assert {name: value.shape for name, value in mine.items()} == shapes


def refused(paths, *words, error=ss.CheckpointError):
    with pytest.raises(error) as caught:
        ss.open_styles(*paths)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    for word in words:
        assert word in text


def test_halves_that_are_no_pair_are_said(files, folders, halves, tmp_path):
    encoder, decoder = files
    refused([encoder], "vgg_normalised.pth", "decoder", error=ss.StyleError)
    refused([decoder], "decoder.pth", "VGG", error=ss.StyleError)
    refused([decoder, decoder], "not a pair", error=ss.StyleError)
    refused([encoder, encoder, decoder], "not a pair", error=ss.StyleError)
    refused([decoder, folders["predictor"]], "not a pair", error=ss.StyleError)
    refused([folders["transformer"], encoder], "not a pair", error=ss.StyleError)
    other = tmp_path / "wide.pth"
    torch.save(published_decoder(4, 6, 8, 16).state_dict(), other)
    refused([encoder, other], "wide.pth", "not a pair", error=ss.StyleError)


CHANGES = [
    (0, lambda s: {f"features.{name}": value for name, value in s.items()}, "normalised VGG"),
    (0, lambda s: s.pop("29.weight"), "29.weight is missing"),
    (0, lambda s: s.pop("5.bias"), "5.bias is missing"),
    (0, lambda s: s.update({"0.weight": torch.zeros(3, 3, 3, 3)}), "0.weight is (3, 3, 3, 3)"),
    (0, lambda s: s.update({"9.weight": torch.zeros(6)}), "9.weight"),
    (1, lambda s: s["28.bias"].fill_(float("nan")), "not finite"),
    (1, lambda s: s.update({"30.weight": torch.zeros(3, 3, 3, 3)}), "30.weight"),
    (1, lambda s: s.pop("14.weight"), "14.weight is missing"),
]


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(("half", "change", "said"), CHANGES)
def test_weights_of_another_kind_are_said(half, change, said, suffix, files, tmp_path):
    state = torch.load(files[half])
    changed = change(state)
    state = changed if isinstance(changed, dict) else state
    path = tmp_path / f"odd{suffix}"
    if suffix == ".pth":
        torch.save(state, path)
    else:
        safetensors.torch.save_file(state, path)
    refused([path], path.name, said)
