"""Translators and enlargers of every layout, against the same networks as they were published."""

import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

import stylestudio as ss
from stylestudio.checkpoints import write_translator
from stylestudio.networks.translators import ResnetConfig, ResnetTranslator

sys.path.insert(0, str(Path(__file__).parent))
import published_networks as published

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures"


def pictures(height=16, width=24, count=2):
    random = torch.Generator().manual_seed(4)
    return torch.rand(count, 3, height, width, generator=random)


def translated(network, x, *labels):
    with torch.no_grad():
        return (network.forward(x * 2 - 1, *labels) + 1) / 2


TRANSLATORS = {
    "cyclegan": published.cyclegan,
    "cyclegan, nine blocks": lambda: published.cyclegan(9),
    "cyclegan with dropout": lambda: published.cyclegan(dropout=True),
    "cyclegan with old statistics": lambda: published.cyclegan(norm=published.tracked),
    "cyclegan with norms that have weights": lambda: published.cyclegan(
        norm=published.affine, inner="block"
    ),
    "pix2pix's resnet": lambda: published.cyclegan(norm=nn.BatchNorm2d, bias=False),
}


@pytest.mark.parametrize("name", TRANSLATORS)
def test_resnets_translate_as_published(name, tmp_path):
    network = published.shaken(TRANSLATORS[name]())
    torch.save(network.state_dict(), tmp_path / "latest_net_G.pth")
    stage = ss.open_stage(tmp_path / "latest_net_G.pth")
    assert (stage.kind, stage.scale, stage.attributes) == ("translate", 1, ())
    x = pictures()
    torch.testing.assert_close(stage.apply(x), translated(network, x), atol=1e-5, rtol=0)


@pytest.mark.parametrize("norm", [nn.BatchNorm2d, nn.InstanceNorm2d])
def test_unets_translate_as_published(norm, tmp_path):
    network = published.shaken(published.unet(norm))
    torch.save(network.state_dict(), tmp_path / "latest_net_G.pth")
    stage = ss.open_stage(tmp_path / "latest_net_G.pth")
    x = pictures(64, 96)
    expected = translated(network, x.clone())
    torch.testing.assert_close(stage.apply(x), expected, atol=1e-5, rtol=0)


def test_stargan_follows_its_attributes(tmp_path):
    network = published.shaken(published.StarGan())
    torch.save(network.state_dict(), tmp_path / "200000-G.ckpt")
    stage = ss.open_stage(tmp_path / "200000-G.ckpt")
    assert stage.attributes == ("black hair", "blond hair", "brown hair", "male", "young")
    x = pictures()
    labels = torch.tensor([[0, 0.5, 0, 1, 0.0]]).expand(2, -1)
    expected = translated(network, x, labels)
    for given in ({"blond hair": 0.5, "male": 1}, [0, 0.5, 0, 1, 0], labels):
        torch.testing.assert_close(stage.apply(x, given), expected, atol=1e-5, rtol=0)
    assert (stage.apply(x) - expected).abs().max() > 0.01


ENLARGERS = {
    "esrgan": (lambda: published.Rrdb("old"), 4),
    "esrgan x2": (lambda: published.Rrdb("old", doublings=1), 2),
    "real-esrgan": (lambda: published.Rrdb("new", blocks=3), 4),
    "real-esrgan x2": (lambda: published.Rrdb("new", unshuffle=2), 2),
    "real-esrgan x1": (lambda: published.Rrdb("new", unshuffle=4), 1),
    "compact x4": (published.Compact, 4),
    "compact x2": (lambda: published.Compact(5, 2), 2),
}


@pytest.mark.parametrize("name", ENLARGERS)
def test_enlargers_enlarge_as_published(name, tmp_path):
    build, scale = ENLARGERS[name]
    network = published.shaken(build())
    wrapped = {"params": {}, "params_ema": network.state_dict()}
    torch.save(wrapped if "real" in name else network.state_dict(), tmp_path / "x.pth")
    stage = ss.open_stage(tmp_path / "x.pth")
    assert (stage.kind, stage.scale) == ("upscale", scale)
    x = pictures(12, 20)
    with torch.no_grad():
        expected = network(x).clamp(0, 1)
    assert expected.shape[2:] == (12 * scale, 20 * scale)
    torch.testing.assert_close(stage.apply(x), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("doublings", [1, 2])
def test_the_oldest_names_of_esrgan(doublings, tmp_path):
    network = published.shaken(published.Rrdb("old", doublings=doublings))
    torch.save(published.oldest(network.state_dict(), doublings), tmp_path / "x.pth")
    x = pictures()
    with torch.no_grad():
        expected = network(x).clamp(0, 1)
    torch.testing.assert_close(
        ss.open_stage(tmp_path / "x.pth").apply(x), expected, atol=1e-5, rtol=0
    )


def save(network, path):
    torch.save(published.shaken(network).state_dict(), path)
    return ss.open_stage(path)


def test_sides_that_cannot_be_halved_keep_their_size(tmp_path):
    x = pictures(13, 19)
    assert save(published.cyclegan(), tmp_path / "a.pth").apply(x).shape == x.shape
    assert save(published.unet(), tmp_path / "b.pth").apply(x).shape == x.shape
    large = save(published.Rrdb("new", unshuffle=2), tmp_path / "c.pth").apply(x)
    assert large.shape == (2, 3, 26, 38)


def test_tiles_join_without_a_seam(tmp_path, monkeypatch):
    stage = save(published.Compact(2, 2), tmp_path / "x.pth")
    x = pictures(50, 70)
    whole = stage.apply(x)
    monkeypatch.setattr("stylestudio.render.picture_networks.TILE", 20)
    torch.testing.assert_close(stage.apply(x), whole, atol=1e-6, rtol=0)


def test_strength_leads_from_the_picture_to_the_network(tmp_path):
    x = pictures()
    stage = save(published.cyclegan(), tmp_path / "x.pth")
    assert torch.equal(stage.apply(x, strength=0), x)
    half = (x + stage.apply(x)) / 2
    torch.testing.assert_close(stage.apply(x, strength=0.5), half, atol=1e-6, rtol=0)
    enlarger = save(published.Compact(2, 2), tmp_path / "y.pth")
    assert enlarger.apply(x, strength=0).shape == enlarger.apply(x).shape


def test_what_a_stage_cannot_take_is_one_sentence(tmp_path):
    stage = save(published.cyclegan(), tmp_path / "x.pth")
    star = save(published.StarGan(3), tmp_path / "y.pth")
    assert star.attributes == ("1", "2", "3")
    x = pictures()
    for call, sentence in (
        (lambda: stage.apply(x[0]), "takes pictures as float"),
        (lambda: stage.apply((x * 255).byte()), "not uint8"),
        (lambda: stage.apply(x, strength=2), "between 0 and 1"),
        (lambda: stage.apply(x, [1]), "has no attributes"),
        (lambda: star.apply(x, {"hat": 1}), "no attribute hat; it has: 1, 2, 3"),
        (lambda: star.apply(x, [1, 2]), "takes 3 finite amounts"),
        (lambda: star.apply(x, [1, 2, float("nan")]), "takes 3 finite amounts"),
        (lambda: stage.apply(x * float("nan")), "undefined values"),
    ):
        with pytest.raises(ss.StageError, match=sentence):
            call()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: {n: v for n, v in s.items() if n != "model.4.weight"}, "model.4.weight is miss"),
        (lambda s: s | {"model.1.bias": torch.full((published.W,), torch.inf)}, "not finite"),
        (lambda s: {"anything": torch.ones(2)}, "holds no network that StyleStudio can apply"),
        (lambda s: {}, "holds no network that StyleStudio can apply"),
    ],
)
def test_other_files_are_named(change, sentence, tmp_path):
    network = published.shaken(published.cyclegan())
    torch.save(change(network.state_dict()), tmp_path / "other.pth")
    with pytest.raises(ss.CheckpointError, match=sentence) as caught:
        ss.open_stage(tmp_path / "other.pth")
    assert str(caught.value).startswith("other.pth ")


@pytest.mark.shared
@pytest.mark.parametrize(
    "file", ["cyclegan_net_G_A.pth", "pix2pix_unet.pth", "stargan_200000-G.ckpt", "esrgan_x4.pth"]
)
def test_reference_files_give_their_pictures(file):
    path = SHARED / file
    if not path.exists():
        pytest.skip("the reference networks are not here")
    known = np.load(path.with_suffix(".npz"))
    stage = ss.open_stage(path)
    found = stage.apply(known["x"], known.get("c")).numpy()
    y = known["y"] if stage.kind == "upscale" else (known["y"] + 1) / 2
    assert np.abs(found - y.clip(0, 1)).max() < 1e-4


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_a_written_translator_is_one_as_published(suffix, tmp_path):
    width = published.W
    config = ResnetConfig((width, 2 * width, 4 * width), 2, "instance")
    network, path = ResnetTranslator(config).eval(), tmp_path / f"mine_net_G_A.{suffix}"
    write_translator(path, network)
    theirs = published.cyclegan(blocks=2)
    theirs.load_state_dict(
        torch.load(path, weights_only=True)
        if suffix == "pth"
        else safetensors.torch.load_file(path)
    )
    x = pictures()
    expected = translated(network, x)
    torch.testing.assert_close(translated(theirs, x), expected)
    torch.testing.assert_close(ss.open_stage(path).apply(x), expected, atol=1e-4, rtol=0)
