"""Feature networks: what they read from files, and what the losses made of them tell."""

from __future__ import annotations

import pytest
import safetensors.torch
import torch
from torch import nn

from stylestudio.checkpoints import CheckpointError, read_features
from stylestudio.networks.feature_nets import JoinedFeatures, MultiscaleFilters
from stylestudio.transfer.losses import (
    content_loss,
    painting_statistics,
    statistics,
    style_loss,
    total_variation,
)
from stylestudio.transfer.procedural import paint_procedural

PICTURES = torch.rand(2, 3, 64, 72, generator=torch.Generator().manual_seed(0))
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def tiny_vgg(convs=(1, 1, 2, 1, 1)):
    """torchvision's layout with few channels: convolutions and rectifiers, a pool a block."""
    torch.manual_seed(1)
    layers, channels = [], 3
    for block, count in enumerate(convs):
        for _ in range(count):
            layers += [nn.Conv2d(channels, 4 + block, 3, padding=1), nn.ReLU()]
            channels = 4 + block
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def saved_vgg(path, **config):
    features = tiny_vgg(**config)
    state = {f"features.{name}": value for name, value in features.state_dict().items()}
    torch.save(state | {"classifier.0.weight": torch.zeros(2, 2)}, path)
    return features


def test_the_layers_of_a_vgg_are_those_of_the_file(tmp_path):
    plain = saved_vgg(tmp_path / "vgg.pth")
    found = read_features(tmp_path / "vgg.pth")(PICTURES)
    assert [maps.shape[1] for maps in found.style] == [4, 5, 6, 7]
    assert [maps.shape[2] for maps in found.style] == [64, 32, 16, 8]
    x = (PICTURES - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    # Away from the border, where padding differs, and up to the first pool.
    inside = plain[:2](x)[..., 1:-1, 1:-1]
    torch.testing.assert_close(found.style[0][..., 1:-1, 1:-1], inside, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.content, found.style[2])


def test_batch_normalisation_is_worked_into_darknets_convolutions(tmp_path):
    torch.manual_seed(2)
    shapes = [
        (4, 3, 3),
        (6, 4, 3),
        (3, 6, 1),
        (8, 3, 3),
        (3, 8, 1),
        (8, 3, 3),
        (4, 8, 1),
        (9, 4, 3),
    ]
    state, first = {}, None
    for number, (out, ins, kernel) in enumerate(shapes, 1):
        conv, norm = nn.Conv2d(ins, out, kernel, bias=False), nn.BatchNorm2d(out, eps=1e-3)
        norm.load_state_dict({k: torch.rand(v.shape) + 0.5 for k, v in norm.state_dict().items()})
        state[f"conv{number}.weight"] = conv.weight.detach()
        state |= {f"bn{number}.{k}": v for k, v in norm.state_dict().items() if v.ndim}
        first = first or nn.Sequential(conv, norm.eval(), nn.LeakyReLU(0.1))
    safetensors.torch.save_file(state, tmp_path / "dark.safetensors")
    found = read_features(tmp_path / "dark.safetensors")(PICTURES)
    expected = first(PICTURES)
    torch.testing.assert_close(found.style[0][..., 1:-1, 1:-1], expected, rtol=0, atol=1e-4)


@pytest.mark.shared
def test_a_published_tiny_darknet(pretrained):
    network = read_features(pretrained("tiny_darknet") / "tiny_darknet.safetensors")
    assert [maps.shape[1] for maps in network(PICTURES).style] == [16, 32, 128, 128, 256]


def test_what_is_no_classifier_is_said_in_a_sentence(tmp_path):
    torch.save({"w": torch.zeros(2)}, tmp_path / "a.pth")
    saved_vgg(tmp_path / "short.pth", convs=(1, 1))
    (tmp_path / "b.pth").write_text("hello")
    for name, said in (("a", "no classifier"), ("short", "an incomplete VGG"), ("b", "b.pth")):
        with pytest.raises(CheckpointError, match=said):
            read_features(tmp_path / f"{name}.pth")


def test_the_default_filters_are_the_same_everywhere():
    one, two = MultiscaleFilters(), MultiscaleFilters()
    assert torch.equal(one.filters, two.filters)
    assert not torch.equal(one.filters, MultiscaleFilters(seed=1).filters)


@pytest.fixture(scope="module")
def network():
    return MultiscaleFilters(channels=24)


def test_style_is_what_does_not_change_with_the_place(network):
    """A second sheet of the same style is nearer than any sheet of another."""
    names = ("Woodcut", "Mosaic", "Neon", "Halftone")
    wanted = {name: painting_statistics(network, paint_procedural(name, 160)) for name in names}
    for name in names:
        again = painting_statistics(network, paint_procedural(name, 160, seed=1))
        losses = {other: style_loss(again, wanted[other]).item() for other in names}
        assert min(losses, key=losses.get) == name
    assert style_loss(wanted["Neon"], wanted["Neon"]).item() == 0


def test_style_losses_are_those_of_each_picture(network):
    found = statistics(network(PICTURES).style)
    wanted = painting_statistics(network, PICTURES[0])[torch.zeros(2, dtype=torch.long)]
    first, second = style_loss(found, wanted)
    assert first < 1e-6 < second


def test_content_is_where_things_are_whatever_their_colour(network):
    picture = torch.zeros(1, 3, 64, 64)
    picture[..., 20:40, 10:30] = 0.8
    wanted = network(picture).content
    darker = content_loss(network(picture * 0.5 + 0.1).content, wanted)
    moved = content_loss(network(picture.roll(20, 3)).content, wanted)
    assert darker < 0.02 * moved


def test_several_networks_judge_the_style_and_the_first_the_content():
    first, second = MultiscaleFilters(6, 2), MultiscaleFilters(4, 3, seed=1)
    joined = JoinedFeatures([first, second])(PICTURES)
    assert len(joined.style) == 5
    assert torch.equal(joined.content, first(PICTURES).content)
    assert torch.equal(joined.style[2], second(PICTURES).style[0])


def test_losses_stay_where_the_pictures_are():
    found = statistics([PICTURES.to("meta")])
    assert style_loss(found, found).device.type == "meta"


def test_total_variation_counts_steps():
    stripes = torch.zeros(1, 3, 8, 8)
    stripes[..., ::2] = 1
    torch.testing.assert_close(total_variation(stripes), torch.ones(1))
    assert total_variation(torch.full((1, 3, 8, 8), 0.3)).item() == 0
