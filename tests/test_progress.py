"""How work tells how far it is, and how it is paused and ended."""

import threading
import time

import numpy as np
import pytest

from stylestudio.progress import Cancel, Cancelled, Progress, TimeLeft, duration


class Clock:
    """Goes when it is told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def time_left(steps, total, begin=0, seconds=1.0):
    """After so many steps, each of which took `seconds`."""
    clock = Clock()
    left = TimeLeft(clock)
    progress = left.fill(Progress(begin, total, "Working"))
    for step in range(steps):
        clock.now += seconds
        progress = left.fill(Progress(begin + step + 1, total, "Working"))
    return progress.seconds_left


def test_progress_is_one_line():
    picture = np.zeros((4, 4, 3), np.uint8)
    said = str(Progress(12, 400, "Tuning weights", 0.01234, picture, 185.0))
    assert said == "Tuning weights: 12 of 400, loss 0.01234, 3 min left"
    assert str(Progress(0, 400, "Looking at pictures")) == "Looking at pictures"
    assert str(Progress(400, 400, "Saving", seconds_left=0.0)) == "Saving: 400 of 400"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_durations_are_in_words(seconds, said):
    assert duration(seconds) == said


def test_the_time_left_follows_from_the_steps():
    assert time_left(0, 100) is None
    assert time_left(10, 100, seconds=2.0) == pytest.approx(180)
    assert time_left(10_000, 20_000, seconds=0.001) == pytest.approx(10)


def test_after_a_resume_only_the_steps_of_this_run_count():
    assert time_left(10, 1000, begin=900, seconds=3.0) == pytest.approx(270)


def test_the_time_left_follows_a_change_of_pace():
    clock = Clock()
    left = TimeLeft(clock)
    for step in range(1001):
        clock.now += 0.1 if step < 500 else 4.0
        progress = left.fill(Progress(step, 2000, "Working"))
    assert progress.seconds_left == pytest.approx(4000)


def test_preparing_does_not_count_as_a_step():
    clock = Clock()
    left = TimeLeft(clock)
    for done in (0, 0, 0, 1):
        clock.now += 1.0 if done else 50.0
        progress = left.fill(Progress(done, 10, "Working"))
    assert progress.seconds_left == pytest.approx(9)


def test_work_that_begins_anew_is_measured_anew():
    clock = Clock()
    left = TimeLeft(clock)
    for done in (0, 1, 2, 0, 1):
        clock.now += 10.0 if done == 1 else 1.0
        progress = left.fill(Progress(done, 5, "Working"))
    assert progress.seconds_left == pytest.approx(40)


def test_what_the_work_says_itself_stands():
    left = TimeLeft(Clock())
    left.fill(Progress(0, 10, "Working"))
    assert left.fill(Progress(1, 10, "Working", seconds_left=77.0)).seconds_left == 77.0


def in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    return thread


def test_cancelling_raises_at_the_next_check():
    cancel = Cancel()
    cancel.check()
    cancel.cancel(keep_partial=True)
    with pytest.raises(Cancelled):
        cancel.check()
    assert cancel.keeps_partial


def test_finishing_is_seen_and_raises_nothing():
    cancel = Cancel()
    assert not cancel.is_finishing
    cancel.finish()
    cancel.check()
    assert cancel.is_finishing
    cancel.pause()
    assert not cancel.is_paused


@pytest.mark.parametrize("way_out", ["resume", "finish", "cancel"])
def test_a_pause_holds_until_somebody_ends_it(way_out):
    cancel = Cancel(seconds=60)
    ends = []

    def work():
        try:
            cancel.check()
            ends.append("went on")
        except Cancelled:
            ends.append("cancelled")

    cancel.pause()
    thread = in_thread(work)
    thread.join(0.05)
    assert ends == []
    getattr(cancel, way_out)()
    thread.join()
    assert ends == ["cancelled" if way_out == "cancel" else "went on"]
    assert not cancel.is_paused


def test_a_pause_lets_no_time_pass():
    cancel = Cancel()
    cancel.pause()
    before, real = cancel.clock(), time.monotonic()
    while time.monotonic() < real + 0.05:
        assert cancel.clock() == before
    cancel.resume()
    passed = time.monotonic() - real
    assert cancel.clock() - before < passed


def test_with_a_deadline_nothing_hangs():
    cancel = Cancel(seconds=0.02)
    cancel.pause()
    with pytest.raises(Cancelled):
        cancel.check()
    assert cancel.is_cancelled
