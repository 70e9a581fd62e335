"""Tuned weights in live frames: right, only where they act, and never in the model itself."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stylestudio.networks.stylegan2.prepared import PreparedLayer
from stylestudio.recipe import LatentSource, MixRow, Recipe, SeedSource
from stylestudio.render import Assets, Delta, Renderer, Thumbnailer, compose_ws, render


def tuned_weights(model, seed: int, names=None) -> Delta:
    """Changes of all weights, or of those named."""
    random = torch.Generator().manual_seed(seed)
    state = model.network.synthesis.state_dict()
    changes = {
        name: (torch.randn(value.shape, generator=random) * 0.1).half()
        for name, value in state.items()
        if names is None or name in names
    }
    return Delta(changes, model.sha256)


def mixed(model, delta: Delta | None, amounts, **fields) -> Recipe:
    """Seed 7 on the way to the w of seed 9, with tuned weights."""
    base = Recipe.from_seed(7, model, **fields)
    w = compose_ws(model, Recipe.from_seed(9, model)).numpy()
    source = LatentSource.from_array(w, "tuned", delta.sha256 if delta else "")
    return base.replace(mixing=(MixRow(source, tuple(amounts)),))


def changed_model(model, make_network, delta: Delta, share: float):
    """The pixels in float32 of a network whose weights were changed by hand."""
    network = make_network()
    for name, value in network.synthesis.state_dict().items():
        value.add_(delta.tensors[name].float(), alpha=share)
    return network


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_shares_are_what_is_added_to_the_weights(make_model, make_network, share):
    model = make_model(precision="float32")
    delta = tuned_weights(model, 1)
    assets = Assets()
    assets.hold(delta)
    recipe = mixed(model, delta, [share] * model.num_ws)
    network = changed_model(model, make_network, delta, share)
    with torch.no_grad():
        expected = network.synthesize(compose_ws(model, recipe)[None], "const")[0]
    shown = render(model, recipe, assets=assets).astype(float) / 127.5 - 1
    expected = expected.clamp(-1, 1).permute(1, 2, 0).numpy()
    assert np.abs(shown - expected).max() < 1.5 / 127.5


def test_after_tuned_frames_the_plain_frame_is_what_it_was(model):
    deltas, assets = [tuned_weights(model, seed) for seed in (1, 2)], Assets()
    for delta in deltas:
        assets.hold(delta)
    plain = Recipe.from_seed(7, model)
    before, synthesized = render(model, plain), model.synthesize(compose_ws(model, plain)[None])
    renderer = Renderer(model, assets=assets)
    for delta in deltas:
        for amount in (0.3, 0.9):
            frame = renderer.render(mixed(model, delta, [amount] * model.num_ws))
            assert (frame.pixels != before).any()
    assert (renderer.render(plain).pixels == before).all()
    assert (render(model, plain) == before).all()
    assert torch.equal(model.synthesize(compose_ws(model, plain)[None]), synthesized)


amounts = st.tuples(*[st.sampled_from([0.0, 0.3, 1.0])] * 8)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 1, None]), amounts), min_size=2, max_size=5))
@pytest.mark.parametrize(
    "config", [{}, {"architecture": "resnet"}, {"channel_base": 1024, "channel_max": 32}]
)
def test_any_walk_shows_what_a_fresh_render_shows(make_model, config, walk):
    model, assets = make_model(**config), Assets()
    deltas = [tuned_weights(model, seed) for seed in (1, 2)]
    for delta in deltas:
        assets.hold(delta)
    renderer, thumbnailer = Renderer(model, assets=assets), Thumbnailer(16, assets)
    for which, each in walk:
        recipe = mixed(model, None if which is None else deltas[which], each, noise_strength=0.5)
        assert (renderer.render(recipe).pixels == render(model, recipe, assets=assets)).all()
        small = thumbnailer.render(model, recipe)
        assert (small == Thumbnailer(16, assets).render(model, recipe)).all()


def test_only_the_layers_whose_shares_changed_are_laid_out_again(model, monkeypatch):
    delta, assets, laid_out = tuned_weights(model, 1), Assets(), []
    assets.hold(delta)
    renderer = Renderer(model, assets=assets)
    renderer.render(mixed(model, delta, [0.5] * model.num_ws))
    make = PreparedLayer.__init__

    def counted(self, layer, *args):
        laid_out.append(layer.resolution)
        make(self, layer, *args)

    monkeypatch.setattr(PreparedLayer, "__init__", counted)
    renderer.render(mixed(model, delta, [0.5] * (model.num_ws - 2) + [0.6] * 2))
    assert laid_out == [32]  # b32.conv1; the row after it drives an RGB layer
    laid_out.clear()
    renderer.render(mixed(model, delta, [0.5] * (model.num_ws - 2) + [0.6] * 2, noise_strength=2))
    assert not laid_out


def test_tuned_noise_alone_lays_out_nothing_and_is_seen(model, monkeypatch):
    delta, assets = tuned_weights(model, 1, ["b16.conv1.noise_const"]), Assets()
    assets.hold(delta)
    renderer = Renderer(model, assets=assets)
    plain = renderer.render(mixed(model, None, [0.5] * model.num_ws)).pixels
    monkeypatch.setattr(PreparedLayer, "__init__", lambda *_: pytest.fail("laid out"))
    frames = [renderer.render(mixed(model, delta, [x] * model.num_ws)).pixels for x in (0.5, 0.5)]
    assert (frames[0] != plain).any()
    assert (frames[0] == frames[1]).all()


def test_a_row_that_takes_over_wholly_takes_its_weights_along(model):
    delta, assets = tuned_weights(model, 1), Assets()
    assets.hold(delta)
    under = mixed(model, delta, [1.0] * model.num_ws)
    over = MixRow(SeedSource(3), (1.0,) * model.num_ws)
    alone = render(model, Recipe.from_seed(3, model))
    recipe = under.replace(mixing=(*under.mixing, over))
    assert (render(model, recipe, assets=assets) == alone).all()


def test_a_muted_source_needs_none_of_its_weights(model):
    missing, held, assets = tuned_weights(model, 1), tuned_weights(model, 2), Assets()
    assets.hold(held)
    muted = replace(mixed(model, missing, [1.0] * model.num_ws).mixing[0], muted=True)
    for delta in (None, held):  # whether others bring weights or not
        others = mixed(model, delta, [1.0] * model.num_ws)
        both = others.replace(mixing=(muted, *others.mixing))
        expected = render(model, others, assets=assets)
        assert (render(model, both, assets=assets) == expected).all()


def test_the_amount_of_a_source_counts_for_its_weights(model):
    delta, assets = tuned_weights(model, 1), Assets()
    assets.hold(delta)
    recipe = mixed(model, delta, [1.0] * model.num_ws)
    half = recipe.replace(mixing=(replace(recipe.mixing[0], amount=0.5),))
    expected = mixed(model, delta, [0.5] * model.num_ws)
    shown = [render(model, each, assets=assets) for each in (half, expected)]
    assert (shown[0] == shown[1]).all()
