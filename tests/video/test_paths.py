"""Easing, curves, circles and walks: they start and end where they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylestudio.video.paths import circle, curve_weights, eased, walk_weights

knots = st.lists(st.floats(0.1, 5.0), min_size=2, max_size=6).map(
    lambda gaps: tuple(np.cumsum([0.0, *gaps]).tolist())
)


@pytest.mark.parametrize("easing", ["even", "smooth", "in", "out", "hold"])
def test_easing_keeps_the_ends_and_never_turns_back(easing):
    path = [eased(easing, t) for t in np.linspace(0, 1, 50)]
    assert path[0] == 0.0
    assert path[-1] == 1.0
    assert (np.diff(path) >= 0).all()


@given(knots, st.booleans())
def test_a_curve_passes_through_its_keys_exactly(knots, closed):
    keys = len(knots) - closed
    for index, knot in enumerate(knots):
        expected = np.zeros(keys)
        expected[index % keys] = 1.0
        assert (curve_weights(knots, closed, knot) == expected).all()


@given(knots, st.booleans(), st.floats(0, 1))
def test_a_curve_of_equal_values_is_constant(knots, closed, share):
    assert curve_weights(knots, closed, share * knots[-1]).sum() == pytest.approx(1.0)


def test_a_curve_through_a_straight_line_is_that_line():
    knots = (0.0, 0.5, 2.0, 3.0)
    for at in np.linspace(0, 3, 31):
        assert curve_weights(knots, False, at) @ np.array(knots) == pytest.approx(at)


def test_a_closed_curve_has_no_corner_anywhere():
    knots = (0.0, 1.0, 1.7, 3.0, 4.0)
    values = np.array([0.0, 2.0, -1.0, 0.5])

    def at(time):
        return curve_weights(knots, True, time % 4.0) @ values

    h = 1e-4
    for knot in knots:
        before = (at(knot) - at(knot - h)) / h
        after = (at(knot + h) - at(knot)) / h
        assert before == pytest.approx(after, abs=0.02)


@given(knots, st.booleans(), st.floats(0, 1))
def test_a_curve_strays_little_however_uneven_the_times_are(knots, closed, share):
    weights = curve_weights(knots, closed, share * knots[-1])
    assert weights.min() >= -0.25
    assert weights.max() <= 1.25


def test_a_short_stay_between_long_ways_does_not_throw_the_curve_off():
    knots = (0.0, 2.0, 16.0, 18.0)
    path = [curve_weights(knots, False, at) for at in np.linspace(0, 18, 200)]
    assert np.min(path) > -0.15


def test_circles_and_walks_come_back_exactly():
    assert circle(0.0) == circle(3.0) == (0.0, 0.0)
    assert np.hypot(1 + circle(0.3)[0], circle(0.3)[1]) == pytest.approx(1.0)
    for steps in (3, 8, 20):
        assert (walk_weights(steps, 2.0) == 0).all()
        halfway = walk_weights(steps, 0.5) if steps % 2 == 0 else None
        if halfway is not None:
            assert np.square(halfway).sum() == pytest.approx(1.0)
