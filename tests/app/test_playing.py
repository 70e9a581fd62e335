"""Playing in the window with frames whose times are set: one quality, and it is said."""

import itertools

import pytest
from PySide6.QtCore import QPoint, Qt

from stylestudio.app.features.timeline.panel import RATES
from stylestudio.app.shell.readout import RateMenu
from stylestudio.recipe import SeedSource
from stylestudio.render.pace import Pace
from stylestudio.render.playing import PlayQuality

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def timed(qtbot, bare_window, make_model, monkeypatch, settled):
    """A window with a clip of two keyframes; `times` says what frames take, by their side."""
    times = {16: 0.01, 32: 0.02}
    note = PlayQuality.note
    monkeypatch.setattr(Pace, "expected", lambda _, side: times[side])
    monkeypatch.setattr(PlayQuality, "note", lambda self, _: note(self, times[self.quality.side]))
    bare_window.studio.document.open_model(make_model(seed=8, name="timed"))
    panel = bare_window.features["timeline"].panel
    for seed in (0, 1):
        recipe = bare_window.studio.document.recipe.replace(source=SeedSource(seed))
        bare_window.studio.document.set(recipe, "Another seed")
        qtbot.mouseClick(panel.insert, LEFT)
    settled(bare_window)
    bare_window.times = times
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
    panel = timed.features["timeline"].panel
    panel.rate.setCurrentIndex(RATES.index(12.0))
    panel.rate.activated.emit(panel.rate.currentIndex())
    assert set(play(qtbot, timed, 30)) == {None}
    assert timed.status.speed.text() == "Playing: 12 fps, full size"


def test_where_full_frames_come_too_slowly_all_are_drafts_of_one_size(qtbot, timed, settled):
    timed.times[32] = 0.3
    assert set(play(qtbot, timed, 30)) == {16}
    assert timed.status.speed.text() == "Playing: 30 fps, draft"
    qtbot.mouseClick(timed.features["timeline"].panel.play, LEFT)
    settled(timed)  # where it stops, the picture is full
    assert not timed.studio.view.is_draft
    assert "full" in timed.status.speed.text()


def test_frames_that_get_slow_while_playing_lead_to_drafts_once(qtbot, timed):
    assert set(play(qtbot, timed, 10)) == {None}
    timed.times[32] = 0.3
    seen = []
    timed.studio.rendered.connect(lambda rendered: seen.append(rendered.frame.draft))
    qtbot.waitUntil(lambda: seen.count(16) >= 20, timeout=60_000)
    assert [draft for draft, _ in itertools.groupby(seen)] == [None, 16]


def test_without_drafts_playing_shows_full_frames_alone(qtbot, timed):
    timed.findChild(RateMenu).actions()[-1].trigger()
    timed.times[32] = 0.15
    assert set(play(qtbot, timed, 8)) == {None}
    assert timed.status.speed.text() == "Playing: 6 fps, full size"


def test_the_time_and_the_quality_move_nothing_in_the_window(qtbot, timed):
    panel = timed.features["timeline"].panel
    before = (panel.minimumSizeHint(), panel.time.width(), timed.size())
    key = timed.features["timeline"].clip
    key.edit_keys([0], "Change a duration", seconds=3000.0)
    drag_to = QPoint(round(panel.strip.x_of(2999.0)), 6)
    qtbot.mousePress(panel.strip, LEFT, pos=QPoint(10, 6))
    qtbot.mouseMove(panel.strip, drag_to)
    qtbot.mouseRelease(panel.strip, LEFT, pos=drag_to)
    assert panel.time.text().endswith("/ 3000.00 s")
    assert panel.time.sizeHint().width() <= panel.time.width()
    assert (panel.minimumSizeHint(), panel.time.width(), timed.size()) == before
