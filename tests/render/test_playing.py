"""Playing stays with one quality, whatever the times that frames take."""

import random

import pytest

from stylestudio.render.playing import HOLD, PlayQuality, Quality

SIDES = (64, 128, 256)  # drafts of a model of 512 px


def times(full):
    """A machine on which every size takes a quarter of the next one's time."""
    return {64: full / 64, 128: full / 16, 256: full / 4, 512: full}


def play(chosen, seconds, of_clip, noise=0.0):
    """Play for so many seconds on a machine with these times; return the qualities."""
    stutter, at, seen = random.Random(1), 0.0, []
    while at < of_clip:
        quality = chosen.quality
        taken = seconds[quality.side] * (1 + noise * stutter.random())
        chosen.note(taken)
        at += max(taken, 1 / quality.fps)
        seen.append(quality)
    return seen


def runs(qualities):
    """The qualities, without repetitions in a row."""
    return [q for i, q in enumerate(qualities) if not i or qualities[i - 1] != q]


@pytest.mark.parametrize(
    ("rate", "full", "expected"),
    [
        (30.0, 0.02, "30 fps, full size"),
        (30.0, 0.06, "15 fps, full size"),
        (24.0, 0.08, "12 fps, full size"),
        (24000 / 1001, 0.08, "12 fps, full size"),
        (60.0, 0.02, "30 fps, full size"),
        (10.0, 0.09, "10 fps, full size"),
        (30.0, 0.12, "30 fps, draft of 256 px"),
        (30.0, 0.4, "30 fps, draft of 128 px"),
        (60.0, 0.12, "30 fps, draft of 256 px"),
        (30.0, 20.0, "3 fps, draft of 64 px"),
        (30.0, 4.0, "15 fps, draft of 64 px"),
        (5.0, 0.3, "5 fps, draft of 256 px"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_it_settles_on_one_quality_and_stays(rate, full, expected, known):
    seconds = times(full)
    expectation = seconds if known else dict.fromkeys(seconds, 0.0)
    seen = runs(play(PlayQuality(rate, expectation), seconds, 60.0))
    assert str(seen[-1]) == expected
    assert len(seen) == 1 or not known
    assert [q.side for q in seen] == sorted((q.side for q in seen), reverse=True)  # no sawtooth


def test_uneven_times_around_the_limit_do_not_make_it_waver():
    seconds = times(0.06)  # and up to half as much again: full frames come at 15 or 10 a second
    seen = play(PlayQuality(30.0, seconds), seconds, 60.0, noise=0.5)
    assert len(runs(seen)) <= 60 / HOLD
    assert len(runs(seen[: len(seen) // 12])) <= 2


def test_a_machine_that_gets_busier_and_rests_again_is_followed_in_time():
    chosen = PlayQuality(30.0, times(0.03))
    assert set(play(chosen, times(0.03), 5.0)) == {Quality(512, 1, 30.0, True)}
    busy = play(chosen, times(0.12), 5.0)
    assert busy[-1].side == 256
    assert len(runs(busy)) <= 3
    rested = play(chosen, times(0.02), 30.0)
    assert str(rested[-1]) == "30 fps, full size"
    assert len(runs(rested)) == 2


def test_full_frames_that_alone_get_slow_give_way_to_drafts():
    chosen = PlayQuality(30.0, {64: 0.04, 512: 0.0})  # measured while something else was going on
    assert str(play(chosen, {64: 0.02, 512: 0.02}, 5.0)[-1]) == "30 fps, full size"
    seen = runs(play(chosen, {64: 0.02, 512: 0.3}, 20.0))
    assert [quality.side for quality in seen] == [512, 64]


def test_without_drafts_full_frames_come_as_steadily_as_they_can():
    chosen = PlayQuality(30.0, {512: 0.0})
    assert str(play(chosen, {512: 0.21}, 10.0)[-1]) == "4.3 fps, full size"


def test_where_small_drafts_are_hardly_faster_larger_ones_are_taken():
    seconds = {64: 0.1, 128: 0.11, 256: 0.15, 512: 0.4}  # a busy machine
    seen = runs(play(PlayQuality(30.0, dict.fromkeys(seconds, 0.0)), seconds, 60.0))
    assert str(seen[-1]) == "6 fps, draft of 256 px"
    assert len(seen) <= 6
