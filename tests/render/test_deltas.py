"""Deltas of a whole model's weights, and crossfades: exact at the ends, only where they act."""

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.networks import progan, stylegan1, stylegan3
from stylestudio.networks.stylegan2.prepared import PreparedLayer
from stylestudio.recipe import DeltaUse, LatentSource, MixRow
from stylestudio.render import Assets, Delta, Renderer, Thumbnailer, compose_ws, render

LAYER = {"in_channels": 8, "in_size": 32, "out_size": 32, "kernel": 1, "up": 1, "down": 1}
FILTERS = {"up_taps": 1, "down_taps": 1}


def change(model, *names, seed=1):
    """Changes of the weights of these names, or of all."""
    random = torch.Generator().manual_seed(seed)
    state = model.network.synthesis.state_dict()
    changes = {
        name: (torch.randn(value.shape, generator=random) * 0.1).half()
        for name, value in state.items()
        if not names or name in names
    }
    return Delta(changes, model.sha256, "changed")


@pytest.fixture(scope="module")
def sibling(make_model):
    return make_model(1, "sibling")


@pytest.fixture(scope="module")
def exact(make_model):
    """Two models of the same shape, in float32."""
    return make_model(precision="float32"), make_model(1, "sibling", precision="float32")


def plain(model, **fields):
    return ss.Recipe.from_seed(7, model, truncation_psi=0.6, **fields)


def muted(recipe):
    return recipe.replace(deltas=[msgspec.structs.replace(d, muted=True) for d in recipe.deltas])


def test_nothing_and_muted_give_the_models_own_bytes(model, sibling):
    own = render(model, plain(model))
    for other in (change(model), sibling):
        for recipe in (plain(model).delta(other, 0.0), muted(plain(model).delta(other))):
            assert (render(model, recipe, deltas=[other]) == own).all()
    # What changes nothing need not be there.
    assert (render(model, muted(plain(model).delta(change(model)))) == own).all()


def test_amounts_are_what_is_added_to_the_weights(make_model, make_network):
    model = make_model(precision="float32")
    delta = change(model)
    network = make_network()
    shares = [0.25] * 4 + [1.0] * 4
    recipe = plain(model).delta(delta.use(0.5, shares))
    for step in network.synthesis.steps:
        for name, value in network.synthesis.state_dict().items():
            if name.startswith(step.name):
                amount = 0.5 * shares[step.ws_index]
                value.add_(delta.tensors[name].float(), alpha=amount)
    constant = network.synthesis.state_dict()["b4.const"]
    constant.add_(delta.tensors["b4.const"].float(), alpha=0.5 * shares[0])
    with torch.no_grad():
        expected = network.synthesize(compose_ws(model, recipe)[None], "const")[0]
    shown = render(model, recipe, deltas=[delta]).astype(float) / 127.5 - 1
    assert np.abs(shown - expected.clamp(-1, 1).permute(1, 2, 0).numpy()).max() < 1.5 / 127.5


def test_a_crossfade_ends_in_the_other_model_to_the_bit(exact):
    model, sibling = exact
    whole = plain(model).delta(DeltaUse.of(sibling, mapping=1.0))
    theirs = plain(sibling)
    assert torch.equal(compose_ws(model, whole), compose_ws(sibling, theirs))
    renderers = Renderer(model), Renderer(sibling)
    renderers[0].render(whole.delta("sibling", 0.4))  # and whatever came before
    pairs = [(renderers[0], whole), (renderers[1], theirs)]
    ours, expected = (renderer._stages for renderer, _ in pairs)
    for renderer, recipe in pairs:
        renderer.render(recipe)
    assert torch.equal(ours.synthesis.picture, expected.synthesis.picture)
    renderers[0].render(plain(model).delta(sibling, 0.0))
    fresh = Renderer(model)
    fresh.render(plain(model))
    assert torch.equal(ours.synthesis.picture, fresh._stages.synthesis.picture)


def test_without_its_mapping_the_models_own_w_drives_the_sibling(exact):
    model, sibling = exact
    recipe = plain(model).delta(sibling)
    assert torch.equal(compose_ws(model, recipe), compose_ws(model, plain(model)))
    expected = sibling.synthesize(compose_ws(model, recipe)[None])[0]
    shown = render(model, recipe).astype(float) / 127.5 - 1
    assert np.abs(shown - expected.clamp(-1, 1).permute(1, 2, 0).numpy()).max() <= 0.51 / 127.5


def test_swapped_layers_are_the_siblings_and_the_others_are_not(exact, make_network):
    model, sibling = exact
    recipe = plain(model).delta(sibling, layers="middle")
    network, theirs = make_network(), sibling.network.synthesis.state_dict()
    middle = [layer.index for layer in model.layers if layer.group == "middle"]
    for step in network.synthesis.steps:
        for name, value in network.synthesis.state_dict().items():
            if step.ws_index in middle and name.startswith(step.name):
                value.copy_(theirs[name])
    with torch.no_grad():
        expected = network.synthesize(compose_ws(model, recipe)[None], "const")[0]
    shown = render(model, recipe).astype(float) / 127.5 - 1
    assert np.abs(shown - expected.clamp(-1, 1).permute(1, 2, 0).numpy()).max() < 1.5 / 127.5


def test_synthesis_restarts_at_the_first_step_whose_weights_change(model):
    delta = change(model, "b16.conv1.weight")
    renderer = Renderer(model, assets=Assets([delta]))
    renderer.render(plain(model))
    before = renderer.render(plain(model).delta(delta, 0.5)).pixels
    assert renderer.steps_run[0] == "b16.conv1"
    after = renderer.render(plain(model).delta(delta, 0.75)).pixels
    assert renderer.steps_run[0] == "b16.conv1"
    assert (before != after).any()
    renderer.render(plain(model).delta(delta, 0.75, layers="coarse"))
    renderer.render(plain(model).delta(delta, 0.5, layers="coarse"))
    assert renderer.steps_run == ()  # no coarse layer has such weights


def test_weights_are_laid_out_once_and_not_for_each_frame(model, sibling, monkeypatch):
    renderer = Renderer(model)
    renderer.render(plain(model).delta(sibling, 0.5))
    monkeypatch.setattr(PreparedLayer, "__init__", lambda *_: pytest.fail("laid out"))
    renderer.render(plain(model, noise_strength=0.5).delta(sibling, 0.5))


places = st.sampled_from([0.0, 0.3, 1.0, -0.5])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(places, places, places, places), min_size=2, max_size=5))
@example([(0.0, 0.0, 0.3, 0.0), (0.0, 0.0, 0.0, 0.3), (0.0, 0.0, 0.3, 0.0)])
def test_any_walk_shows_what_a_fresh_render_shows(model, sibling, walk):
    """Two deltas, a crossfade, and a source with tuned weights."""
    deltas = [change(model, "b8.conv0.weight"), change(model, seed=2), change(model, seed=3)]
    assets = Assets([*deltas, sibling])
    renderer, thumbnailer = Renderer(model, assets=assets), Thumbnailer(16, assets)
    w = compose_ws(model, ss.Recipe.from_seed(9, model)).numpy()
    tuned = LatentSource.from_array(w, "tuned", deltas[2].sha256)
    for first, second, crossfade, mixed in walk:
        recipe = plain(model).delta(deltas[0], first).delta(deltas[1], second, layers="middle")
        recipe = recipe.delta(DeltaUse.of(sibling, crossfade, mapping=abs(mixed)))
        recipe = recipe.replace(mixing=(MixRow(tuned, (abs(mixed),) * model.num_ws),))
        shown = renderer.render(recipe).pixels
        assert (shown == render(model, recipe, assets=assets)).all()
        small = thumbnailer.render(model, recipe)
        assert (small == Thumbnailer(16, assets).render(model, recipe)).all()


def test_a_difference_leads_to_the_sibling(exact):
    model, sibling = exact
    delta = ss.difference(model, sibling)
    assert delta.name == "sibling"
    added = render(model, plain(model).delta(delta), deltas=[delta]).astype(int)
    swapped = render(model, plain(model).delta(sibling)).astype(int)
    assert np.abs(added - swapped).max() <= 2
    assert (added != render(model, plain(model))).any()


def test_a_delta_goes_through_its_file(model, tmp_path):
    delta = change(model, "b8.conv0.weight")
    path = delta.save(tmp_path).rename(tmp_path / "my-hat.delta.safetensors")
    read = ss.open_delta(path)
    assert (read.sha256, read.name) == (delta.sha256, "changed")
    assert len({delta.to_bytes() for _ in range(8)}) == 1
    nameless = Delta(delta.tensors, delta.model_sha256)
    nameless.save(tmp_path).rename(path)
    assert ss.open_delta(path).name == "my-hat"
    large = Delta.between({"x": torch.zeros(2)}, {"x": torch.tensor([1e5, 1.0])}, "0" * 64)
    again = ss.open_delta(large.save(tmp_path))
    assert torch.equal(again.tensors["x"], torch.tensor([1e5, 1.0]))


def test_what_is_missing_is_named_and_found_once_it_is_open(model, make_model, tmp_path):
    delta, assets = change(model), Assets(folder=tmp_path / "store")
    recipe = plain(model).delta(delta)
    with pytest.raises(ss.DeltaError, match="the delta 'changed', which isn't open"):
        render(model, recipe, assets=assets)
    delta.save(tmp_path / "beside")
    assets.adopt(recipe, tmp_path / "beside")
    changed = render(model, recipe, assets=assets)
    assert (changed == render(model, recipe, deltas=[delta])).all()
    packed = assets.pack([recipe])
    elsewhere = Assets(folder=tmp_path / "elsewhere")
    elsewhere.unpack(packed)
    assert (render(model, recipe, assets=elsewhere) == changed).all()


def test_a_model_to_crossfade_with_is_missed_by_name(model, make_model):
    other = make_model(2, "gone")
    recipe, sha256, path = plain(model).delta(other), other.sha256, other._place
    del other
    with pytest.raises(ss.DeltaError, match="'gone', which is not open"):
        render(model, recipe, assets=Assets())
    assets = Assets()
    assets.locate(sha256, lambda: ss.open_model(path, device="cpu"))
    assert render(model, recipe, assets=assets).shape == (32, 32, 3)


def test_what_does_not_fit_is_said_in_a_sentence(model, make_model):
    small, narrow = make_model(resolution=16), make_model(channel_max=8)
    for other in (small, narrow):
        with pytest.raises(ss.DeltaError, match="can't be blended with tiny"):
            render(model, plain(model).delta(other), deltas=[other])
        with pytest.raises(ss.DeltaError, match="can't be blended"):
            ss.difference(model, other)
    delta = change(narrow)
    with pytest.raises(ss.DeltaError, match="made for another model"):
        render(model, plain(model).delta(delta), deltas=[delta])
    shallow = make_model(w_dim=8, z_dim=4)
    use = DeltaUse.of(shallow, mapping=1.0)
    with pytest.raises(ss.DeltaError, match="mapping of tiny can't be blended"):
        render(model, plain(model).delta(use), deltas=[shallow])


def test_shares_of_single_layers_show_what_a_fresh_render_shows(make_model):
    """In frames that restart, or find styles that were made for others."""
    wide = {"channel_base": 1024, "channel_max": 32, "precision": "float32"}
    model, sibling = make_model(**wide), make_model(1, "sibling", **wide)
    weights = [m.network.synthesis.state_dict() for m in (model, sibling)]
    before = [{name: value.clone() for name, value in each.items()} for each in weights]
    other = change(model)
    assets, mixed = Assets([sibling, other]), [0.1 * i for i in range(model.num_ws)]
    renderer = Renderer(model, assets=assets)
    walk = [
        (sibling, [0.5] * model.num_ws),
        (sibling, [0.3] * 4 + [0.0] * 4),
        (sibling, [0.3] * 4 + [0.6] * 4),
        (sibling, mixed),
        (sibling, [*mixed[:5], 1, 1, 1]),
        (other, mixed),
        (other, [0.5] * model.num_ws),
        (sibling, [0.5] * model.num_ws),
    ]
    for weights_of, layers in walk:
        for amount, noise in ((1.0, 1.0), (0.7, 1.0), (0.7, 0.5)):
            recipe = plain(model, noise_strength=noise)
            recipe = recipe.delta(DeltaUse.of(weights_of, amount, layers))
            assert (renderer.render(recipe).pixels == render(model, recipe, assets=assets)).all()
    for own, old in zip(weights, before, strict=True):
        assert all(torch.equal(own[name], old[name]) for name in old)


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


def pro_gan():
    return progan.Generator(progan.ProGANConfig(img_resolution=8, channels=(8, 4), z_dim=8))


@pytest.mark.parametrize("make", [stylegan_1, stylegan_3, pro_gan])
def test_other_families_crossfade_too(make, tmp_path):
    opened = []
    for seed, name in enumerate(("one", "other")):
        torch.manual_seed(seed)
        network = make().eval().requires_grad_(False)
        for value in network.parameters():
            value.add_(torch.randn(value.shape) * 0.3)
        write_safetensors(tmp_path / f"{name}.safetensors", network, name=name)
        path = tmp_path / f"{name}.safetensors"
        opened.append(ss.open_model(path, device="cpu", precision="float32"))
    model, other = opened
    theirs, own = render(other, plain(other)), render(model, plain(model))
    recipe = plain(model).delta(DeltaUse.of(other, mapping=1.0))
    assert (render(model, recipe) == theirs).all()
    assert (render(model, recipe.delta("other", 0.5)) != theirs).any()
    assert (render(model, plain(model).delta(other, 0.0)) == own).all()


@pytest.mark.parametrize("config", [{}, {"channel_base": 2048, "channel_max": 64}])
@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_amounts_between_are_those_of_weights_laid_out_anew(make_model, config, precision):
    """Whichever way a layer is brought to an amount."""
    model, other = (make_model(seed, precision=precision, **config) for seed in (0, 1))
    delta = ss.difference(model, other)
    nothing = Delta({k: torch.zeros_like(v) for k, v in delta.tensors.items()}, delta.model_sha256)
    for amount in (-0.5, 0.3, 1.5):
        recipe = plain(model).delta(delta, amount)
        blended = render(model, recipe, deltas=[delta]).astype(int)
        both = [delta, nothing]  # of two, weights are added up
        added = render(model, recipe.delta(nothing), deltas=both).astype(int)
        if precision == "float32":
            assert np.abs(blended - added).max() <= 1
        assert np.abs(blended - added).mean() < 0.7
