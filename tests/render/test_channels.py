"""Style channels move by exactly what edits say, and cost what their layers cost."""

import copy

import msgspec
import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.networks import progan
from stylestudio.networks.stylegan2.layers import FullyConnected, MovedRow, styles_of
from stylestudio.render import Renderer, compose_ws, open_model, style_channels


def of(*channels, amount=1.0, name="a"):
    return ss.ChannelEdit.of(name, channels, amount)


def plain(model):
    return ss.Recipe.from_seed(7, model, truncation_psi=0.7)


@pytest.fixture(scope="module")
def exact(make_model):
    return make_model(seed=2, name="exact", precision="float32")


@pytest.mark.parametrize("layer", ["b4.conv1", "b8.conv0", "b16.torgb", "b32.conv1", "b32.torgb"])
def test_an_edit_is_a_shift_of_the_affine_bias(exact, layer):
    recipe = plain(exact).edit(of((layer, 3, 0.5), amount=2.0))
    network = copy.deepcopy(exact.network)
    network.synthesis.get_submodule(layer).affine.bias.data[3] += 1.0
    with torch.no_grad():
        meant = network.synthesize(compose_ws(exact, plain(exact))[None])[0]
    pixels = ss.render(exact, recipe).astype(int)
    expected = (meant * 127.5 + 128).clamp(0, 255).byte().permute(1, 2, 0).numpy()
    assert np.abs(pixels - expected.astype(int)).max() <= 1
    assert (pixels != ss.render(exact, plain(exact))).any()


def test_a_row_that_is_moved_moves_its_styles():
    affine = FullyConnected(4, 3, bias_init=1.0)
    w, offset = torch.randn(2, 4), torch.tensor([[0.0, 1.5, 0.0]])
    with torch.no_grad():
        assert torch.equal(styles_of(affine, MovedRow(w, offset)), affine(w) + offset)
        assert torch.equal(styles_of(affine, w), affine(w))


def test_nothing_is_moved_by_an_amount_of_0_and_by_a_muted_edit(model):
    pixels = ss.render(model, plain(model))
    still = of(("b8.conv1", 1, 3.0), amount=0.0)
    muted = msgspec.structs.replace(of(("b8.conv1", 1, 3.0), name="b"), muted=True)
    none = msgspec.structs.replace(of(("b8.conv1", 1, 3.0), name="c"), layers=(0.0,) * model.num_ws)
    recipe = plain(model).replace(edits=(still, muted, none))
    assert ss.render(model, recipe).tobytes() == pixels.tobytes()
    renderer = Renderer(model)
    renderer.render(plain(model))
    renderer.render(recipe)
    assert renderer.steps_run == ()


@pytest.mark.parametrize("layer", ["b4.conv1", "b16.conv0", "b32.torgb"])
def test_rendering_restarts_at_the_first_layer_moved(model, layer):
    steps = [step.name for step in model.synthesis.steps]
    renderer = Renderer(model)
    before = renderer.render(plain(model)).pixels
    for amount in (1.0, 2.0):
        edit = of((layer, 0, 3.0), ("b32.torgb", 1, 1.0), amount=amount)
        after = renderer.render(plain(model).edit(edit)).pixels
        assert renderer.steps_run == tuple(steps[steps.index(layer) :])
        assert (after != before).any()
    assert (renderer.render(plain(model)).pixels == before).all()


def test_shares_of_layers_and_several_edits_add_up(model):
    rows = {step.name: step.ws_index for step in model.synthesis.steps}
    shares = [0.0] * model.num_ws
    shares[rows["b16.conv0"]] = 0.5
    both = of(("b16.conv0", 2, 3.0), ("b8.conv1", 1, 3.0), amount=2.0)
    both = msgspec.structs.replace(both, layers=tuple(shares))
    split = plain(model).edit(of(("b16.conv0", 2, 1.0))).edit(of(("b16.conv0", 2, 2.0), name="b"))
    one = ss.render(model, plain(model).edit(both))
    assert one.tobytes() == ss.render(model, split).tobytes()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (of(("b64.conv1", 0, 1.0)), "moves channels of 'b64.conv1', which tiny lacks"),
        (of(("b8.conv1", 16, 1.0)), "in tiny that has 0 to 15"),
    ],
)
def test_channels_that_the_model_lacks_are_said(model, edit, said):
    with pytest.raises(ss.RecipeError, match=said) as caught:
        ss.render(model, plain(model).edit(edit))
    assert len(str(caught.value)) <= 160
    muted = msgspec.structs.replace(edit, muted=True)
    ss.render(model, plain(model).edit(muted))  # nobody asks for it


def test_a_model_without_styles_has_no_channels(tmp_path):
    network = progan.Generator(progan.ProGANConfig(img_resolution=16, channels=(8, 8, 8), z_dim=8))
    path = tmp_path / "older.safetensors"
    write_safetensors(path, network.eval(), name="older")
    model = open_model(path, device="cpu")
    assert style_channels(model) == {}
    with pytest.raises(ss.DirectionError, match="no W space"):
        ss.editing.find_channels(model)
