"""The timeline by mouse and by key: edges, selections, copies, zoom, snapping, autokey, menus."""

from itertools import pairwise

import pytest
from hands import drag
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QSlider

from stylestudio.app.features.timeline import autokey
from stylestudio.recipe import SeedSource
from stylestudio.render import Renderer
from stylestudio.video import Keyframe, NoiseFlow, Performance, PsiSweep, Timeline, Wander

LEFT = Qt.MouseButton.LeftButton
Key, Held = Qt.Key, Qt.KeyboardModifier
NONE, CTRL, SHIFT, ALT = (
    Held.NoModifier,
    Held.ControlModifier,
    Held.ShiftModifier,
    Held.AltModifier,
)


@pytest.fixture
def window(fresh_window):
    yield fresh_window
    fresh_window.features["timeline"].autokey.switch(False)
    fresh_window.features["timeline"].panel.snap.setChecked(True)


@pytest.fixture
def feature(window):
    return window.features["timeline"]


@pytest.fixture
def clip(window, feature, settled):
    """Keyframes of the seeds 0 to 4, two seconds apart; the playhead is at the start."""
    first = window.studio.document.recipe
    recipes = [first.replace(source=SeedSource(seed)) for seed in range(5)]
    feature.clip.show(Timeline(keyframes=tuple(Keyframe(recipe) for recipe in recipes)))
    feature.player.seek(0.0)
    feature.panel.area.fit()
    feature.panel.strip.set_current(0)
    settled(window)
    return feature.clip


@pytest.fixture
def strip(feature, clip):
    feature.panel.strip.setFocus()
    return feature.panel.strip


def seeds(clip):
    """The seeds of its keyframes, None for those that lie between seeds."""
    return [getattr(key.recipe.source, "seed", None) for key in clip.timeline.keyframes]


def durations(clip):
    return [round(key.seconds, 4) for key in clip.timeline.keyframes]


def middle(strip, index):
    return strip.key_rect(index).center().toPoint()


def drag_with(strip, start, end, held=NONE):
    """Drag with keys held, which the last move and the release see."""
    QTest.mousePress(strip, LEFT, NONE, start)
    for share in (0.3, 0.6, 1.0):
        place = QPointF(start + (end - start) * share)
        where = QPointF(strip.mapToGlobal(place.toPoint()))
        move = QMouseEvent(QEvent.Type.MouseMove, place, where, LEFT, LEFT, held)
        QApplication.sendEvent(strip, move)
    QTest.mouseRelease(strip, LEFT, held, end)


def undo(qtbot, window):
    qtbot.keyClick(window, Key.Key_Z, CTRL)


# --- frames -----------------------------------------------------------------------------------


def test_next_frame_goes_through_the_frames_of_a_loop_and_the_tip_counts_them(
    qtbot, feature, strip, clip
):
    keys = tuple(Keyframe(key.recipe, 0.33) for key in clip.timeline.keyframes[:3])
    feature.clip.show(clip.timeline.replace(keyframes=keys, loop=True, fps=25.0))
    timeline = clip.timeline
    feature.player.seek(0.0)
    for frame in range(1, timeline.frame_count):
        qtbot.keyClick(strip, Key.Key_Right)
        assert feature.player.position == pytest.approx(timeline.time_of_frame(frame), abs=1e-9)
        assert feature.panel.time.toolTip() == f"Frame {frame} of {timeline.frame_count}"


def test_the_tip_names_the_frame_that_is_on_show(feature, clip):
    feature.clip.show(clip.timeline.replace(fps=25.0))
    for frame in range(clip.timeline.frame_count):
        feature.player.seek(clip.timeline.time_of_frame(frame))
        assert feature.panel.time.toolTip() == f"Frame {frame} of {clip.timeline.frame_count}"


# --- edges ------------------------------------------------------------------------------------


def edge(strip, segment):
    return QPoint(round(strip.x_of(strip.ends[segment])) - 2, 60)


def test_an_edge_is_dragged_for_a_duration_as_one_step(qtbot, window, strip, clip):
    qtbot.mouseMove(strip, edge(strip, 1))
    assert strip.cursor().shape() == Qt.CursorShape.SplitHCursor
    start = edge(strip, 1)
    by = QPoint(round(0.74 * strip.scale.per_second), 0)
    drag(qtbot, strip, start, start + by)
    assert durations(clip)[1] == pytest.approx(2.74, abs=0.05)
    assert durations(clip)[1] * 30 == pytest.approx(round(durations(clip)[1] * 30), abs=0.01)
    assert [*durations(clip)[:1], *durations(clip)[2:]] == [2.0] * 4
    undo(qtbot, window)
    assert durations(clip) == [2.0] * 5
    qtbot.mouseMove(strip, middle(strip, 1))
    assert strip.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_an_edge_snaps_to_a_whole_second_and_the_playhead_unless_shift_is_held(strip, clip):
    start, per_second = edge(strip, 1), strip.scale.per_second
    near = start + QPoint(round(per_second + 4), 0)
    drag_with(strip, start, near)
    assert durations(clip)[1] == 3.0
    drag_with(strip, near - QPoint(4, 0), near)  # it is at 5 s now
    assert durations(clip)[1] == 3.0
    drag_with(strip, edge(strip, 1), edge(strip, 1) + QPoint(12, 0), SHIFT)
    assert durations(clip)[1] == pytest.approx(3.0 + 12 / per_second, abs=0.001)


def test_a_click_on_an_edge_is_one_on_the_keyframe_there(qtbot, window, strip, clip):
    qtbot.mouseClick(strip, LEFT, pos=QPoint(round(strip.key_rect(2).left()) + 1, 60))
    assert strip.selection.all == [2]
    assert window.studio.document.recipe.source == SeedSource(2)
    assert durations(clip) == [2.0] * 5


def test_without_snapping_nothing_snaps(qtbot, feature, strip, clip):
    qtbot.keyClick(strip, Key.Key_S)
    assert not feature.panel.snap.isChecked()
    start = edge(strip, 1)
    drag_with(strip, start, start + QPoint(11, 0))
    assert durations(clip)[1] == pytest.approx(2.0 + 11 / strip.scale.per_second, abs=0.001)


def test_no_duration_is_shorter_than_a_frame_and_esc_gives_a_drag_up(qtbot, window, strip, clip):
    start = edge(strip, 1)
    drag_with(strip, start, QPoint(2, 60))
    assert durations(clip)[1] == pytest.approx(1 / 30, abs=1e-4)
    undo(qtbot, window)
    count = window.studio.document.undo_stack.count()
    qtbot.mousePress(strip, LEFT, pos=start)
    qtbot.mouseMove(strip, start + QPoint(40, 0))
    assert durations(clip)[1] > 2.1
    qtbot.keyClick(strip, Key.Key_Escape)
    qtbot.mouseRelease(strip, LEFT, pos=start + QPoint(40, 0))
    assert durations(clip) == [2.0] * 5
    assert window.studio.document.undo_stack.count() <= count


# --- several ----------------------------------------------------------------------------------


def test_clicks_with_ctrl_and_shift_select_and_show_nothing(qtbot, window, strip, clip):
    before = window.studio.document.recipe
    qtbot.mouseClick(strip, LEFT, SHIFT, middle(strip, 2))
    assert strip.selection.all == [0, 1, 2]
    qtbot.mouseClick(strip, LEFT, CTRL, middle(strip, 1))
    qtbot.mouseClick(strip, LEFT, CTRL, middle(strip, 4))
    assert strip.selection.all == [0, 2, 4]
    assert window.studio.document.recipe == before
    assert "3 selected" in strip.accessibleDescription()
    qtbot.mouseClick(strip, LEFT, NONE, middle(strip, 3))
    assert strip.selection.all == [3]
    assert window.studio.document.recipe.source == SeedSource(3)


def test_a_frame_selects_what_it_touches(qtbot, strip, clip):
    start = QPoint(round(strip.key_rect(0).right()) + 8, 80)
    drag(qtbot, strip, start, QPoint(round(strip.key_rect(2).left()) + 4, 40))
    assert strip.selection.all == [1, 2]


def test_a_click_beside_keyframes_moves_the_playhead(qtbot, feature, strip, clip):
    x = round(strip.x_of(3.3))  # no whole second is near
    qtbot.mouseClick(strip, LEFT, NONE, QPoint(x, 60))
    assert feature.player.position == pytest.approx(strip.time_at(x), abs=0.02)
    assert strip.selection.all == [1]


def test_with_several_selected_a_keyframe_is_inserted_at_the_playhead(
    qtbot, window, feature, strip, clip
):
    feature.player.seek(1.0)
    strip.set_current(3)
    qtbot.mouseClick(strip, LEFT, CTRL, middle(strip, 4))
    change(window, source=SeedSource(9))
    qtbot.keyClick(window.canvas, Key.Key_K)
    assert seeds(clip) == [0, 9, 1, 2, 3, 4]


def played_past(qtbot, feature, strip, seconds):
    """Play on from a moment before a time, until after it; the first keyframe was selected."""
    feature.player.seek(seconds - 0.1)
    strip.set_current(0)
    feature.player.play()
    qtbot.waitUntil(lambda: feature.player.position > seconds)


def test_while_it_plays_a_keyframe_is_inserted_at_the_playhead(qtbot, window, feature, strip, clip):
    played_past(qtbot, feature, strip, 4.0)
    qtbot.keyClick(window.canvas, Key.Key_K)
    assert len(clip.timeline.keyframes) == 6
    assert [seeds(clip)[index] for index in (0, 1, 2, 4, 5)] == [0, 1, 2, 3, 4]
    assert clip.timeline.time_of(3) == feature.player.position


def test_while_it_plays_the_keyframe_that_was_passed_last_is_updated(
    qtbot, window, feature, strip, clip
):
    played_past(qtbot, feature, strip, 4.0)
    qtbot.keyClick(window.canvas, Key.Key_K, SHIFT)
    assert [seed for seed in seeds(clip) if seed is not None] == [0, 1, 3, 4]
    assert window.status.currentMessage() == "Updated keyframe 3 with this picture"


@pytest.mark.parametrize("box", ["path", "easing"])
def test_while_it_plays_the_picture_follows_a_change_of_the_clip(
    qtbot, window, feature, strip, clip, box
):
    before = clip.timeline
    played_past(qtbot, feature, strip, 0.5)
    qtbot.keyClick(getattr(feature.panel, box), Key.Key_Down)
    assert clip.timeline != before
    assert not feature.player.is_playing
    at, shown = feature.player.position, window.studio.document.recipe
    assert shown == clip.timeline.recipe_at_time(at) != before.recipe_at_time(at)
    qtbot.keyClick(window.canvas, Key.Key_K)  # and a keyframe has nothing else in it
    assert clip.timeline.recipe_at_time(at) == shown


def test_several_are_moved_removed_and_set_together_each_as_one_step(
    qtbot, window, feature, strip, clip
):
    qtbot.mouseClick(strip, LEFT, CTRL, middle(strip, 2))
    drag(qtbot, strip, middle(strip, 0), middle(strip, 4))
    assert seeds(clip) == [1, 3, 4, 0, 2]
    assert strip.selection.all == [3, 4]
    feature.panel.seconds.box.setValue(0.5)
    assert durations(clip) == [2.0, 2.0, 2.0, 0.5, 0.5]
    undo(qtbot, window)
    assert durations(clip) == [2.0] * 5
    qtbot.keyClick(strip, Key.Key_Delete)
    assert seeds(clip) == [1, 3, 4]
    for expected in ([1, 3, 4, 0, 2], [0, 1, 2, 3, 4]):
        undo(qtbot, window)
        assert seeds(clip) == expected


def test_the_whole_clip_is_selected_by_ctrl_a_on_the_strip_alone(qtbot, window, strip, clip):
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Key.Key_A, CTRL)
    assert strip.selection.all == [0]
    strip.setFocus()
    qtbot.keyClick(strip, Key.Key_A, CTRL)
    assert strip.selection.all == [0, 1, 2, 3, 4]
    qtbot.keyClick(strip, Key.Key_Up, SHIFT)
    assert len(strip.selection.all) < 5


@pytest.mark.parametrize("held", [CTRL, ALT])
def test_copies_are_made_by_key_and_by_dragging(qtbot, window, strip, clip, held):
    qtbot.mouseClick(strip, LEFT, SHIFT, middle(strip, 1))
    qtbot.keyClick(window.canvas, Key.Key_D, CTRL)
    assert seeds(clip) == [0, 1, 0, 1, 2, 3, 4]
    assert strip.selection.all == [2, 3]
    undo(qtbot, window)
    strip.set_current(0)
    drag_with(strip, middle(strip, 0), middle(strip, 3), held)
    assert seeds(clip) == [0, 1, 2, 3, 0, 4]


def test_the_picture_updates_the_selected_keyframe(qtbot, window, feature, strip, clip):
    qtbot.mouseClick(strip, LEFT, NONE, middle(strip, 2))
    document = window.studio.document
    document.set(document.recipe.replace(source=SeedSource(9)), "Another seed")
    qtbot.keyClick(window.canvas, Key.Key_K, SHIFT)
    assert seeds(clip) == [0, 1, 9, 3, 4]
    assert window.status.currentMessage() == "Updated keyframe 3 with this picture"
    undo(qtbot, window)
    assert seeds(clip) == [0, 1, 2, 3, 4]


def test_updated_between_keyframes_the_keyframe_is_on_show(qtbot, window, feature, strip, clip):
    feature.panel.keys.seek(2.6)
    seen = window.studio.document.recipe
    qtbot.keyClick(window.canvas, Key.Key_K, SHIFT)
    assert feature.player.position == 2.0
    assert window.studio.document.recipe == clip.timeline.keyframes[1].recipe == seen


# --- keyframes under movement ------------------------------------------------------------------


@pytest.fixture
def moving(clip):
    """The clip, in which source, psi and noise move on top; return it without that."""
    still = clip.timeline
    clip.edit("Move", wander=Wander(), psi=PsiSweep(start=0.2, end=0.9), noise=NoiseFlow())
    return still


@pytest.fixture
def assert_looks_alike(window):
    """Two recipes give the same picture, up to the rounding of times."""
    renderer = Renderer(window.studio.document.model)

    def compare(a, b):
        first, second = (renderer.render(each).pixels.astype(int) for each in (a, b))
        assert abs(first - second).max() <= 1

    return compare


def test_an_inserted_keyframe_leaves_movement_out_and_the_picture_as_it_was(
    qtbot, window, feature, strip, clip, moving, assert_looks_alike
):
    feature.panel.keys.seek(3.0)
    seen = window.studio.document.recipe
    assert seen != moving.recipe_at_time(3.0)
    qtbot.keyClick(window.canvas, Key.Key_K)
    assert clip.timeline.keyframes[2].recipe == moving.recipe_at_time(3.0)
    assert_looks_alike(clip.timeline.recipe_at_time(3.0), seen)
    assert_looks_alike(window.studio.document.recipe, seen)


def test_inserted_while_it_plays_a_keyframe_leaves_movement_out(
    qtbot, window, feature, strip, clip, moving
):
    clip.edit_keys([0], "Change a duration", seconds=2.017)  # no whole number of frames
    still = clip.timeline.replace(wander=None, psi=None, noise=None)
    played_past(qtbot, feature, strip, 4.2)
    qtbot.keyClick(window.canvas, Key.Key_K)
    at = feature.player.position
    assert clip.timeline.keyframes[3].recipe.source == still.recipe_at_time(at).source


def test_an_update_leaves_movement_out(qtbot, window, feature, strip, clip, moving):
    feature.panel.keys.seek(4.0)
    change(window, truncation_cutoff=3)
    seen = window.studio.document.recipe
    qtbot.keyClick(window.canvas, Key.Key_K, SHIFT)
    expected = moving.keyframes[2].recipe.replace(truncation_cutoff=3)
    assert clip.timeline.keyframes[2].recipe == expected
    assert clip.timeline.recipe_at_time(4.0) == window.studio.document.recipe == seen


def test_a_second_keyframe_in_a_row_leaves_movement_out(
    qtbot, window, feature, strip, clip, moving
):
    feature.panel.keys.seek(2.0)
    for _ in range(2):  # each comes behind the last, where movement has gone on
        qtbot.keyClick(window.canvas, Key.Key_K)
    assert seeds(clip) == [0, 1, 1, 1, 2, 3, 4]
    assert feature.player.position == 6.0
    assert window.studio.document.recipe == clip.timeline.recipe_at_time(6.0)


def test_autokey_leaves_movement_out(qtbot, window, keying, clip, moving, assert_looks_alike):
    keying.player.seek(3.0)
    change(window, truncation_cutoff=3)
    seen = window.studio.document.recipe
    qtbot.waitUntil(lambda: len(clip.timeline.keyframes) == 6)
    expected = moving.recipe_at_time(3.0).replace(truncation_cutoff=3)
    assert clip.timeline.keyframes[2].recipe == expected
    assert_looks_alike(clip.timeline.recipe_at_time(3.0), seen)


# --- the playhead -----------------------------------------------------------------------------


def test_keys_move_the_playhead_by_frames_keyframes_and_to_the_ends(
    qtbot, window, feature, strip, clip
):
    def at(widget, key, held=NONE):
        qtbot.keyClick(widget, key, held)
        return round(feature.player.position * 30)

    canvas = window.canvas
    canvas.setFocus()
    assert at(canvas, Key.Key_Period) == 1
    assert at(canvas, Key.Key_Period, SHIFT) == 11
    assert at(canvas, Key.Key_Comma) == 10
    assert at(canvas, Key.Key_Comma, SHIFT) == 0
    assert at(canvas, Key.Key_PageDown) == 60
    assert at(canvas, Key.Key_End) == 240
    assert at(canvas, Key.Key_PageUp) == 180
    assert at(canvas, Key.Key_Home) == 0
    strip.setFocus()
    assert at(strip, Key.Key_Right) == 1
    assert at(strip, Key.Key_Right, SHIFT) == 11
    assert at(strip, Key.Key_Left) == 10
    assert at(strip, Key.Key_Down) == 60
    assert window.studio.document.recipe == clip.timeline.keyframes[1].recipe
    assert at(strip, Key.Key_Up) == 0


def test_space_plays_but_presses_the_button_with_the_focus_and_is_typed_into_fields(
    qtbot, window, feature, strip, clip
):
    player = feature.player
    for widget in (window.canvas, strip, feature.panel.seconds.slider):
        widget.setFocus()
        qtbot.keyClick(widget, Key.Key_Space)
        assert player.is_playing
        qtbot.keyClick(widget, Key.Key_Space)
        assert not player.is_playing
    button = next(b for b in window.findChildren(QPushButton) if b.isVisible() and b.isEnabled())
    pressed = []
    button.pressed.connect(lambda: pressed.append(button))
    button.setFocus()
    QTest.keyPress(button, Key.Key_Space)
    assert pressed == [button]
    assert not player.is_playing
    window.palette_of_commands.toggle()
    qtbot.keyClicks(QApplication.focusWidget(), "a b")
    assert not player.is_playing


def test_home_and_end_are_a_sliders_own_while_it_has_the_focus(qtbot, feature, strip, clip):
    slider = feature.panel.seconds.slider
    assert isinstance(slider, QSlider)
    slider.setFocus()
    qtbot.keyClick(slider, Key.Key_End)
    assert slider.value() == slider.maximum()
    assert feature.player.position == 0.0


def test_keys_of_the_strip_are_shown_and_can_be_changed(window, strip):
    action = window.actions_by_id["fit_timeline"]
    assert action.shortcuts()[0].toString() == "F"
    window.shortcuts.set_keys("fit_timeline", QKeySequence("J"))
    strip.setFocus()
    before = strip.scale
    QTest.keyClick(strip, Key.Key_Plus)
    QTest.keyClick(strip, Key.Key_F)
    assert strip.scale != before
    QTest.keyClick(strip, Key.Key_J)
    assert strip.scale == before


# --- zoom -------------------------------------------------------------------------------------


def wheel(area, place, turn, held=CTRL):
    at = QPointF(place)
    where = QPointF(area.viewport().mapToGlobal(place))
    event = QWheelEvent(
        at, where, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, held,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(area.viewport(), event)


def test_the_wheel_with_ctrl_zooms_at_the_pointer_and_fit_shows_all(feature, strip, clip):
    area = feature.panel.area
    bar, place = area.horizontalScrollBar(), QPoint(200, 50)
    seconds = strip.scale.time_at(bar.value() + place.x())
    before = strip.scale.per_second
    for _ in range(4):
        wheel(area, place, 120)
    assert strip.scale.per_second > 2 * before
    assert bar.value() > 0
    assert strip.scale.time_at(bar.value() + place.x()) == pytest.approx(seconds, abs=0.02)
    wheel(area, place, -120, NONE)
    assert strip.scale.time_at(bar.value() + place.x()) > seconds
    area.fit()
    assert bar.maximum() == 0


def test_sixty_keyframes_stay_apart_and_each_can_be_clicked(qtbot, window, feature, clip, settled):
    strip, area = feature.panel.strip, feature.panel.area
    key = clip.timeline.keyframes
    clip.show(clip.timeline.replace(keyframes=key * 12))
    area.fit()
    assert area.horizontalScrollBar().maximum() == 0
    lefts = [strip.key_rect(index).left() for index in range(60)]
    assert all(b - a >= 3 for a, b in pairwise(lefts))
    for index in (0, 31, 59):
        assert strip.key_at(strip.key_rect(index).center()) == index
        qtbot.mouseClick(strip, LEFT, CTRL, middle(strip, index))
    assert strip.selection.all == [0, 31, 59]
    area._zoom(20.0, 0.0)
    feature.panel.keys.walk(1)
    feature.panel.keys.to_end()
    qtbot.waitUntil(lambda: strip.visibleRegion().contains(middle(strip, 59)))
    settled(window)


# --- autokey ----------------------------------------------------------------------------------


@pytest.fixture
def keying(window, feature, strip, clip, monkeypatch, qtbot):
    """Autokey on, by its key; a change settles at once where the test waits."""
    feature.autokey._rest.setInterval(1)
    qtbot.keyClick(window.canvas, Key.Key_K, CTRL)
    assert feature.autokey.is_on
    yield feature
    feature.autokey._rest.setInterval(autokey.SETTLED)


def change(window, **fields):
    document = window.studio.document
    document.set(document.recipe.replace(**fields), "A change")


def test_autokey_is_off_at_first_and_marked_in_red_while_it_is_on(qtbot, window, feature, strip):
    assert not feature.autokey.is_on

    def reds():
        image = strip.grab().toImage()
        return sum(image.pixelColor(x, 1).name() == "#f2555a" for x in range(0, image.width(), 5))

    assert reds() == 0
    qtbot.mouseClick(feature.panel.autokey, LEFT)
    assert window.actions_by_id["autokey"].isChecked()
    assert reds() > 10
    window.actions_by_id["autokey"].trigger()
    assert not feature.panel.autokey.isChecked()
    assert reds() == 0


def test_a_change_updates_the_keyframe_under_the_playhead_in_one_step(qtbot, window, keying, clip):
    keying.player.seek(4.0)
    before, stack = clip.timeline, window.studio.document.undo_stack
    count = stack.count()
    change(window, truncation_psi=0.2)
    qtbot.waitUntil(lambda: clip.timeline != before)
    after = clip.timeline
    assert [key.recipe.truncation_psi == 0.2 for key in after.keyframes].index(True) == 2
    assert len(after.keyframes) == 5
    assert window.status.currentMessage() == "Autokey updated keyframe 3"
    assert stack.count() == count + 1
    undo(qtbot, window)
    assert clip.timeline == before
    assert window.studio.document.recipe.truncation_psi != 0.2
    stack.redo()
    assert clip.timeline == after
    assert window.studio.document.recipe.truncation_psi == 0.2


def test_between_keyframes_a_change_inserts_one_that_moves_no_other(qtbot, window, keying, clip):
    keying.player.seek(3.0)
    change(window, truncation_psi=0.2)
    qtbot.waitUntil(lambda: len(clip.timeline.keyframes) == 6)
    assert clip.timeline.recipe_at_time(3.0).truncation_psi == 0.2
    assert clip.timeline.seconds == 8.0
    assert keying.panel.strip.count == 6
    assert keying.panel.strip.selection.all == [2]
    undo(qtbot, window)
    assert seeds(clip) == [0, 1, 2, 3, 4]
    assert keying.panel.strip.selection.all == [1]  # what the playhead has reached


def test_what_is_only_shown_makes_no_keyframe(qtbot, window, keying, strip, clip):
    before = clip.timeline
    qtbot.mouseClick(strip, LEFT, NONE, middle(strip, 3))
    drag(qtbot, strip, QPoint(20, 6), QPoint(150, 6))
    change(window, truncation_psi=0.2)
    undo(qtbot, window)
    keying.player.play()
    qtbot.wait(60)
    keying.player.pause()
    qtbot.wait(20)
    assert clip.timeline == before


def test_what_was_just_changed_is_in_the_video(qtbot, window, keying, clip):
    keying.autokey._rest.setInterval(60_000)
    change(window, truncation_psi=0.2)
    keying.ask_export()
    keying.dialog.reject()
    assert clip.timeline.keyframes[0].recipe.truncation_psi == 0.2


def test_what_was_just_changed_is_in_the_saved_session(qtbot, window, keying, tmp_path):
    keying.autokey._rest.setInterval(60_000)
    session, path = window.studio.session, tmp_path / "mine.stylestudio"
    session.path = path
    change(window, truncation_psi=0.2)
    with qtbot.waitSignal(window.studio.saved, timeout=20_000):
        qtbot.keyClick(window.canvas, Key.Key_S, CTRL)
    assert Timeline.load(path).keyframes[0].recipe.truncation_psi == 0.2
    assert not session.is_dirty
    session.start_anew()


def test_a_drag_is_one_change_that_settles_when_the_button_is_let_go(
    qtbot, window, keying, clip, monkeypatch
):
    held = [LEFT]
    monkeypatch.setattr(QApplication, "mouseButtons", lambda: held[0])
    before = clip.timeline
    for psi in (0.4, 0.3, 0.2):
        document = window.studio.document
        document.set(document.recipe.replace(truncation_psi=psi), "Drag", "a drag")
        qtbot.wait(5)
    assert clip.timeline == before
    held[0] = Qt.MouseButton.NoButton
    qtbot.waitUntil(lambda: clip.timeline != before)
    assert clip.timeline.keyframes[0].recipe.truncation_psi == 0.2
    undo(qtbot, window)
    assert clip.timeline == before


def test_a_change_that_was_saved_before_it_settled_is_not_saved_with_its_keyframe(
    qtbot, window, keying, clip
):
    before, stack = clip.timeline, window.studio.document.undo_stack
    change(window, truncation_psi=0.2)
    stack.setClean()  # as saving the session does
    qtbot.waitUntil(lambda: clip.timeline != before)
    assert not stack.isClean()
    undo(qtbot, window)
    assert clip.timeline == before
    assert stack.isClean()


@pytest.fixture
def hasty(keying):
    """Autokey on, with a hand that is always faster than a change settles."""
    keying.autokey._rest.setInterval(60_000)
    return keying


WAYS = {
    "next keyframe": lambda qtbot, window, strip: qtbot.keyClick(window.canvas, Key.Key_PageDown),
    "previous frame": lambda qtbot, window, strip: qtbot.keyClick(window.canvas, Key.Key_Comma),
    "play": lambda qtbot, window, strip: qtbot.keyClick(window.canvas, Key.Key_Space),
    "click": lambda qtbot, window, strip: qtbot.mouseClick(strip, LEFT, NONE, middle(strip, 4)),
    "scrub": lambda qtbot, window, strip: drag(qtbot, strip, QPoint(20, 6), QPoint(150, 6)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("at", "index", "count"), [(4.0, 2, 5), (3.0, 2, 6)])
def test_a_change_has_its_keyframe_however_soon_its_place_is_left(
    qtbot, window, hasty, strip, clip, way, at, index, count
):
    before = clip.timeline
    hasty.player.seek(at)
    change(window, truncation_psi=0.2)
    WAYS[way](qtbot, window, strip)
    hasty.player.pause()
    assert len(clip.timeline.keyframes) == count
    assert clip.timeline.keyframes[index].recipe.truncation_psi == 0.2
    assert clip.timeline.time_of(index) == at
    if way == "click":  # the keyframe that was clicked is on show, whatever its number is now
        assert window.studio.document.recipe == before.keyframes[4].recipe
        assert hasty.player.position == 8.0
        assert strip.selection.all == [count - 1]
    elif way == "scrub":  # to where the hand is, also where a keyframe was inserted meanwhile
        assert strip.x_of(hasty.player.position) == pytest.approx(150, abs=5)
    elif way != "play":
        assert hasty.player.position != at


def test_moving_a_keyframe_leaves_a_change_behind_as_a_keyframe(qtbot, window, hasty, strip, clip):
    hasty.player.seek(1.0)
    change(window, truncation_psi=0.2)
    drag_with(strip, middle(strip, 4), middle(strip, 3) - QPoint(40, 0))
    assert seeds(clip) == [0, None, 1, 2, 4, 3]
    assert clip.timeline.keyframes[1].recipe.truncation_psi == 0.2
    assert window.studio.document.recipe.source == SeedSource(4)
    assert strip.selection.all == [4]
    undo(qtbot, window)
    assert seeds(clip) == [0, None, 1, 2, 3, 4]
    undo(qtbot, window)
    assert seeds(clip) == [0, 1, 2, 3, 4]


def test_autokey_says_that_a_recording_has_no_keyframes(qtbot, window, keying, feature):
    recording = Timeline(performance=Performance(start=window.studio.document.recipe, seconds=2.0))
    feature.clip.show(recording)
    change(window, truncation_psi=0.2)
    qtbot.waitUntil(lambda: "a recording has no keyframes" in window.status.currentMessage())
    assert feature.clip.timeline == recording


def test_the_first_change_begins_a_clip(qtbot, window, keying, clip):
    keying.clip.show(None)
    change(window, truncation_psi=0.2)
    qtbot.waitUntil(lambda: keying.clip.timeline is not None)
    assert [key.recipe.truncation_psi for key in keying.clip.timeline.keyframes] == [0.2]


# --- menus ------------------------------------------------------------------------------------


def entries(feature, place):
    menu = feature.menu.menu_at(QPointF(place))
    return {action.text().replace("&", ""): action for action in menu.actions()}


def test_a_right_click_offers_what_fits_the_place(qtbot, window, feature, strip, clip):
    on_key = entries(feature, middle(strip, 2))
    assert {"Update keyframe", "Duplicate keyframes", "Remove keyframes"} <= {*on_key}
    x = round(strip.x_of(1.5))
    beside = entries(feature, QPoint(x, 60))
    (insert,) = [text for text in beside if text.startswith("Insert keyframe at 1.")]
    assert {"Snap", "Autokey", "Fit the timeline"} <= {*beside}
    change(window, source=SeedSource(9))
    beside[insert].trigger()
    assert seeds(clip) == [0, 9, 1, 2, 3, 4]
    assert clip.timeline.time_of(1) == pytest.approx(1.5, abs=0.02)


def test_commands_on_keyframes_say_that_there_are_none(window, feature):
    for name in ("update_key", "duplicate_keys", "select_all_keys", "next_key", "remove_keys"):
        action = window.actions_by_id[name]
        assert not action.isEnabled()
        assert "keyframe" in action.property("lacking")
