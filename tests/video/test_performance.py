"""What the hand did is what is exported, whatever the renderer could show meanwhile."""

import random

import numpy as np
import pytest

from stylestudio.recipe import Recipe, RecipeError, SeedSource
from stylestudio.video import Performance, Recorder, Session, Timeline
from stylestudio.video.performance import LONGEST, RAMP, Event


@pytest.fixture
def drag(model):
    """Psi dragged with uneven pauses, and a seed rolled; returns it with times and values."""
    stutter = random.Random(4)
    recipe, now = Recipe.from_seed(1, model, truncation_psi=0.0), 100.0
    recorder = Recorder(recipe, now)
    times, values = [0.0], [0.0]
    for i in range(40):
        now += stutter.choice([0.004, 0.016, 0.03, 0.4])
        recipe = recipe.replace(truncation_psi=round((i + 1) / 40, 3))
        recorder.note(recipe, now)
        times.append(now - 100.0)
        values.append(recipe.truncation_psi)
    recorder.note(recipe.replace(source=SeedSource(5)), now + 0.3)
    return recorder.finish(now + 1.0), times, values


def curve(times, values, at):
    """The event curve, written down a second time: hold, then move over in the last tenth."""
    xs, ys = [times[0]], [values[0]]
    for (t0, v0), (t1, v1) in zip(
        zip(times, values, strict=True), zip(times[1:], values[1:], strict=False), strict=False
    ):
        xs += [max(t0, t1 - RAMP), t1]
        ys += [v0, v1]
    return np.interp(at, xs, ys)


@pytest.mark.parametrize("fps", [24, 60, 23.976])
def test_every_frame_has_the_value_of_the_event_curve_at_its_time(drag, fps):
    performance, times, values = drag
    timeline = Timeline(performance=performance, fps=fps)
    assert timeline.frame_count == round(performance.seconds * timeline.rate)
    for n in range(timeline.frame_count):
        expected = curve(times, values, float(n / timeline.rate))
        assert timeline.recipe_at(n).truncation_psi == pytest.approx(expected, abs=1e-9)
    assert timeline.recipe_at(timeline.frame_count).source == SeedSource(5)


def test_a_performance_survives_its_file(drag):
    timeline = Timeline(performance=drag[0])
    read = Session.from_json(Session(timeline=timeline).to_json()).timeline
    assert read == timeline
    for n in (0, 17, timeline.frame_count):
        assert read.recipe_at(n) == timeline.recipe_at(n)


def test_of_a_recording_longer_than_an_hour_the_first_is_kept(model):
    recipe = Recipe.from_seed(1, model)
    recorder = Recorder(recipe, 100.0)
    for psi, now in ((0.1, 3600.0), (0.2, 3701.0)):
        recorder.note(recipe.replace(truncation_psi=psi), now)
    performance = recorder.finish(4000.0)
    assert performance.seconds == LONGEST
    assert [event.seconds for event in performance.events] == [3500.0]


def test_what_cannot_be_performed_is_said(model, make_model):
    start = Recipe.from_seed(1, model)
    with pytest.raises(RecipeError, match=r"events\[0\].seconds"):
        Performance(start=start, events=(Event(5.0, {}),), seconds=1.0)
    performance = Performance(start=start, events=(Event(0.5, {"truncation_psi": "high"}),))
    with pytest.raises(RecipeError, match=r"events\[0\].*truncation_psi"):
        Timeline(performance=performance).recipe_at(20)
    recorder = Recorder(start, 0.0)
    with pytest.raises(RecipeError, match="one model"):
        recorder.note(Recipe.from_seed(1, make_model(seed=5, name="other")), 1.0)
