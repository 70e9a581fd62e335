"""The renderer reruns only what changed, and live equals a fresh render, bit for bit."""

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from stylestudio.networks.stylegan2.modulation import FrameStyles
from stylestudio.recipe import MixRow, PlaneSource, Recipe, SeedSource
from stylestudio.render import (
    Renderer,
    Superseded,
    WrongModelError,
    open_model,
    pace,
    render,
)

WIDE = {"channel_base": 1024, "channel_max": 32}  # so wide that layers share a product of styles


def mixed_at(model, row: int, **fields) -> Recipe:
    """Seed 7, with one row of ws taken from seed 9."""
    amounts = tuple(float(i == row) for i in range(model.num_ws))
    recipe = Recipe.from_seed(7, model, truncation_psi=0.7, **fields)
    return recipe.replace(mixing=(MixRow(SeedSource(9), amounts),))


def first_step_driven_by(model, row: int) -> int:
    steps = model.network.synthesis.steps
    return next(i for i, step in enumerate(steps) if step.ws_index == row)


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
def test_a_change_at_a_layer_restarts_there(make_model, architecture):
    model = make_model(architecture=architecture)
    names = [step.name for step in model.network.synthesis.steps]
    base = Recipe.from_seed(7, model, truncation_psi=0.7)
    for row in range(model.num_ws):
        renderer = Renderer(model)
        renderer.render(base)
        assert list(renderer.steps_run) == names
        changed = mixed_at(model, row)
        frame = renderer.render(changed)
        assert list(renderer.steps_run) == names[first_step_driven_by(model, row) :]
        assert (frame.pixels == render(model, changed)).all()
        assert (frame.pixels != render(model, base)).any()


def test_noise_of_one_layer_restarts_there(model):
    renderer = Renderer(model)
    base = Recipe.from_seed(7, model)
    renderer.render(base)
    layers = tuple(2.0 if i == 4 else 1.0 for i in range(model.num_ws - 1))
    changed = base.replace(noise_layers=layers)
    frame = renderer.render(changed)
    assert renderer.steps_run[0] == "b16.conv1"
    assert (frame.pixels == render(model, changed)).all()


def test_an_unchanged_picture_runs_nothing(model):
    renderer = Renderer(model)
    recipe = Recipe.from_seed(7, model)
    first = renderer.render(recipe)
    second = renderer.render(recipe.replace(truncation_cutoff=3))  # psi is 1: the same picture
    assert renderer.steps_run == ()
    assert (first.pixels == second.pixels).all()


def test_styles_are_made_once_for_frames_of_equal_rows(make_model, monkeypatch):
    model = make_model(**WIDE)
    if model.synthesis.styles(model.w_avg.expand(model.num_ws, -1)) is None:
        pytest.skip("each layer makes its own here")
    made, make = [], FrameStyles.__init__
    monkeypatch.setattr(FrameStyles, "__init__", lambda *args: made.append(1) or make(*args))
    renderer, recipe = Renderer(model), Recipe.from_seed(7, model)
    for strength in (1.0, 0.9, 0.8):
        renderer.render(recipe.replace(noise_strength=strength))
    assert len(made) == 1
    other = renderer.render(recipe.replace(truncation_psi=0.5, noise_strength=0.8))
    assert len(made) == 2
    monkeypatch.undo()
    alone = render(model, recipe.replace(truncation_psi=0.5, noise_strength=0.8))
    assert (other.pixels == alone).all()


def test_noise_is_brought_into_the_type_of_the_maps_once(model, monkeypatch):
    seen, run = [], type(model.synthesis).run_step
    monkeypatch.setattr(
        type(model.synthesis),
        "run_step",
        lambda self, step, state, w, noise: seen.append(noise) or run(self, step, state, w, noise),
    )
    renderer = Renderer(model)
    renderer.render(Recipe.from_seed(7, model))
    renderer.render(Recipe.from_seed(8, model))
    first, second = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert all(noise is None or noise.dtype == model.dtype for noise in seen)
    assert any(noise is not None for noise in seen)
    assert all(a is b for a, b in zip(first, second, strict=True))


def test_what_does_not_fit_the_budget_is_computed_again(model):
    recipe, changed = Recipe.from_seed(7, model), mixed_at(model, model.num_ws - 1)
    changed = changed.replace(truncation_psi=1.0)
    small = Renderer(model, cache_bytes=40_000)
    small.render(recipe)
    frame = small.render(changed)
    steps = model.network.synthesis.steps
    assert 1 < len(small.steps_run) < len(steps)
    assert (frame.pixels == render(model, changed)).all()


def test_frame_after_frame_the_same_states_fit_the_budget(model):
    row, runs = model.num_ws - 1, []
    small = Renderer(model, cache_bytes=40_000)
    for amount in (0.1, 0.2, 0.3, 0.4):
        mixing = (MixRow(SeedSource(11), tuple(amount * (i == row) for i in range(row + 1))),)
        small.render(Recipe.from_seed(7, model).replace(mixing=mixing))
        runs.append(small.steps_run)
    assert runs[1] == runs[2] == runs[3] != runs[0]


recipes = st.builds(
    dict,
    seed=st.integers(0, 3),
    truncation_psi=st.sampled_from([-0.5, 0.0, 0.7, 1.0]),
    truncation_cutoff=st.sampled_from([None, 0, 3, 8]),
    noise_mode=st.sampled_from(["const", "none", "seeded"]),
    noise_strength=st.sampled_from([0.0, 1.0, 1.5]),
    amounts=st.tuples(*[st.sampled_from([0.0, 0.4, 1.0])] * 8),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(recipes, min_size=2, max_size=5), st.integers(0, 200_000))
@pytest.mark.parametrize("config", [{}, WIDE])
def test_any_walk_shows_what_a_fresh_render_shows(make_model, config, walk, cache_bytes):
    model = make_model(**config)
    renderer = Renderer(model, cache_bytes)
    for fields in walk:
        fields = dict(fields)
        seed, amounts = fields.pop("seed"), fields.pop("amounts")
        recipe = Recipe.from_seed(seed, model, **fields)
        recipe = recipe.replace(mixing=(MixRow(SeedSource(11), amounts),))
        assert (renderer.render(recipe).pixels == render(model, recipe)).all()


def test_a_stopped_frame_leaves_the_next_one_right(model):
    renderer = Renderer(model)
    renderer.render(Recipe.from_seed(1, model))
    asked = iter([False] * 5 + [True])
    with pytest.raises(Superseded):
        renderer.render(Recipe.from_seed(2, model), lambda: next(asked))
    recipe = Recipe.from_seed(1, model)
    assert (renderer.render(recipe).pixels == render(model, recipe)).all()


def test_another_models_recipe_is_refused(model, make_model):
    other = make_model(seed=5, name="other")
    with pytest.raises(WrongModelError, match=r"other.*tiny"):
        render(model, Recipe.from_seed(7, other))


def test_a_recipe_forged_for_other_sizes_is_refused(model):
    recipe = Recipe.from_seed(7, model)
    forged = recipe.replace(model=msgspec.structs.replace(recipe.model, num_ws=4))
    with pytest.raises(WrongModelError):
        render(model, forged)


def test_classes_and_blends_of_them_differ(make_model):
    classes = make_model(c_dim=3)
    base = Recipe.from_seed(7, classes)
    labels = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.5, 0.5, 0.0)]
    frames = [render(classes, base.replace(source=SeedSource(7, label))) for label in labels]
    assert (frames[0] == render(classes, base)).all()
    assert (frames[0] != frames[1]).any()
    assert (frames[2] != frames[0]).any()
    assert (frames[2] != frames[1]).any()


def test_pictures_have_three_channels_or_keep_their_transparency(make_model):
    for img_channels, channels in ((1, 3), (3, 3), (4, 4)):
        model = make_model(img_channels=img_channels)
        frame = render(model, Recipe.from_seed(7, model))
        assert frame.shape == (32, 32, channels)
        assert frame.dtype == np.uint8


def test_walking_the_plane_meets_the_seeds(model):
    at = [PlaneSource(7.0, 0.0), PlaneSource(7.5, 0.0)]
    recipes = [Recipe.from_seed(7, model).replace(source=source) for source in at]
    assert (render(model, recipes[0]) == render(model, Recipe.from_seed(7, model))).all()
    assert (render(model, recipes[1]) != render(model, recipes[0])).any()


def test_drafts_come_before_the_frame_and_look_like_it():
    model = open_model("portraits")
    renderer, drafts = Renderer(model), []
    renderer.pace.budget = 0.0
    recipe = Recipe.from_seed(7, model, truncation_psi=0.7)
    frame = renderer.render(recipe, show_draft=drafts.append)
    assert [draft.draft for draft in drafts] == [32, 64, 128]
    assert frame.draft is None
    assert (frame.pixels == render(model, recipe)).all()
    for draft in drafts:
        assert draft.recipe == recipe
        assert draft.pixels.shape == frame.pixels.shape
        assert np.corrcoef(draft.pixels.ravel(), frame.pixels.ravel())[0, 1] > 0.9


class _NoBicubicOnBytes(TorchDispatchMode):
    """Refuses what CUDA and MPS have no code for."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if "bicubic" in str(func) and args[0].dtype == torch.uint8:
            raise NotImplementedError(f"\"{func}\" not implemented for 'Byte'")
        return func(*args, **(kwargs or {}))


def test_other_devices_enlarge_drafts_without_interpolating_bytes():
    img8 = torch.empty(32, 32, 3, dtype=torch.uint8, device="meta")
    with _NoBicubicOnBytes():
        large = pace.enlarged(img8, 64)
    assert (large.shape, large.dtype) == ((64, 64, 3), torch.uint8)


def test_drafts_look_the_same_on_every_device():
    noise = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(noise, size=(16, 16), mode="bilinear")
    img8 = (smooth[0].permute(1, 2, 0) * 255).to(torch.uint8)
    planes = img8.permute(2, 0, 1)[None]
    elsewhere = pace._enlarged_in_float(planes, 64)[0].permute(1, 2, 0)
    assert (pace.enlarged(img8, 64).int() - elsewhere.int()).abs().max() <= 3


def test_a_draft_that_fails_does_not_cost_the_frame(monkeypatch):
    def fail(*_):
        raise RuntimeError("not implemented for 'Byte'")

    monkeypatch.setattr("stylestudio.render.renderer.enlarged", fail)
    model = open_model("portraits")
    renderer, drafts = Renderer(model), []
    renderer.pace.budget = 0.0
    recipe = Recipe.from_seed(7, model)
    frame = renderer.render(recipe, show_draft=drafts.append)
    assert not drafts
    assert np.array_equal(frame.pixels, render(model, recipe))


def test_a_frame_within_its_budget_has_no_drafts(model):
    renderer, drafts = Renderer(model), []
    renderer.pace.budget = 1e6
    renderer.render(Recipe.from_seed(7, model), show_draft=drafts.append)
    assert not drafts


@pytest.mark.parametrize("architecture", ["resnet", "orig"])
def test_models_without_early_pictures_have_no_drafts(make_model, architecture):
    model, drafts = make_model(architecture=architecture), []
    renderer = Renderer(model)
    renderer.pace.budget = 0.0
    renderer.render(Recipe.from_seed(7, model), show_draft=drafts.append)
    assert not drafts


def test_a_draft_holds_the_change_that_it_is_shown_for(make_model):
    model, drafts = make_model(resolution=64), []
    renderer = Renderer(model)
    renderer.pace.budget = 0.0
    base = Recipe.from_seed(7, model, truncation_psi=0.7)
    renderer.render(base)
    renderer.render(mixed_at(model, model.num_ws - 1), show_draft=drafts.append)
    assert not drafts  # only the last RGB changed
    renderer.render(mixed_at(model, model.num_ws - 4), show_draft=drafts.append)
    assert [draft.draft for draft in drafts] == [32]


def test_a_frame_stopped_after_its_draft_leaves_the_next_one_right(model):
    renderer, drafts = Renderer(model), []
    renderer.pace.budget = 0.0
    with pytest.raises(Superseded):
        renderer.render(Recipe.from_seed(1, model), lambda: bool(drafts), drafts.append)
    recipe = Recipe.from_seed(1, model)
    frame = renderer.render(recipe)
    assert renderer.steps_run[0] == "b32.conv0"  # what the draft took is not done twice
    assert (frame.pixels == render(model, recipe)).all()


def test_a_card_is_waited_for_only_where_frames_take_their_time(model, monkeypatch):
    waited = []
    monkeypatch.setattr("stylestudio.render.renderer.catch_up", waited.append)
    renderer, rgb = Renderer(model), sum(step.makes_rgb for step in model.synthesis.steps)
    for seed, (budget, waits) in enumerate([(1e6, rgb), (1e6, 0), (1e-9, rgb), (1e6, 0)]):
        renderer.pace.budget = budget
        waited.clear()
        renderer.render(Recipe.from_seed(seed, model), show_draft=lambda _frame: None)
        assert len(waited) == waits


def test_a_row_of_the_mix_acts_by_its_amount_while_it_is_heard(model):
    whole = mixed_at(model, 3)
    base, (row,) = whole.replace(mixing=()), whole.mixing
    renderer = Renderer(model)
    shown = {
        name: renderer.render(base.replace(mixing=(msgspec.structs.replace(row, **fields),))).pixels
        for name, fields in {
            "whole": {},
            "half": {"amount": 0.5},
            "none": {"amount": 0.0},
            "muted": {"muted": True},
        }.items()
    }
    halved = msgspec.structs.replace(row, amounts=tuple(x / 2 for x in row.amounts))
    assert (shown["whole"] == render(model, whole)).all()
    assert (shown["half"] == render(model, base.replace(mixing=(halved,)))).all()
    assert (shown["none"] == render(model, base)).all()
    assert (shown["muted"] == render(model, base)).all()
    beside = MixRow(SeedSource(4), (1.0,) * model.num_ws, solo=True)
    alone = base.replace(mixing=(beside,))
    assert (render(model, base.replace(mixing=(row, beside))) == render(model, alone)).all()


def test_no_step_runs_for_a_name_or_a_lock_or_for_what_is_not_heard(model):
    renderer, whole = Renderer(model), mixed_at(model, 3)
    renderer.render(whole)
    (row,) = whole.mixing
    other = MixRow(SeedSource(4), (1.0,) * model.num_ws, muted=True)
    for rows in (
        (msgspec.structs.replace(row, name="Mia", locked=True),),
        (row, other),
        (other, msgspec.structs.replace(row, solo=True)),
    ):
        renderer.render(whole.replace(mixing=rows))
        assert renderer.steps_run == ()
