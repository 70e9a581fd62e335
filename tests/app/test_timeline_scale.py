"""How time lies along the strip, and which keyframes are selected; neither needs a window."""

from itertools import pairwise

import pytest

from stylestudio.app.features.timeline.selection import Selection
from stylestudio.app.features.timeline.time_scale import CLOSEST, FARTHEST, TimeScale


@pytest.mark.parametrize("per_second", [0.5, 56.0, 1000.0])
def test_times_and_places_map_to_each_other(per_second):
    scale = TimeScale(per_second)
    for seconds in (0.0, 0.02, 3.7, 3600.0):
        assert scale.time_at(scale.x_of(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize("seconds", [0.5, 8.0, 120.0, 3600.0])
@pytest.mark.parametrize("width", [380, 1200])
def test_a_clip_that_is_fitted_is_in_sight_from_start_to_end(seconds, width):
    assert TimeScale.fitting(seconds, width).width(seconds) <= width + 1


def test_zoom_ends_somewhere():
    scale = TimeScale()
    assert scale.zoomed(1e9).per_second == CLOSEST
    assert scale.zoomed(1e-9).per_second == FARTHEST
    assert scale.zoomed(2.0).zoomed(0.5) == scale


@pytest.mark.parametrize("per_second", [FARTHEST, 3.0, 56.0, 333.0, CLOSEST])
def test_labels_of_the_ruler_keep_apart_and_tell_times_apart(per_second):
    scale = TimeScale(per_second)
    first = 3000 / per_second
    ticks = list(scale.ticks(first, first + 1000 / per_second))
    assert 1 <= len(ticks) <= 16
    assert len({text for _, text in ticks}) == len(ticks)
    places = [scale.x_of(seconds) for seconds, _ in ticks]
    assert all(b - a > 60 for a, b in pairwise(places))


def test_labels_of_long_clips_count_minutes():
    texts = [text for _, text in TimeScale(3.0).ticks(0.0, 130.0)]
    assert texts == ["0 s", "30 s", "1:00", "1:30", "2:00"]


def test_far_out_keyframes_share_pictures_that_can_be_made_out():
    times = [2.0 * index for index in range(60)]
    near, far = TimeScale(), TimeScale.fitting(times[-1], 600)
    assert near.pictured(times) == dict.fromkeys(range(60), 64.0)
    pictured = far.pictured(times)
    assert 10 <= len(pictured) < 25
    assert {0, 59} <= {*pictured}
    assert all(width >= 20 for width in [*pictured.values()][:-2])
    assert far.pictured([]) == {}


def test_a_keyframe_with_room_shows_its_picture_however_close_the_one_before():
    assert {*TimeScale().pictured([0.0, 0.1, 5.0])} == {0, 1, 2}


@pytest.fixture
def selection():
    selection = Selection()
    selection.choose(3)
    return selection


def test_a_range_grows_and_shrinks_from_where_it_began(selection):
    selection.extend_to(6)
    assert (selection.all, selection.current) == ([3, 4, 5, 6], 6)
    selection.extend_to(1)
    assert (selection.all, selection.current) == ([1, 2, 3], 1)


def test_single_ones_are_added_and_taken_out_but_never_the_last(selection):
    selection.toggle(7)
    assert (selection.all, selection.current) == ([3, 7], 7)
    selection.toggle(7)
    selection.toggle(3)
    assert (selection.all, selection.current) == ([3], 3)


def test_a_frame_around_nothing_leaves_the_current_one(selection):
    selection.extend_to(5)
    selection.choose_all([])
    assert selection.all == [5]
    selection.choose_all([8, 2])
    assert (selection.all, selection.current) == ([2, 8], 2)


def test_what_is_gone_is_not_selected(selection):
    selection.extend_to(6)
    selection.fit(5)
    assert (selection.all, selection.current) == ([3, 4], 4)
    selection.fit(0)
    assert selection.all == [0]
