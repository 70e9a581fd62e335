"""Playing in the window on a model whose times are set: one quality, and it is said."""

import itertools
import time

import pytest
from PySide6.QtCore import QPoint, Qt

from stylestudio.app.features.timeline.panel import RATES
from stylestudio.app.shell.readout import RateMenu
from stylestudio.recipe import SeedSource

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def timed(qtbot, bare_window, make_model, monkeypatch, settled):
    """A window with a clip of two keyframes, and a function that sets what a full frame takes.

    All of that time is spent in the last steps; drafts of half the size take nearly none.
    """
    model = make_model(seed=8, name="timed")
    synthesis = model.synthesis
    run_step = synthesis.run_step
    last = [step for step in synthesis.steps if step.resolution == model.resolution]
    taken = [0.0]

    def timed_step(step, *args):
        if step in last:
            time.sleep(taken[0] / len(last))
        return run_step(step, *args)

    monkeypatch.setattr(synthesis, "run_step", timed_step)
    bare_window.studio.document.open_model(model)
    settled(bare_window)
    bare_window.studio.worker.request_thumbnail = lambda pair: None  # frames alone take the time
    panel = bare_window.features["timeline"].panel
    for seed in (0, 1):
        recipe = bare_window.studio.document.recipe.replace(source=SeedSource(seed))
        bare_window.studio.document.set(recipe, "Another seed")
        qtbot.mouseClick(panel.insert, LEFT)
    settled(bare_window)

    def take(seconds):
        taken[0] = seconds
        document = bare_window.studio.document  # its time is measured as the hand moves
        document.set(document.recipe.replace(source=SeedSource(7)), "Another seed")
        settled(bare_window)

    bare_window.take, bare_window.taken = take, taken
    return bare_window


def play(qtbot, window, frames):
    """Play until so many frames were seen; return what they were drafts of, None for full."""
    panel, seen = window.features["timeline"].panel, []
    window.studio.rendered.connect(lambda rendered: seen.append(rendered.frame.draft))
    qtbot.mouseClick(panel.loop, LEFT)
    qtbot.mouseClick(panel.play, LEFT)
    qtbot.waitUntil(lambda: len(seen) >= frames, timeout=60_000)
    return seen[:frames]


def test_full_frames_that_come_in_time_are_all_full(qtbot, timed):
    timed.take(0.02)
    panel = timed.features["timeline"].panel
    panel.rate.setCurrentIndex(RATES.index(12.0))
    panel.rate.activated.emit(panel.rate.currentIndex())
    assert set(play(qtbot, timed, 30)) == {None}
    assert timed.status.speed.text() == "Playing: 12 fps, full size"


def test_where_full_frames_come_too_slowly_all_are_drafts_of_one_size(qtbot, timed, settled):
    timed.take(0.3)
    assert set(play(qtbot, timed, 30)) == {16}
    assert "fps, draft of 16 px" in timed.status.speed.text()
    qtbot.mouseClick(timed.features["timeline"].panel.play, LEFT)
    settled(timed)  # where it stops, the picture is full
    assert not timed.studio.view.is_draft
    assert "full" in timed.status.speed.text()


def test_frames_that_get_slow_while_playing_lead_to_drafts_once(qtbot, timed):
    timed.take(0.0)
    assert set(play(qtbot, timed, 10)) == {None}
    timed.taken[0] = 0.3
    seen = []
    timed.studio.rendered.connect(lambda rendered: seen.append(rendered.frame.draft))
    qtbot.waitUntil(lambda: seen.count(16) >= 20, timeout=60_000)
    assert [draft for draft, _ in itertools.groupby(seen)] == [None, 16]


def test_without_drafts_playing_shows_full_frames_alone(qtbot, timed):
    timed.findChild(RateMenu).actions()[-1].trigger()
    timed.take(0.15)
    assert set(play(qtbot, timed, 8)) == {None}
    assert "full size" in timed.status.speed.text()


def test_the_time_and_the_quality_move_nothing_in_the_window(qtbot, timed):
    panel = timed.features["timeline"].panel
    before = (panel.minimumSizeHint(), panel.time.width(), timed.size())
    key = timed.features["timeline"].clip
    key.edit_key(0, "Change a duration", seconds=3000.0)
    drag_to = QPoint(round(panel.strip.x_of(2999.0)), 6)
    qtbot.mousePress(panel.strip, LEFT, pos=QPoint(10, 6))
    qtbot.mouseMove(panel.strip, drag_to)
    qtbot.mouseRelease(panel.strip, LEFT, pos=drag_to)
    assert panel.time.text().endswith("/ 3000.00 s")
    assert panel.time.sizeHint().width() <= panel.time.width()
    assert (panel.minimumSizeHint(), panel.time.width(), timed.size()) == before
