"""Which recipe stands when, and that loops close."""

import itertools

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from stylestudio.recipe import PlaneSource, Recipe, RecipeError, SeedSource
from stylestudio.render import compose_ws, render
from stylestudio.video import Keyframe, NoiseFlow, PsiSweep, Timeline, Wander

PATHS = ("line", "spline", "z line", "z arc")
WANDERS = (None, Wander(), Wander(kind="walk", laps=2, seed=3))


@pytest.mark.parametrize(("path", "wander"), list(itertools.product(PATHS, WANDERS)))
def test_loops_of_all_kinds_close_to_the_bit(model, keys, path, wander):
    timeline = Timeline(
        keyframes=tuple(Keyframe(key, 0.37) for key in keys),
        loop=True,
        path=path,
        wander=wander,
        noise=NoiseFlow(speed=0.9),
        psi=PsiSweep(swings=3),
    )
    first, end = timeline.recipe_at(0), timeline.recipe_at(timeline.frame_count)
    assert (render(model, first) == render(model, end)).all()
    halfway = timeline.recipe_at(timeline.frame_count // 2)
    assert (render(model, first) != render(model, halfway)).any()


def test_keyframes_are_met_exactly(keys):
    for path in PATHS:
        timeline = replace(Timeline.of(keys, 4.0, fps=10), path=path)
        assert timeline.frame_count == 40
        assert timeline.recipe_at(0) == keys[0]
        assert timeline.recipe_at(20) == keys[1]
        assert timeline.recipe_at(40) == keys[2]


def test_segments_have_their_own_duration_and_easing(keys):
    a, b, _ = keys
    timeline = Timeline(
        keyframes=(Keyframe(a, 1.0, "hold"), Keyframe(b, 3.0, "even"), Keyframe(a)), fps=10
    )
    assert timeline.seconds == 4.0
    assert timeline.recipe_at(9) == a
    assert timeline.recipe_at(10) == b
    assert timeline.recipe_at(25).truncation_psi == pytest.approx(0.8)


@pytest.mark.parametrize("seconds", [2.0, 2.01, 1.99])
def test_a_clip_that_ends_with_a_cut_ends_on_its_last_keyframe(keys, seconds):
    a, b, c = keys
    keyframes = (Keyframe(a, 1.0, "even"), Keyframe(b, seconds - 1.0, "hold"), Keyframe(c))
    timeline = Timeline(keyframes=keyframes, fps=30)
    assert len(timeline) == 60
    assert timeline[59] == timeline.recipe_at(60) == c
    assert timeline[58] == timeline[31] == b
    assert timeline[15] == timeline.recipe_at_time(0.5)
    loop = timeline.replace(loop=True)  # in which it is shown for two seconds anyway
    assert len(loop) == 60 + 60
    assert loop[58] == b


@pytest.mark.parametrize("fps", [25, 30, 50, 60])
@pytest.mark.parametrize("loop", [False, True])
def test_no_cut_comes_a_frame_late_by_rounding(model, fps, loop):
    recipes = [Recipe.from_seed(seed, model) for seed in range(12)]
    for tenths in range(1, 15):
        keyframes = tuple(Keyframe(recipe, tenths / 10, "hold") for recipe in recipes)
        timeline = Timeline(keyframes=keyframes, fps=fps, loop=loop)
        for index in range(1, 11):
            frame, beside = divmod(tenths * index * fps, 10)
            if not beside:
                assert timeline[frame - 1] == recipes[index - 1]
                assert timeline[frame] == timeline.recipe_at_time(frame / fps) == recipes[index]


def test_what_is_not_continuous_switches_half_way(keys):
    timeline = Timeline.of(keys[:2], 1.0, fps=100)
    assert timeline.recipe_at(49).truncation_cutoff is None
    assert timeline.recipe_at(50).truncation_cutoff == 5
    assert timeline.recipe_at(25).noise_strength == pytest.approx(1.125)


def test_paths_in_z_are_the_published_ones(model):
    recipes = [Recipe.from_seed(seed, model) for seed in (3, 4)]
    a, b = (np.random.RandomState(seed).randn(model.z_dim) for seed in (3, 4))
    angle = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    on_arc = (np.sin(0.7 * angle) * a + np.sin(0.3 * angle) * b) / np.sin(angle)
    for path, z in (("z line", 0.7 * a + 0.3 * b), ("z arc", on_arc)):
        at = replace(Timeline.of(recipes, 1.0, fps=10), path=path).recipe_at(3)
        assert torch.allclose(compose_ws(model, at), model.map(z[None])[0], atol=1e-5)


def test_a_path_in_z_takes_whole_points_of_the_plane_and_goes_straight_for_others(keys):
    seed, _, latent = keys
    whole = seed.replace(source=PlaneSource(4.0, 1.0))
    between = seed.replace(source=PlaneSource(4.5, 1.0))
    kinds = []
    for other in (whole, between, latent):
        timeline = replace(Timeline.of([seed, other], 1.0, fps=10), path="z arc")
        kinds.append(type(timeline.recipe_at(5).source).__name__)
    assert kinds == ["ZSource", "BlendSource", "BlendSource"]


def test_classes_are_blended_on_paths_in_z(make_model):
    model = make_model(c_dim=3)
    labels = [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)]
    recipes = [
        Recipe.from_seed(0, model).replace(source=SeedSource(seed, label))
        for seed, label in zip((3, 4), labels, strict=True)
    ]
    timeline = replace(Timeline.of(recipes, 1.0, fps=4), path="z line")
    zs = [np.random.RandomState(seed).randn(model.z_dim) for seed in (3, 4)]
    expected = model.map([0.75 * zs[0] + 0.25 * zs[1]], [[0.75, 0.0, 0.25]])[0]
    assert torch.allclose(compose_ws(model, timeline.recipe_at(1)), expected, atol=1e-5)


def test_a_wandering_source_strays_as_far_as_its_radius_says(model):
    start = Recipe.from_seed(1, model)
    ways = []
    for radius in (0.0, 0.5, 1.0):
        wander = Wander(radius=radius, seed=5)
        timeline = Timeline(keyframes=(Keyframe(start, 1.0),), fps=8, loop=True, wander=wander)
        moved = compose_ws(model, timeline.recipe_at(4)) - compose_ws(model, start)
        ways.append(float(moved.norm()))
    assert ways[0] == 0.0
    assert ways[2] == pytest.approx(2 * ways[1], rel=1e-4)


@pytest.mark.parametrize("loop", [False, True])
def test_faster_noise_changes_more_from_frame_to_frame(model, keys, loop):
    steps = []
    for speed in (0.0, 0.05, 0.3, 0.5, 1.0, 1.5, 2.5):
        flow = NoiseFlow(speed=speed)
        keyframes = (Keyframe(keys[0], 2.0),)
        timeline = Timeline(keyframes=keyframes, fps=15, loop=loop, noise=flow)
        frames = [render(model, timeline.recipe_at(n)).astype(int) for n in range(6)]
        steps.append(np.mean([np.abs(a - b).mean() for a, b in itertools.pairwise(frames)]))
    assert steps[0] == 0.0
    assert (np.diff(steps) > 0).all()


def test_frames_are_counted_exactly_at_every_rate(keys):
    for fps, rate, count in ((25, 25, 100), (30, 30, 120), (29.97, 30000 / 1001, 120)):
        timeline = Timeline.of(keys, 4.0, fps=fps)
        assert float(timeline.rate) == pytest.approx(rate)
        assert timeline.frame_count == count


def test_frames_beyond_the_clip_are_refused(timeline):
    for n in (-1, timeline.frame_count + 1):
        with pytest.raises(RecipeError, match=r"n is"):
            timeline.recipe_at(n)


def test_a_timeline_is_of_one_model_and_of_one_kind(keys, make_model):
    other = Recipe.from_seed(1, make_model(seed=5, name="other"))
    with pytest.raises(RecipeError, match=r"tiny and other"):
        Timeline.of([keys[0], other], 1.0)
    with pytest.raises(RecipeError, match="keyframes or a performance"):
        Timeline()
    with pytest.raises(RecipeError, match="seconds"):
        Keyframe(keys[0], 0.0)
