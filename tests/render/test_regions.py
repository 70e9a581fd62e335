"""Regions painted with other sources: exact outside, right inside, and cheap to move."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from looks import tuned

import stylestudio as ss
from stylestudio.networks.chain import StepInput, run_steps
from stylestudio.render import (
    Renderer,
    Superseded,
    Thumbnailer,
    compose_ws,
    influence,
    open_model,
)
from stylestudio.render.mask_maps import mask_map
from stylestudio.render.pace import Pace

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"
SIDE = 64


def square(left, top, size, side=SIDE):
    mask = np.zeros((side, side))
    mask[top : top + size, left : left + size] = 1.0
    return mask


def plain(model, seed=7):
    return ss.Recipe.from_seed(seed, model, truncation_psi=0.7)


def steps_of(model):
    return [step.name for step in model.synthesis.steps]


@pytest.fixture(scope="module")
def exact(make_model):
    return make_model(seed=2, name="exact", precision="float32", resolution=64)


def test_masks_are_resized_feathered_and_moved():
    mask = ss.Mask.from_array(square(16, 16, 16))
    small = mask_map(mask, 8, 8)
    assert torch.equal(small, torch.from_numpy(square(2, 2, 2, 8)).float())
    beyond = mask_map(ss.Mask.from_array(square(0, 16, 16)), 12, 8)  # 2 pixels on each side
    assert torch.equal(beyond[4:6, :4], torch.ones(2, 4))
    assert not beyond[:, 4:].any()
    soft = mask_map(mask, SIDE, SIDE, feather=4 / SIDE)
    assert float(soft[24, 24]) == 1.0
    assert 0.3 < float(soft[24, 16]) < 0.7
    assert (soft[24, 12:21].diff() > 0).all()
    assert not soft[:, :12].any()
    moved = mask_map(mask, SIDE, SIDE, right=0.25, down=-0.25)
    assert torch.equal(moved, torch.from_numpy(square(32, 0, 16)).float())
    assert not mask_map(mask, SIDE, SIDE, right=1.0).any()


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_outside_the_influence_the_picture_keeps_its_bytes(make_model, architecture):
    for precision in ("float32", "auto"):
        model = make_model(architecture=architecture, precision=precision, resolution=64)
        before = ss.render(model, plain(model))
        count = len(model.synthesis.steps)
        for first, last in ((2, None), (count // 2, count // 2), (count - 3, None)):
            region = ss.Region.of("a", 12, square(20, 24, 8), first, last)
            after = ss.render(model, plain(model).intervene(region))
            reached = influence(model, region)
            changed = (after != before).any(2)
            assert changed.any()
            assert not (changed & ~reached).any()
        assert not reached.all()  # of the last steps
        assert reached.sum() < 3 * (region.mask.array() > 0).sum() + 600


def test_the_name_of_a_built_in_model_will_do_for_an_influence():
    region = ss.Region.of("a", 12, square(20, 20, 24), first=12)
    reached = influence("portraits", region)
    assert reached.shape == (256, 256)
    assert reached.any()


def test_inside_a_region_of_all_steps_the_other_picture_stands(exact):
    mask = square(16, 16, 32)
    region = ss.Region.of("a", 12, mask, feather=0.0)
    painted = ss.render(exact, plain(exact).intervene(region))
    other, own = ss.render(exact, plain(exact, 12)), ss.render(exact, plain(exact))
    # The layers mix both near the edge; the picture of the last step is taken as it is.
    assert (painted[16:48, 16:48] == other[16:48, 16:48]).all()
    assert (painted != own).any()


def test_a_region_everywhere_is_the_other_source(exact):
    whole = ss.Region.of("a", 12, np.ones((8, 8)))
    mixed = plain(exact).mix(3, [0, 1]).edit(ss.Edit.from_array("e", np.ones(8), 2.0))
    for first in (0, 5):
        region = msgspec.structs.replace(whole, first=first)
        assert (
            ss.render(exact, mixed.intervene(region)) == ss.render(exact, plain(exact, 12))
        ).all()


def test_a_draft_and_a_thumbnail_show_a_region_as_the_full_picture_does(exact):
    everywhere = ss.Region.of("a", 12, np.ones((8, 8)), feather=0.0)
    look, other = plain(exact).intervene(everywhere), plain(exact, 12)
    renderer = Renderer(exact)
    for side in renderer.draft_sides(look):
        drafts = (renderer.render(each, side=side).pixels for each in (look, other))
        assert np.equal(*drafts).all()
    assert np.equal(*(Thumbnailer(16).render(exact, each) for each in (look, other))).all()
    shown = []
    renderer = Renderer(exact)
    renderer.pace = Pace(exact.synthesis.steps, budget=0)  # every draft is shown
    for each in (look, other):
        renderer.render(each, show_draft=shown.append)
    half = len(shown) // 2
    assert half
    for ours, theirs in zip(shown[:half], shown[half:], strict=True):
        assert (ours.pixels == theirs.pixels).all()


def test_a_thumbnail_shows_what_was_done_to_later_maps(exact):
    steps = [i for i, name in enumerate(steps_of(exact)) if name == "b32.conv1"]
    late = ss.Intervention("none", steps[0], "scale", (0.0,))
    thumbnailer = Thumbnailer(16)
    before = thumbnailer.render(exact, plain(exact)).astype(int)
    after = thumbnailer.render(exact, plain(exact).intervene(late)).astype(int)
    assert np.abs(before - after).max() > 8


def test_maps_of_middle_steps_come_from_the_other_and_end_as_the_own(exact):
    """The reference: the other chain's maps are put in after the steps, by hand."""
    mask = torch.from_numpy(square(16, 16, 24)).float()
    region = ss.Region.of("a", 12, mask.numpy(), 4, 7, feather=0.0, amount=0.75)
    chain = exact.network.synthesis

    def states(seed, change):
        ws = compose_ws(exact, plain(exact, seed))

        def given(step, state):
            after = chain.steps.index(step) - 1
            noise = chain.noise_const(step) if step.has_noise else None
            return StepInput(chain, step, change(state, after), ws[None, step.ws_index], noise)

        with torch.no_grad():
            return [s for _, s in run_steps(chain.steps, chain.initial_state(), given)]

    others = states(12, lambda state, _: state)

    def put(state, after):
        if not 4 <= after <= 7:
            return state

        def one(ours, theirs):
            weight = 0.75 * torch.nn.functional.adaptive_avg_pool2d(mask[None, None], ours.shape[2])
            return ours + (theirs - ours) * weight

        other, makes_rgb = others[after], chain.steps[after].makes_rgb
        # An RGB layer hands on the maps as they were, and others the picture.
        x = state.x if makes_rgb and after > 4 else one(state.x, other.x)
        img = one(state.img, other.img) if makes_rgb or after == 4 else state.img
        return state._replace(x=x, img=img)

    assert [chain.steps[i].makes_rgb for i in (4, 5, 6, 7)] == [True, False, False, True]
    img = states(7, put)[-1].img[0]
    meant = (img * 127.5 + 128).clamp(0, 255).byte().permute(1, 2, 0).numpy().astype(int)
    assert np.abs(ss.render(exact, plain(exact).intervene(region)).astype(int) - meant).max() <= 1


def test_moving_a_region_runs_what_comes_after_it_and_nothing_of_the_other(model):
    renderer = Renderer(model)
    others = renderer._stages.others
    names = steps_of(model)
    region = ss.Region.of("a", 12, square(0, 0, 24), first=5)
    renderer.render(plain(model))
    renderer.render(plain(model).intervene(region))
    assert renderer.steps_run == tuple(names[6:])
    assert others.steps_run == len(names)
    for right in (0.1, 0.2, 0.3):
        recipe = plain(model).intervene(msgspec.structs.replace(region, right=right))
        frame = renderer.render(recipe)
        assert renderer.steps_run == tuple(names[6:])
        assert others.steps_run == 0
        assert (frame.pixels == ss.render(model, recipe)).all()
    renderer.render(recipe.intervene("a", 0.5))
    assert others.steps_run == 0
    noisy = recipe.replace(noise_mode="seeded")
    assert (renderer.render(noisy).pixels == ss.render(model, noisy)).all()
    truncated = recipe.replace(truncation_psi=0.2)
    assert (renderer.render(truncated).pixels == ss.render(model, truncated)).all()


def test_a_region_follows_truncation_where_the_picture_itself_does_not(model):
    average = ss.LatentSource.from_array(model.w_avg.numpy(), "average")
    recipe = plain(model).replace(source=average)
    recipe = recipe.intervene(ss.Region.of("a", 12, square(0, 0, 24), first=5))
    renderer = Renderer(model)
    renderer.render(recipe)
    other = recipe.replace(truncation_psi=0.2)
    assert (renderer.render(other).pixels == ss.render(model, other)).all()
    assert renderer.steps_run == tuple(steps_of(model)[6:])


def test_a_source_that_changes_runs_again_and_one_that_comes_back_does_not(model):
    renderer = Renderer(model)
    others = renderer._stages.others
    first, second = (
        plain(model).intervene(ss.Region.of("a", seed, square(0, 0, 24), 2, 6)) for seed in (1, 2)
    )
    frames = [renderer.render(each).pixels for each in (first, second)]
    assert others.steps_run == 7  # up to the last that the region covers
    assert (renderer.render(first).pixels == frames[0]).all()
    assert others.steps_run == 0
    assert (frames[0] != frames[1]).any()


@pytest.mark.parametrize("cache_bytes", [0, 200_000, 1 << 30])
def test_twenty_regions_within_any_memory(model, cache_bytes):
    regions = tuple(
        ss.Region.of(f"r{i}", 100 + i, square(12 * (i % 5), 12 * (i // 5), 10), first=i % 7)
        for i in range(20)
    )
    recipe = plain(model).replace(interventions=regions)
    renderer = Renderer(model, cache_bytes=cache_bytes)
    meant = ss.render(model, recipe)
    assert (renderer.render(recipe).pixels == meant).all()
    moved = recipe.intervene(msgspec.structs.replace(regions[3], right=0.1))
    assert (renderer.render(moved).pixels == ss.render(model, moved)).all()
    assert (renderer.render(recipe).pixels == meant).all()
    runs = renderer._stages.others._runs.values()
    assert len(runs) == 20
    if cache_bytes == 1 << 30:
        assert sum(len(run._states) for run in runs) > 100
    else:
        assert all(len(run._states) == 1 for run in runs)
    with pytest.raises(ss.RecipeError, match="21 regions are painted; a recipe takes up to 20"):
        recipe.intervene(ss.Region.of("one more", 1, square(0, 0, 8)))


def test_a_frame_that_was_overtaken_stops_within_another_source_and_loses_nothing(model):
    renderer = Renderer(model)
    renderer.render(plain(model))
    recipe = plain(model).intervene(ss.Region.of("a", 12, square(0, 0, 24), first=8))
    asked = []

    def later():
        asked.append(None)
        return len(asked) > 6

    with pytest.raises(Superseded):
        renderer.render(recipe, should_stop=later)
    frame = renderer.render(recipe)
    assert renderer._stages.others.steps_run == len(steps_of(model)) - 5
    assert (frame.pixels == ss.render(model, recipe)).all()


def test_an_empty_mask_and_a_muted_region_leave_the_bytes(model):
    pixels = ss.render(model, plain(model))
    region = ss.Region.of("a", 12, square(0, 0, 24))
    for still in (
        ss.Region.of("a", 12, np.zeros((8, 8))),
        msgspec.structs.replace(region, muted=True),
        msgspec.structs.replace(region, amount=0.0),
        msgspec.structs.replace(region, right=-1.0, feather=0.0),
    ):
        assert (ss.render(model, plain(model).intervene(still)) == pixels).all()


def test_a_tuned_source_brings_its_weights(model):
    assets, own = tuned(model)
    whole = ss.Region.of("a", own.source, np.ones((8, 8)))
    painted = ss.Recipe.from_seed(1, model).intervene(whole)
    assert (ss.render(model, painted, assets=assets) == ss.render(model, own, assets=assets)).all()
    plain_one = ss.Region.of("b", 9, np.ones((8, 8)))
    both = Renderer(model, assets=assets)
    nine = own.replace(source=ss.SeedSource(9))
    for order, top in (
        ((whole, plain_one), nine),
        ((plain_one, whole), own),
        ((whole, plain_one), nine),
    ):
        frame = both.render(painted.replace(interventions=order))
        assert (frame.pixels == ss.render(model, top, assets=assets)).all()
    assert assets.pack([painted]).keys() == assets.pack([own]).keys()
    with pytest.raises(ss.DeltaError, match="not found"):
        ss.render(model, painted)


def test_placed_scenes_are_painted_where_they_lie():
    path = FIXTURES / "sg3t_32.pkl"
    if not path.exists():
        pytest.skip(f"needs the reference checkpoint {path.name}")
    model = open_model(path, device="cpu")
    whole = ss.Region.of("a", 12, np.ones((8, 8)), first=1)
    recipe = ss.Recipe.from_seed(1, model).replace(translate_x=0.2)
    other = ss.Recipe.from_seed(12, model).replace(translate_x=0.2)
    assert (ss.render(model, recipe.intervene(whole)) == ss.render(model, other)).all()
    late = ss.Region.of("b", 12, square(0, 0, 16), first=len(model.synthesis.steps) - 2)
    before, after = ss.render(model, recipe), ss.render(model, recipe.intervene(late))
    reached = influence(model, late)
    assert not ((after != before).any(2) & ~reached).any()
    assert not reached.all()
