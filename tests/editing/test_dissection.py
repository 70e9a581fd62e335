"""Units that draw what is brushed: found, weighed, taken away, and kept."""

import numpy as np
import pytest
import safetensors
import torch
from torch.nn import functional as F

import stylestudio as ss
from stylestudio.editing import dissection, unit_effects
from stylestudio.editing.dissection import _compared, _matches
from stylestudio.editing.features import FeatureReader, feature_maps, find_step, unit_steps
from stylestudio.editing.locating import agreement, learn_locator
from stylestudio.editing.unit_effects import Effects
from stylestudio.editing.unit_statistics import unit_thresholds
from stylestudio.render.locating import located


@pytest.fixture(autouse=True)
def few_iterations(monkeypatch):
    monkeypatch.setattr(unit_effects, "ITERATIONS", 12)


@pytest.fixture
def top():
    mask = np.zeros((32, 32))
    mask[:12] = 1
    return mask


def thresholds(model, tmp_path, **how):
    return unit_thresholds(model, 16, folder=tmp_path, **how)


def test_feature_maps_are_those_that_the_network_makes(model):
    recipe = ss.Recipe.from_seed(3, model)
    network = model.network.synthesis
    seen = []
    hook = network.b16.conv1.register_forward_hook(lambda _m, _i, made: seen.append(made))
    ws = model.map(np.random.RandomState(3).randn(1, model.z_dim))
    noises = [network.noise_const(s) if s.has_noise else None for s in network.steps]
    with torch.no_grad():
        network(ws, noises)
    hook.remove()
    found = feature_maps(model, recipe, "b16.conv1")
    torch.testing.assert_close(found, seen[0][0], rtol=0.03, atol=0.03 * float(seen[0].std()))


def test_a_unit_fires_at_a_two_hundredth_of_all_places(model, tmp_path):
    found = thresholds(model, tmp_path)
    assert {*found} == {*unit_steps(model)}
    index = find_step(model, "b16.conv1")
    maps = []
    for start in range(0, 16, 4):
        z = np.random.RandomState((0, start)).randn(4, model.z_dim)
        for ws in model.map(z):
            latent = ss.LatentSource.from_array(ws.numpy())
            maps.append(feature_maps(model, ss.Recipe.from_seed(0, model, source=latent), index))
    values = torch.stack(maps, 1).flatten(1)
    expected = values.quantile(0.995, dim=1, interpolation="higher")
    torch.testing.assert_close(found[index], expected, rtol=0.02, atol=0.02)


def test_units_fire_as_they_do_in_all_classes(make_model, tmp_path):
    model = make_model(seed=3, c_dim=3)
    index = find_step(model, "b16.conv1")
    maps = []
    for seed in range(24):
        label = tuple(np.eye(3)[seed % 3])
        recipe = ss.Recipe.from_seed(seed, model, source=ss.SeedSource(seed, label))
        maps.append(feature_maps(model, recipe, index))
    found = unit_thresholds(model, 48, folder=tmp_path)[index]
    firing = (torch.stack(maps, 1) > found[:, None, None, None]).float().mean((2, 3))
    of_classes = torch.stack([firing[:, i::3].mean() for i in range(3)])
    assert of_classes.max() < 0.02, of_classes


def test_a_full_disk_costs_only_the_time(model, tmp_path, monkeypatch):
    def full(*_, **__):
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    found = thresholds(model, tmp_path)
    assert {*found} == {*unit_steps(model)}
    assert list(tmp_path.iterdir()) == []


def test_cancelled_thresholds_go_on_where_they_were(model, tmp_path):
    cancel, told = ss.Cancel(), []

    def stop(progress):
        told.append(progress.done)
        if len(told) == 2:
            cancel.cancel()

    with pytest.raises(ss.Cancelled):
        thresholds(model, tmp_path / "a", on_progress=stop, cancel=cancel)
    again = []
    found = thresholds(model, tmp_path / "a", on_progress=lambda p: again.append(p.done))
    assert (told, again) == ([4, 8], [12, 16])
    whole = thresholds(model, tmp_path / "b")
    assert all(torch.equal(found[i], whole[i]) for i in whole)
    kept = thresholds(model, tmp_path / "a", on_progress=pytest.fail)
    assert all(torch.equal(kept[i], whole[i]) for i in whole)


def test_a_damaged_cache_is_made_anew(model, tmp_path):
    whole = thresholds(model, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    assert torch.equal(thresholds(model, tmp_path)[0], whole[0])


def test_overlaps_are_those_of_the_paper_and_units_that_fire_everywhere_lose():
    side = dissection.SIDE
    region = torch.zeros(side, side)
    region[: side // 2] = 1
    maps = torch.zeros(4, side, side)
    maps[0, : side // 2] = 2.0  # just there
    maps[1] = 2.0  # everywhere
    maps[2, side // 2 :] = 2.0  # elsewhere
    maps[3, : side // 4] = 2.0  # half of it
    found = _matches(_compared(maps, region, torch.ones(4)), float(region.sum()), side * side)
    assert found.overlaps.tolist() == pytest.approx([1.0, 0.5, 0.0, 0.5])
    assert found.scores.tolist() == pytest.approx([1.0, 0.0, 0.0, 0.5])
    assert found.values.tolist() == pytest.approx([2.0, 2.0, 0.0, 1.0])


def test_effects_are_what_pictures_without_units_show(model, top):
    """Against the model's own pictures, with their maps changed by a hook."""
    network, index = model.network.synthesis, find_step(model, "b16.conv1")
    recipe, reader = ss.Recipe.from_seed(5, model), FeatureReader(model)
    region = torch.from_numpy(top).float()
    effects = Effects(model, index, [reader.state(recipe, index)], [reader.ws(recipe)], [region])
    kept = torch.ones(16)
    kept[[2, 7]] = 0.25
    found = [float(each) for each in effects.losses(kept)]
    ws = reader.ws(recipe)[None]
    noises = [network.noise_const(s) if s.has_noise else None for s in network.steps]
    with torch.no_grad():
        before = network(ws, noises)
        hook = network.b16.conv1.register_forward_hook(lambda _m, _i, x: x * kept[:, None, None])
        change = (network(ws, noises) - before)[0].square().mean(0)
        hook.remove()
    lost = torch.tanh(change.sqrt() / unit_effects.LOST)
    inside = float(lost[:12].mean())
    outside = float(lost[13:].pow(4).mean() ** 0.25)  # all but the edge
    assert found == pytest.approx([inside, outside], rel=0.05)


def samples_of_a_thing(*places, side=16):
    """Maps [3, r, r] in which a column 1 wide is told by two units together; the third is noise."""
    maps, regions = [], []
    for seed, place in enumerate(places):
        x = torch.randn(3, side, side, generator=torch.Generator().manual_seed(seed))
        x[1, :, place] = 3 - x[0, :, place]  # their sum is 3 there, and nowhere else
        x[1, :, :place] = -x[0, :, :place]
        x[1, :, place + 1 :] = -x[0, :, place + 1 :]
        region = torch.zeros(4 * side, 4 * side)
        region[:, 4 * place + 1] = 1.0  # a quarter of the places' width
        maps.append(x)
        regions.append(region)
    return maps, regions


def test_a_thin_thing_is_found_in_a_picture_on_which_it_was_not_brushed():
    maps, regions = samples_of_a_thing(2, 11, 6)
    locator = learn_locator(maps[:2], regions[:2])
    likely = located(maps[2][None], locator)[0, 0]
    assert (likely[:, 6] == 1).all()
    assert (likely[:, [*range(6), *range(7, 16)]] == 0).all()
    assert learn_locator(maps[:1], [torch.ones(8, 8)]) is None  # no place to tell it from


def test_locators_agree_where_each_finds_what_was_brushed_on_the_others():
    maps, thin = samples_of_a_thing(2, 11, 6)
    wide = [sum(each.roll(k, 1) for k in (-1, 0, 1, 2)) for each in thin]  # a place each
    agreeing = agreement(maps, wide)
    assert agreeing > 0.5
    assert agreement(maps, thin) < 0.7 * agreeing  # the maps reach beyond it
    assert agreement(maps, [*wide[:2], wide[2].roll(20, 1)]) < 0.7 * agreeing
    assert agreement(maps[:1], wide[:1]) == 1


def test_units_are_taken_away_where_their_thing_is_or_everywhere(model, top):
    index = find_step(model, "b16.conv1")
    units = ss.dissect(model, [(4, top)], index, 2, learn=False)
    recipe = ss.Recipe.from_seed(4, model)
    maps = feature_maps(model, recipe, index)
    likely = located(maps[None], units.locator)[0, 0]
    assert likely[:6].mean() > 2 * likely[6:].mean()
    assert units.ablate().locator == units.locator
    assert units.ablate(everywhere=True).locator is None


def test_what_is_gone_looks_like_something_else_in_the_picture(model, top, monkeypatch):
    index, recipe = find_step(model, "b16.conv1"), ss.Recipe.from_seed(5, model)
    reader, region = FeatureReader(model), torch.from_numpy(top).float()
    red, blue, green = (torch.eye(3)[i][:, None, None] * 4 - 2 for i in range(3))
    before = blue.repeat(1, 32, 32)
    before[:, :12] = red
    monkeypatch.setattr(Effects, "_picture", lambda *_: before[None])
    effects = Effects(model, index, [reader.state(recipe, index)], [reader.ws(recipe)], [region])
    after = before.clone()
    after[:, :6] = green  # like nothing that the picture has
    after[:, 6:9] = 0.9 * blue + 0.1 * red
    monkeypatch.setattr(Effects, "_picture", lambda *_: after[None])
    assert effects.gone(torch.ones(16)) == pytest.approx(3 / 12, abs=0.02)


@pytest.mark.parametrize(
    ("is_drawn", "fits"),
    [(lambda kept: bool(kept[:2].any()), True), (lambda kept: bool(kept.all()), False)],
    ids=["two units draw it", "any unit's loss undoes it"],
)
def test_units_have_to_beat_others_drawn_at_random(model, monkeypatch, is_drawn, fits):
    """On maps of ones: white to the left as long as the units that are needed are left."""

    def picture(effects, x):
        drawn = torch.full((1, 3, 32, 32), -1.0)
        drawn[..., :16] = 1.0 if is_drawn(x[0, :, 0, 0]) else -1.0
        return drawn

    monkeypatch.setattr(Effects, "_picture", picture)
    index, recipe = find_step(model, "b16.conv1"), ss.Recipe.from_seed(5, model)
    reader, left = FeatureReader(model), torch.zeros(32, 32)
    left[:, :16] = 1
    state = reader.state(recipe, index)._replace(x=torch.ones(1, 16, 16, 16))
    effects = Effects(model, index, [state], [reader.ws(recipe)], [left])
    assert (effects.fitness(torch.tensor([0, 1])) > 0) == fits


def test_learned_units_are_those_whose_loss_is_most_in_place(model, top, monkeypatch):
    """By taking every unit away on its own."""
    monkeypatch.setattr(unit_effects, "ITERATIONS", 40)
    index, recipe = find_step(model, "b16.conv1"), ss.Recipe.from_seed(1, model)
    reader, region = FeatureReader(model), torch.from_numpy(top).float()
    state = reader.state(recipe, index)
    locator = learn_locator([state.x[0].float()], [region])
    effects = Effects(model, index, [state], [reader.ws(recipe)], [region], locator)
    gains = []
    for unit in range(16):
        kept = torch.ones(16)
        kept[unit] = 0.0
        inside, outside = effects.losses(kept)
        gains.append(float(inside - unit_effects.OUTSIDE * outside))
    learned = ss.dissect(model, [(1, top)], index, 2)
    best = sorted(range(16), key=lambda unit: -gains[unit])
    assert {*learned.units} <= {*best[:4]}


def test_a_step_is_chosen_and_the_same_every_time(model, top):
    told = []
    found = ss.dissect(model, [(1, top)], on_progress=told.append, name="top")
    again = ss.dissect(model, [(1, top)], name="top")
    assert found == again
    assert found.layer in {step.name for step in unit_steps(model).values() if step.resolution > 4}
    assert 1 <= len(found) <= 2  # of 16
    assert told[-1].stage == "Weighing what units change"


def test_dissecting_can_be_cancelled(model, top):
    cancel = ss.Cancel()
    with pytest.raises(ss.Cancelled):
        ss.dissect(model, [(1, top)], on_progress=lambda _: cancel.cancel(), cancel=cancel)


@pytest.mark.parametrize(
    ("samples", "how", "said"),
    [
        (0, {}, "0 samples are brushed"),
        (11, {}, "11 samples are brushed"),
        (1, {"step": "b99.conv1"}, "'b99.conv1' names no step of tiny that has units"),
        (1, {"step": "b16.torgb"}, "names no step"),
        (1, {"count": 0}, "count is 0"),
    ],
)
def test_what_cannot_be_dissected_is_said(model, top, samples, how, said):
    with pytest.raises(ss.DirectionError, match=said) as caught:
        ss.dissect(model, [(1, top)] * samples, **how)
    assert len(str(caught.value)) <= 160


def test_masks_that_say_nothing_are_said(model):
    for mask, said in ((np.zeros((8, 8)), "no region"), (np.ones((8, 8)), "whole picture")):
        with pytest.raises(ss.DirectionError, match=said):
            ss.dissect(model, [(1, mask)])


def test_units_are_taken_away_boosted_and_inserted(model, top):
    index = find_step(model, "b16.conv1")
    units = ss.dissect(model, [(4, top)], index, 2, name="top", learn=False)
    recipe = ss.Recipe.from_seed(4, model)
    maps = feature_maps(model, recipe, index)
    brushed = F.interpolate(maps[None], size=(128, 128), mode="bilinear")[0][:, :48]
    means = brushed.mean((1, 2))
    assert units.values == pytest.approx([float(means[unit]) for unit in units.units], rel=1e-3)
    plain = ss.render(model, recipe)
    pictures = [
        ss.render(model, recipe.intervene(each))
        for each in (units.ablate(), units.boost(3.0), units.insert(top))
    ]
    assert all((each != plain).any() for each in pictures)
    half = units.ablate(0.5)
    assert (half.operation, half.numbers, half.amount) == ("scale", (0.0,), 0.5)
    inserted = units.insert(top, level=2.0)
    assert (inserted.operation, inserted.numbers) == ("set", (2.0,))
    assert inserted.values == units.values
    assert inserted.mask is not None


def test_unit_sets_are_saved_and_kept_for_their_model(model, make_model, top, tmp_path):
    units = ss.dissect(model, [(1, top)], "b8.conv1", 3, name="Hät/..", learn=False)
    units.save(tmp_path / "units.json")
    assert ss.open_units(tmp_path / "units.json", model) == units
    folder = tmp_path / "kept"
    ss.editing.keep_units(units, folder)
    ss.editing.keep_units(units.best(1), folder)  # in its place
    ss.editing.keep_units(units.named("a"), folder)
    (next(folder.iterdir()) / "broken.units.json").write_text("{")
    kept = ss.editing.kept_units(model, folder)
    assert [(each.name, len(each)) for each in kept] == [("a", 3), ("Hät/..", 1)]
    ss.editing.forget_units(kept[0], folder)
    assert [each.name for each in ss.editing.kept_units(model, folder)] == ["Hät/.."]
    other = make_model(seed=3, name="other")
    stray = ss.editing.keep_units(units.named("stray"), tmp_path / "others")
    theirs = folder / other.sha256[:24]
    theirs.mkdir()
    stray.rename(theirs / stray.name)
    assert ss.editing.kept_units(other, folder) == []
    with pytest.raises(ss.DirectionError, match="are of tiny, not of other"):
        ss.open_units(tmp_path / "units.json", other)


@pytest.mark.parametrize("content", ["{", '{"name": ""}', "[]", "\x00", '{"units": [1]}'])
def test_files_that_hold_no_units_are_said(tmp_path, content):
    path = tmp_path / "odd.json"
    path.write_text(content)
    with pytest.raises(ss.DirectionError, match=r"odd\.json holds no units"):
        ss.open_units(path)
    with pytest.raises(ss.DirectionError, match=r"gone\.json does not exist"):
        ss.open_units(tmp_path / "gone.json")
