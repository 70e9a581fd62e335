"""Which style channels change a picture, or a region of it."""

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.editing import Directions, find_channels, rank_by_region
from stylestudio.editing.channels import STEP, channel_sigmas
from stylestudio.editing.lookup import named_edit
from stylestudio.recipe import ModelRef
from stylestudio.render import compose_ws, style_channels


def test_one_sigma_of_a_channel_is_that_of_the_models_own_latents(model):
    z = np.random.RandomState(4).randn(4000, model.z_dim)
    with torch.no_grad():
        styles = model.network.synthesis.get_submodule("b16.conv1").affine(model.map(z)[:, 0])
    np.testing.assert_allclose(channel_sigmas(model, "b16.conv1"), styles.std(0).numpy(), rtol=0.1)
    edit = ss.editing.channel_edit(model, "b16.conv1/5", 2.0)
    assert (edit.name, edit.amount) == ("b16.conv1/5", 2.0)
    assert edit.channels[0].offset == pytest.approx(
        STEP * channel_sigmas(model, "b16.conv1")[5], rel=1e-6
    )


def test_the_first_channels_are_those_that_change_most(model):
    """By rendering every channel there is, a little either way."""
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    found = find_channels(model, recipe, count=10_000)
    counts = {n: c for n, c in style_channels(model).items() if "torgb" not in n}
    assert len(found) == sum(counts.values())
    ws = compose_ws(model, recipe)[None]
    effects = {}
    network = model.network.synthesis
    noises = [network.noise_const(s) if s.has_noise else None for s in network.steps]
    with torch.no_grad():
        for layer, count in counts.items():
            bias, sigmas = network.get_submodule(layer).affine.bias, channel_sigmas(model, layer)
            for i in range(count):
                ends = []
                for way in (1, -1):
                    bias.data[i] += way * 0.01 * sigmas[i]
                    ends.append(network(ws, noises))
                    bias.data[i] -= way * 0.01 * sigmas[i]
                effects[f"{layer}/{i}"] = float((ends[0] - ends[1]).square().mean().sqrt())
    best = sorted(effects, key=effects.get, reverse=True)
    assert len(set(best[:10]) & set(found.names[:10])) >= 7
    ranks = [best.index(name) for name in found.names]
    assert np.corrcoef(ranks, range(len(ranks)))[0, 1] > 0.9


def test_channels_of_a_region_change_it_more_than_the_rest(model):
    recipe, mask = ss.Recipe.from_seed(7, model), np.zeros((32, 32))
    mask[:8, :8] = 1
    local = find_channels(model, recipe, mask, 8)
    whole = find_channels(model, recipe, None, 8)

    def share(directions):
        ranked = rank_by_region(model, recipe, mask, directions)
        return np.mean([each.inside / (each.outside + 1e-9) for each in ranked])

    assert share(local) > share(whole)


def test_layers_are_kept_to(model):
    rows = {step.name: step.ws_index for step in model.synthesis.steps}
    found = find_channels(model, count=20, layers="2-3")
    assert {rows[edit.channels[0].layer] for edit in found} <= {2, 3}


def test_directions_and_channels_go_together(model, tmp_path):
    ref, rows = ModelRef.of(model), np.ones((1, 1, model.w_dim), np.float32)
    both = Directions.from_edits(
        [*find_channels(model, count=2), *Directions(("w",), rows, None, ref)], ref
    )
    assert both.names[0] == "w"
    assert both.vectors.shape == (1, model.num_ws, model.w_dim)
    both.save(tmp_path / "both.safetensors")
    read = ss.open_directions(tmp_path / "both.safetensors", model)
    assert [*read] == [*both]
    assert read.only([both.names[2], "w"]).names == ("w", both.names[2])
    assert read.edit(both.names[1], 2.0, layers="0-1").layers == (1.0, 1.0) + (0.0,) * 6
    ranked = rank_by_region(model, ss.Recipe.from_seed(1, model), np.ones((4, 4)), both)
    assert {each.name for each in ranked} == {*both.names}


def test_channels_of_another_model_are_said(model, make_model):
    found, other = find_channels(model, count=1), make_model(seed=3, name="other")
    with pytest.raises(ss.DirectionError, match="moves style channels of tiny"):
        found.note_for(ModelRef.of(other))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("b99.conv1/0", "is not a style channel of tiny"),
        ("b16.conv1/16", "it has 0 to 15"),
        ("b16.conv1", "no direction"),
    ],
)
def test_channels_that_are_none_are_said(model, place, said):
    with pytest.raises(ss.DirectionError, match=said) as caught:
        named_edit(model, place, 1.0)
    assert len(str(caught.value)) <= 160


def test_empty_masks_are_said(model):
    with pytest.raises(ss.DirectionError, match="no region is painted"):
        find_channels(model, mask=np.zeros((4, 4)))
    with pytest.raises(ss.DirectionError, match="count is 0"):
        find_channels(model, count=0)
