"""Keyframes inserted, moved, copied and removed, as functions of a timeline; snapping."""

import pytest

from stylestudio.recipe import Recipe, SeedSource
from stylestudio.video import (
    Keyframe,
    NoiseFlow,
    Performance,
    PsiSweep,
    Timeline,
    Wander,
    keyframes,
)


def names(timeline):
    """The seeds of its keyframes, which tell them apart."""
    return [key.recipe.source.seed for key in timeline.keyframes]


@pytest.fixture
def recipe(model):
    return Recipe.from_seed(9, model)


@pytest.fixture
def timeline(model):
    """Keyframes of the seeds 0 to 4 at 0, 2, 4, 6 and 8 seconds, 10 frames a second."""
    recipes = [Recipe.from_seed(seed, model) for seed in range(5)]
    return Timeline(keyframes=tuple(Keyframe(recipe, 2.0) for recipe in recipes), fps=10)


@pytest.mark.parametrize(
    ("indices", "gap", "order", "places"),
    [
        ([0], 3, [1, 2, 0, 3, 4], range(2, 3)),
        ([4], 0, [4, 0, 1, 2, 3], range(1)),
        ([1, 3], 5, [0, 2, 4, 1, 3], range(3, 5)),
        ([1, 3], 2, [0, 1, 3, 2, 4], range(1, 3)),
        ([2], 2, [0, 1, 2, 3, 4], range(2, 3)),
        ([2], 3, [0, 1, 2, 3, 4], range(2, 3)),
        (range(5), 2, [0, 1, 2, 3, 4], range(5)),
    ],
)
def test_several_are_moved_together_into_a_gap(timeline, indices, gap, order, places):
    moved, where = keyframes.moved(timeline, indices, gap)
    assert names(moved) == order
    assert where == places
    assert sorted(names(timeline)) == names(timeline)


def test_copies_go_together_into_a_gap_and_take_their_durations_along(timeline):
    timeline = keyframes.edited(timeline, [3], seconds=0.5, easing="out")
    copied, where = keyframes.copied(timeline, [1, 3], 4)
    assert names(copied) == [0, 1, 2, 3, 1, 3, 4]
    assert where == range(4, 6)
    assert copied.keyframes[5] == timeline.keyframes[3]


def test_without_any_keyframe_left_there_is_no_timeline(timeline):
    assert names(keyframes.removed(timeline, [0, 4])) == [1, 2, 3]
    assert keyframes.removed(timeline, range(5)) is None


@pytest.mark.parametrize("at", [0.1, 1.3, 1.9])
def test_what_is_inserted_between_two_moves_neither(timeline, recipe, at):
    longer = keyframes.inserted(timeline, recipe, 0, at)
    assert names(longer) == [0, 9, 1, 2, 3, 4]
    assert keyframes.times(longer) == pytest.approx((0, at, 2, 4, 6, 8))


def test_what_is_inserted_at_a_keyframe_comes_after_it(timeline, recipe):
    longer = keyframes.inserted(timeline, recipe, 1, 2.0)
    assert keyframes.times(longer) == pytest.approx((0, 2, 4, 6, 8, 10))
    last = keyframes.inserted(timeline, recipe, 4, 8.0)
    assert names(last)[-1] == 9
    assert last.seconds == 10.0


def test_the_keyframe_under_the_playhead_is_found_within_half_a_frame(timeline):
    assert keyframes.key_at(timeline, 2.04) == keyframes.key_at(timeline, 1.96) == 1
    assert keyframes.key_at(timeline, 2.06) is None
    assert keyframes.key_at(timeline, 8.0) == 4
    loop = timeline.replace(loop=True)
    assert keyframes.key_at(loop, loop.seconds) == 0
    assert keyframes.reached(timeline, 1.99) == 0
    assert keyframes.reached(timeline, 2.0) == 1


@pytest.mark.parametrize("loop", [False, True])
def test_a_picture_is_keyed_where_the_playhead_stands(timeline, recipe, loop):
    timeline = timeline.replace(loop=loop)
    updated, index, is_new = keyframes.keyed(timeline, recipe, 4.0)
    assert (names(updated), index, is_new) == ([0, 1, 9, 3, 4], 2, False)
    inserted, index, is_new = keyframes.keyed(timeline, recipe, 4.5)
    assert (names(inserted), index, is_new) == ([0, 1, 2, 9, 3, 4], 3, True)
    for changed in (updated, inserted):
        assert changed.seconds == pytest.approx(timeline.seconds)
    assert inserted.recipe_at_time(4.5) == recipe
    if loop:  # on the way back to the first one
        assert keyframes.keyed(timeline, recipe, 9.0)[0].recipe_at_time(9.0) == recipe


def test_what_moves_on_top_is_no_part_of_a_keyframe(timeline):
    moving = timeline.replace(wander=Wander(), psi=PsiSweep(), noise=NoiseFlow())
    shown = moving.recipe_at_time(4.5)
    assert shown.source != timeline.recipe_at_time(4.5).source
    assert keyframes.unmoved(moving, shown, 4.5) == timeline.recipe_at_time(4.5)
    changed = shown.replace(source=SeedSource(9), truncation_cutoff=3)
    expected = timeline.recipe_at_time(4.5).replace(source=SeedSource(9), truncation_cutoff=3)
    assert keyframes.unmoved(moving, changed, 4.5) == expected


def test_a_performance_has_no_keyframes(recipe):
    timeline = Timeline(performance=Performance(start=recipe, seconds=3.0))
    assert keyframes.times(timeline) == ()
    assert keyframes.key_at(timeline, 1.0) is None
    assert keyframes.reached(timeline, 1.0) == 0


@pytest.mark.parametrize(
    ("seconds", "marks", "reach", "expected"),
    [
        (1.04, (), 0.05, 1.0),  # a whole second
        (1.06, (), 0.05, 1.1),  # no nearer than a frame
        (1.42, (1.45,), 0.05, 1.45),
        (1.02, (1.03,), 0.05, 1.03),  # the nearest mark
        (1.26, (1.45,), 0.05, 1.3),
        (0.4, (), 0.5, 0.0),  # far out, whole seconds alone
    ],
)
def test_times_snap_to_marks_whole_seconds_and_frames(timeline, seconds, marks, reach, expected):
    assert keyframes.snapped(seconds, timeline, marks, reach) == pytest.approx(expected)


def test_frames_of_television_rates_are_snapped_to_exactly(timeline):
    timeline = timeline.replace(fps=29.97)
    found = keyframes.snapped(1.5, timeline, (), 0.01)
    assert found * timeline.rate == pytest.approx(round(found * timeline.rate), abs=1e-9)
