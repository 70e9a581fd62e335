"""Directions and edits of generators of every family."""

import copy

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.editing import find_directions
from stylestudio.editing.sheets import SheetChoice, make_sheet
from stylestudio.networks import progan, stylegan1, stylegan3
from stylestudio.render import compose_ws, style_channels

LAYER = {"in_channels": 8, "in_size": 32, "out_size": 32, "kernel": 1, "up": 1, "down": 1}
FILTERS = {"up_taps": 1, "down_taps": 1}


@pytest.fixture
def opened(tmp_path):
    def open_(network):
        write_safetensors(tmp_path / "model.safetensors", network.eval(), name="model")
        return ss.open_model(tmp_path / "model.safetensors", device="cpu")

    torch.manual_seed(0)
    return open_


def stylegan_1():
    config = stylegan1.StyleGAN1Config(
        img_resolution=16, channels=(8, 8, 4), z_dim=8, w_dim=8, mapping_layers=2
    )
    return stylegan1.Generator(config)


def stylegan_3():
    layers = tuple(
        stylegan3.LayerConfig(out_channels=outputs, **LAYER, **FILTERS) for outputs in (8, 3)
    )
    config = stylegan3.StyleGAN3Config(layers=layers, z_dim=8, w_dim=8, input_rate=32.0)
    return stylegan3.Generator(config)


@pytest.mark.parametrize("make", [stylegan_1, stylegan_3])
@pytest.mark.parametrize("method", ["pca", "sefa"])
def test_directions_of_some_layers_move_these(opened, make, method, tmp_path):
    model = opened(make())
    found = find_directions(model, method, 2, [0, 2], samples=500, folder=tmp_path / "kept")
    assert found.names[0].endswith("0, 2, 1")
    recipe = ss.Recipe.from_seed(1, model)
    plain = compose_ws(model, recipe).numpy()
    moved = compose_ws(model, recipe.edit(found.edit(found.names[0], 3.0))).numpy()
    rows = (moved != plain).any(1)
    assert np.flatnonzero(rows).tolist() == [0, 2]


def test_a_model_without_w_has_none_and_is_not_moved(opened, tmp_path):
    model = opened(
        progan.Generator(progan.ProGANConfig(img_resolution=8, channels=(8, 4), z_dim=8))
    )
    with pytest.raises(ss.DirectionError, match="model has no W space"):
        find_directions(model, "sefa", folder=tmp_path / "kept")
    recipe = ss.Recipe.from_seed(1, model)
    for kind, lack in (("psi", "W to mix"), ("mixing", "W to mix"), ("noise", "noise to draw")):
        with pytest.raises(ss.DirectionError, match=f"model has no {lack}"):
            make_sheet(kind, model, recipe, SheetChoice())
    edited = recipe.edit(ss.Edit.from_array("a", np.ones(8), 2.0))
    assert (compose_ws(model, edited) == compose_ws(model, recipe)).all()
    (amount,) = [p for p in ss.parameters(model, edited) if p.path == "edits.a.amount"]
    assert "no W space" in amount.available(model)


@pytest.mark.parametrize("make", [stylegan_1, stylegan_3])
def test_style_channels_are_found_and_moved(opened, make):
    network = make()
    last = network.synthesis.get_submodule(network.synthesis.steps[-1].name)
    last.weight.data *= 3  # so that little shows in 8 bits
    if make is stylegan_3:  # its scene is where it was trained to be
        network.synthesis.input.transform.copy_(torch.eye(3))
        network.synthesis.input.phases.uniform_()
    model = opened(network)
    recipe = ss.Recipe.from_seed(1, model)
    found = ss.editing.find_channels(model, recipe, count=3, layers=[1, 2])
    before = ss.render(model, recipe)
    for edit in found:
        assert style_channels(model)[edit.channels[0].layer] > edit.channels[0].channel
        assert (ss.render(model, recipe.edit(edit, 5.0)) != before).any()
    with torch.no_grad():  # what a row with an offset gives, a shifted bias gives too
        (channel,) = found.edit(found.names[0]).channels
        ws = compose_ws(model, recipe)[None]
        network = copy.deepcopy(model.network)
        network.synthesis.get_submodule(channel.layer).affine.bias.data[channel.channel] += (
            5.0 * channel.offset
        )
        meant = (network.synthesize(ws)[0] * 127.5 + 128).clamp(0, 255).byte().permute(1, 2, 0)
    shown = ss.render(model, recipe.edit(found.edit(found.names[0]), 5.0))
    assert np.abs(shown.astype(int) - meant.numpy().astype(int)).max() <= 1
