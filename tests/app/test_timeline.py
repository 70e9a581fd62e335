"""The timeline dock through real events: keyframes, playing, recording, export, sessions."""

import itertools
import random
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hands import drag
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QMessageBox, QToolButton

import stylestudio as ss
from stylestudio.app.core.task import TaskState
from stylestudio.app.features.timeline import clip as clip_module
from stylestudio.app.features.timeline import exporting
from stylestudio.app.features.timeline.exporting import portable
from stylestudio.app.features.timeline.panel import EASINGS, PATHS, RATES
from stylestudio.app.features.timeline.unfinished import (
    UnfinishedExport,
    remember,
    unfinished_exports,
)
from stylestudio.app.shell.window import MainWindow
from stylestudio.recipe import LatentSource, SeedSource
from stylestudio.render import Delta, Renderer, compose_ws
from stylestudio.video import (
    CODECS,
    NoiseFlow,
    PsiSweep,
    Session,
    Timeline,
    Wander,
    read_session,
)

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def panel(window):
    return window.features["timeline"].panel


@pytest.fixture
def clip(window):
    return window.features["timeline"].clip


def insert_keyframes(qtbot, window):
    """Three, of the seeds 0, 1 and 2."""
    for seed in range(3):
        recipe = window.studio.document.recipe.replace(source=SeedSource(seed))
        window.studio.document.set(recipe, "Another seed")
        qtbot.mouseClick(window.features["timeline"].panel.insert, LEFT)


@pytest.fixture
def keyed(qtbot, window):
    """The window of the module, with three keyframes."""
    insert_keyframes(qtbot, window)
    return window


@pytest.fixture
def newly_keyed(qtbot, new_window):
    """A window with settings of its own, which its clip is kept in, and three keyframes."""
    insert_keyframes(qtbot, new_window)
    return new_window


def seeds(clip):
    return [key.recipe.source.seed for key in clip.timeline.keyframes]


def middle(strip, index):
    return strip.key_rect(index).center().toPoint()


def test_before_the_first_keyframe_what_cannot_act_is_grey(panel):
    tools = (panel.play, panel.loop, panel.path, panel.export, panel.remove, panel.easing)
    assert not any(tool.isEnabled() for tool in tools)
    assert panel.insert.isEnabled()
    assert panel.record.isEnabled()


def test_keyframes_are_inserted_after_the_chosen_one_and_show_their_pictures(
    qtbot, keyed, panel, clip
):
    assert seeds(clip) == [0, 1, 2]
    qtbot.mouseClick(panel.strip, LEFT, pos=middle(panel.strip, 0))
    assert keyed.studio.document.recipe.source == SeedSource(0)
    keyed.studio.document.set(
        keyed.studio.document.recipe.replace(source=SeedSource(9)), "Another seed"
    )
    qtbot.mouseClick(panel.insert, LEFT)
    assert seeds(clip) == [0, 9, 1, 2]
    qtbot.waitUntil(lambda: not panel.strip.without_image())


def test_showing_a_keyframe_is_a_step_that_undo_takes_back(qtbot, keyed, panel, clip, settled):
    document = keyed.studio.document
    mine = document.recipe.replace(source=SeedSource(77))
    document.set(mine, "Another seed")
    qtbot.mouseClick(panel.strip, LEFT, pos=middle(panel.strip, 1))
    assert document.recipe == clip.timeline.keyframes[1].recipe
    assert document.undo_stack.undoText() == "Show keyframe 2"
    assert keyed.features["timeline"].player.position == 2.0
    qtbot.keyClick(keyed, Qt.Key.Key_Z, CTRL)
    assert document.recipe == mine
    settled(keyed)


def scrub(qtbot, panel, seconds):
    drag(qtbot, panel.strip, QPoint(10, 6), QPoint(round(panel.strip.x_of(seconds)), 6))


def test_the_picture_follows_changes_of_the_clip_and_their_undo(qtbot, keyed, panel, clip, settled):
    document, player = keyed.studio.document, keyed.features["timeline"].player
    scrub(qtbot, panel, 1.3)
    before = document.recipe
    clip.edit("Change the path", path="spline")
    changed = document.recipe
    assert changed == clip.timeline.recipe_at_time(player.position) != before
    settled(keyed)
    qtbot.keyClick(keyed, Qt.Key.Key_Z, CTRL)
    assert document.recipe == before
    settled(keyed)
    document.set(before.replace(truncation_psi=0.1), "Psi")  # a picture of one's own stays
    clip.edit("Change the path", path="spline")
    assert document.recipe.truncation_psi == 0.1
    assert changed != document.recipe


def test_a_keyframe_is_inserted_at_the_playhead(qtbot, keyed, panel, clip):
    document = keyed.studio.document
    scrub(qtbot, panel, 2.5)
    at = keyed.features["timeline"].player.position
    document.set(document.recipe.replace(source=SeedSource(9)), "Another seed")
    qtbot.mouseClick(panel.insert, LEFT)
    assert seeds(clip) == [0, 1, 9, 2]
    assert clip.timeline.time_of(2) == pytest.approx(at)
    assert clip.timeline.seconds == pytest.approx(4.0)
    scrub(qtbot, panel, 4.0)  # at the end it comes after the last
    document.set(document.recipe.replace(source=SeedSource(8)), "Another seed")
    qtbot.mouseClick(panel.insert, LEFT)
    assert seeds(clip) == [0, 1, 9, 2, 8]


def test_inserting_by_key_brings_the_timeline_in_sight_and_says_what_happened(qtbot, keyed, clip):
    keyed.show_dock("history")
    assert keyed.docks["timeline"].visibleRegion().isEmpty()
    qtbot.keyClick(keyed, Qt.Key.Key_K)
    assert seeds(clip) == [0, 1, 2, 2]
    qtbot.waitUntil(lambda: not keyed.docks["timeline"].visibleRegion().isEmpty())
    assert keyed.status.currentMessage() == "Inserted keyframe 4 of 4"


def test_after_a_restart_keyframes_are_inserted_after_the_last(qtbot, newly_keyed, settings, model):
    newly_keyed.quit()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.show()
    again.studio.document.open_model(model)
    recipe = again.studio.document.recipe.replace(source=SeedSource(9))
    again.studio.document.set(recipe, "Another seed")
    again.actions_by_id["insert_key"].trigger()
    assert seeds(again.features["timeline"].clip) == [0, 1, 2, 9]
    again.quit()


def test_what_takes_the_place_of_a_clip_is_said_and_undo_gets_it_back(qtbot, keyed, panel, clip):
    before = clip.timeline
    qtbot.mouseClick(panel.record, LEFT)
    qtbot.mouseClick(panel.record, LEFT)
    assert clip.timeline.performance is not None
    assert "replaced 3 keyframes. You can undo this." in keyed.banner.text
    recording = clip.timeline
    qtbot.mouseClick(panel.insert, LEFT)
    assert seeds(clip) == [2]
    assert "replaced the recording" in keyed.banner.text
    qtbot.keyClick(keyed, Qt.Key.Key_Z, CTRL)
    assert clip.timeline == recording
    qtbot.keyClick(keyed, Qt.Key.Key_Z, CTRL)
    assert clip.timeline == before


def test_paths_have_plain_names_and_the_papers_terms_beside_them(keyed, panel):
    names = [panel.path.itemText(index) for index in range(panel.path.count())]
    assert names == ["Straight", "Smooth curve", "Straight in Z", "Arc"]
    tips = [panel.path.itemData(i, Qt.ItemDataRole.ToolTipRole) for i in range(4)]
    for tip, term in zip(tips, ("Linear in W", "spline", "Linear in Z", "Slerp in Z"), strict=True):
        assert term in tip
        assert term in panel.path.toolTip()
    assert panel.loop.accessibleName() == "Seamless loop"


@pytest.mark.parametrize("width", [404, 660])  # beside panels, on screens of 1024 and 1280 pixels
def test_nothing_in_the_timeline_is_cut(qtbot, keyed, panel, width):
    dock = keyed.docks["timeline"]
    dock.setFloating(True)
    dock.resize(width, dock.height())
    qtbot.waitUntil(lambda: panel.width() <= width)
    parts = panel.findChildren(QToolButton) + panel.findChildren(QComboBox)
    parts += [panel.seconds.label, panel.seconds.slider, panel.seconds.box, panel.time]
    for part in [part for part in parts if part.isVisible()]:
        place = QRect(part.mapTo(panel, QPoint(0, 0)), part.size())
        assert panel.rect().contains(place), part.accessibleName()
        assert part.width() >= part.minimumSizeHint().width(), part.accessibleName()
    assert panel.seconds.label.width() >= panel.seconds.label.sizeHint().width()


def assert_one_is_chosen(window, strip, clip, index):
    """The keyframe that is marked is where the playhead stands, and on show."""
    player = window.features["timeline"].player
    assert strip.current == index
    assert player.position == pytest.approx(clip.timeline.time_of(index))
    assert window.studio.document.recipe == clip.timeline.keyframes[index].recipe


@pytest.mark.parametrize("delete", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_dragging_and_keys_reorder_and_everything_can_be_undone(qtbot, keyed, panel, clip, delete):
    strip = panel.strip
    drag(qtbot, strip, middle(strip, 0), middle(strip, 2))
    assert seeds(clip) == [1, 2, 0]
    assert_one_is_chosen(keyed, strip, clip, 2)
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Left, CTRL)
    assert seeds(clip) == [1, 0, 2]
    assert_one_is_chosen(keyed, strip, clip, 1)
    qtbot.keyClick(strip, delete)
    assert seeds(clip) == [1, 2]
    for expected in ([1, 0, 2], [1, 2, 0], [0, 1, 2]):
        qtbot.keyClick(keyed, Qt.Key.Key_Z, CTRL)
        assert seeds(clip) == expected


def test_an_empty_timeline_shows_what_it_will_begin_with(qtbot, window):
    panel = window.features["timeline"].panel
    shown = [box.currentText() for box in (panel.easing, panel.path, panel.rate)]
    qtbot.mouseClick(panel.insert, LEFT)
    assert [box.currentText() for box in (panel.easing, panel.path, panel.rate)] == shown
    assert shown == ["Smooth", "Straight", "30 fps"]


def test_undo_names_the_loop_as_a_sentence_goes_on(qtbot, keyed, panel):
    qtbot.mouseClick(panel.loop, LEFT)
    qtbot.mouseClick(panel.loop, LEFT)
    assert keyed.studio.document.undo_stack.undoText() == "Stop looping"


def test_settings_of_the_clip_and_of_a_way_are_chosen(qtbot, keyed, panel, clip):
    panel.path.setCurrentIndex(list(PATHS).index("spline"))
    panel.path.activated.emit(panel.path.currentIndex())
    panel.rate.setCurrentIndex(RATES.index(24.0))
    panel.rate.activated.emit(panel.rate.currentIndex())
    qtbot.mouseClick(panel.loop, LEFT)
    qtbot.mouseClick(panel.strip, LEFT, pos=middle(panel.strip, 1))
    panel.seconds.box.selectAll()
    qtbot.keyClicks(panel.seconds.box, "0.5")
    qtbot.keyClick(panel.seconds.box, Qt.Key.Key_Return)
    panel.easing.setCurrentIndex(list(EASINGS).index("out"))
    panel.easing.activated.emit(panel.easing.currentIndex())
    timeline = clip.timeline
    assert (timeline.path, timeline.fps, timeline.loop) == ("spline", 24.0, True)
    assert [key.seconds for key in timeline.keyframes] == [2.0, 0.5, 2.0]
    assert timeline.keyframes[1].easing == "out"
    assert panel.time.text() == "2.00 / 4.50 s"
    qtbot.mouseClick(panel.update_key, LEFT)
    qtbot.mouseClick(panel.remove, LEFT)
    assert seeds(clip) == [0, 2]


def test_movement_is_set_beside_the_picture(qtbot, keyed, panel, clip):
    qtbot.mouseClick(panel.movement, LEFT)
    dialog = panel._movement
    dialog.boxes["noise"].setChecked(True)
    dialog.boxes["wander"].setChecked(True)
    dialog.speed.slider.setValue(1000)
    dialog.laps.slider.setValue(2)
    dialog.kind.activated.emit(1)
    assert clip.timeline.noise.speed == pytest.approx(1.0)
    assert (clip.timeline.wander.kind, clip.timeline.wander.laps) == ("walk", 3.0)
    keyed.studio.document.undo_stack.undo()
    assert dialog.kind.currentIndex() == 0
    dialog.boxes["noise"].setChecked(False)
    assert clip.timeline.noise is None
    dialog.close()


def test_a_clip_is_shown_with_the_numbers_it_holds(qtbot, keyed, panel, clip):
    keys = tuple(replace(key, seconds=45.0) for key in clip.timeline.keyframes)
    moving = {
        "noise": NoiseFlow(speed=12.5),
        "psi": PsiSweep(swings=0.5),
        "wander": Wander(radius=3.5, laps=20.0),
    }
    clip.set(clip.timeline.replace(keyframes=keys, fps=15.0, **moving), "Open a session")
    assert (panel.rate.currentText(), panel.seconds.value()) == ("15 fps", 45.0)
    qtbot.mouseClick(panel.movement, LEFT)
    dialog = panel._movement
    rows = (dialog.speed, dialog.swings, dialog.radius, dialog.laps)
    assert [row.value() for row in rows] == [12.5, 0.5, 3.5, 20.0]
    dialog.close()
    panel.rate.activated.emit(panel.rate.currentIndex())
    assert clip.timeline.fps == 15.0
    keys = tuple(replace(key, seconds=0.04) for key in keys)
    clip.set(clip.timeline.replace(keyframes=keys, fps=24000 / 1001), "Open a session")
    assert (panel.rate.currentText(), panel.seconds.value()) == ("23.976 fps", 0.04)
    assert panel.rate.count() == len(RATES)


def test_scrubbing_shows_the_truth_and_fills_no_undo_stack(qtbot, keyed, panel, clip, settled):
    count = keyed.studio.document.undo_stack.count()
    strip = panel.strip
    drag(qtbot, strip, QPoint(10, 6), QPoint(round(strip.x_of(1.3)), 6))
    expected = clip.timeline.recipe_at_time(keyed.features["timeline"].player.position)
    assert keyed.features["timeline"].player.position == pytest.approx(1.3, abs=0.02)
    assert keyed.studio.document.recipe == expected
    settled(keyed)
    assert keyed.studio.document.undo_stack.count() == count


def test_playing_runs_to_the_end_or_round_in_a_loop_until_a_hand_stops_it(
    qtbot, keyed, panel, clip
):
    keys = tuple(replace(key, seconds=0.2) for key in clip.timeline.keyframes)
    clip.edit("Shorten", keyframes=keys)
    count, places = keyed.studio.document.undo_stack.count(), []
    keyed.features["timeline"].player.moved.connect(places.append)
    qtbot.mouseClick(panel.play, LEFT)
    assert panel.play.isChecked()
    qtbot.waitUntil(lambda: not keyed.features["timeline"].player.is_playing)
    assert not panel.play.isChecked()
    assert len(set(places)) > 1
    assert keyed.studio.document.recipe == keys[2].recipe
    assert keyed.studio.document.undo_stack.count() == count
    clip.edit("Loop", loop=True)
    places.clear()
    keyed.features["timeline"].player.seek(0.0)
    qtbot.mouseClick(panel.play, LEFT)
    qtbot.waitUntil(lambda: any(b < a for a, b in itertools.pairwise(places)))
    keyed.features["truncation"].panel.psi.slider.setValue(0)
    assert not keyed.features["timeline"].player.is_playing


def test_what_the_hand_does_is_recorded_and_played_again(qtbot, window, panel, clip):
    qtbot.mouseClick(panel.record, LEFT)
    assert panel.time.text() == "Recording…"
    values = []
    for position in (1000, 1500, 2500):
        window.features["truncation"].panel.psi.slider.setValue(position)
        values.append(window.studio.document.recipe.truncation_psi)
        qtbot.wait(150)  # further apart than the playhead snaps
    qtbot.mouseClick(panel.record, LEFT)
    performance = clip.timeline.performance
    assert [recipe.truncation_psi for recipe in performance.recipes[1:]] == values
    times = [event.seconds for event in performance.events]
    assert (np.diff(times) > 0.12).all()
    for at, value in zip(times, values, strict=True):
        assert clip.timeline.recipe_at_time(at).truncation_psi == pytest.approx(value)
    assert not panel.path.isEnabled()
    drag(qtbot, panel.strip, QPoint(10, 6), QPoint(round(panel.strip.x_of(times[1])), 6))
    at = window.features["timeline"].player.position
    frame = 1 / float(clip.timeline.rate)  # to which the playhead snaps
    assert at == pytest.approx(times[1], abs=frame)
    shown = clip.timeline.recipe_at_time(at).truncation_psi
    assert window.studio.document.recipe.truncation_psi == pytest.approx(shown)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert clip.timeline is None


def test_a_recording_longer_than_an_hour_is_stopped_and_its_first_hour_kept(
    qtbot, window, panel, clip, monkeypatch
):
    qtbot.mouseClick(panel.record, LEFT)
    window.features["truncation"].panel.psi.slider.setValue(1000)
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 4000.0)
    monkeypatch.setattr(clip_module, "time", later)
    window.features["truncation"].panel.psi.slider.setValue(1500)
    qtbot.mouseClick(panel.record, LEFT)
    assert not clip.is_recording
    assert clip.timeline.seconds == 3600.0
    assert len(clip.timeline.performance.events) == 1
    assert "first hour" in window.banner.text


def test_a_performance_under_a_stuttering_renderer_exports_twice_to_the_same_file(
    qtbot, window, panel, clip, tmp_path, monkeypatch, model
):
    render, stutter = Renderer.render, random.Random(3)

    def stuttering(self, *arguments):
        time.sleep(stutter.choice([0.0, 0.01, 0.08]))
        return render(self, *arguments)

    monkeypatch.setattr(Renderer, "render", stuttering)
    qtbot.mouseClick(panel.record, LEFT)
    for position in range(400, 2800, 200):
        window.features["truncation"].panel.psi.slider.setValue(position)
        qtbot.wait(stutter.choice([5, 25]))
    qtbot.mouseClick(panel.record, LEFT)
    timeline = clip.timeline
    assert len(timeline.performance.events) == 12
    for name in ("a.mkv", "b.mkv"):
        ss.export_video(model, timeline, tmp_path / name)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_flowing_noise_is_turned_by_hand(qtbot, window):
    noise = window.features["noise"].panel
    assert not noise.turn.isVisible()
    qtbot.mouseClick(noise.modes["flowing"], LEFT)
    assert noise.turn.isVisible()
    noise.turn.slider.setValue(300)
    noise.grain.slider.setValue(1000)
    recipe = window.studio.document.recipe
    assert (recipe.noise_mode, recipe.noise_turn, recipe.noise_grain) == ("flowing", 0.3, 2.0)


def test_a_clip_is_exported_with_progress_and_dropping_it_brings_it_back(
    qtbot, keyed, panel, clip, tmp_path, drop, settled
):
    keys = tuple(replace(key, seconds=0.1) for key in clip.timeline.keyframes)
    clip.edit("Shorten", keyframes=keys, loop=True)
    saved, path = clip.timeline, tmp_path / "walk.mkv"
    qtbot.mouseClick(panel.export, LEFT)
    dialog = keyed.features["timeline"].dialog
    dialog.codec.setCurrentIndex(list(CODECS).index("ffv1"))
    assert "9 frames" in dialog.note.text()
    assert not dialog.quality.isEnabled()
    dialog.order(path)
    row = tasks_of(keyed)[-1]
    assert row.title == "Export walk.mkv"
    assert not keyed.docks["timeline"].visibleRegion().isEmpty()  # it keeps its place
    assert keyed.status.currentMessage().startswith("Exporting walk.mkv; the Tasks panel")
    qtbot.waitUntil(lambda: not keyed.features["timeline"].exporter.is_running, timeout=20_000)
    assert keyed.banner.text == "Saved walk.mkv: 9 frames. The loop closes."
    assert (row.progress.done, row.progress.total) == (9, 9)
    assert row.picture is not None
    assert read_session(path).timeline == saved
    clip.set(None, "Remove")
    keyed.studio.document.set(keyed.studio.document.recipe.replace(truncation_psi=0.1), "Psi")
    shown = read_session(path).recipe
    drop(keyed, path)
    assert clip.timeline == saved
    assert keyed.studio.document.recipe == shown
    settled(keyed)


def tasks_of(window):
    return window.studio.tasks.listed


def rendered_frames(task):
    return 0 if task.progress is None else task.progress.done


def test_an_export_is_paused_and_cancelled_in_the_list_of_tasks(qtbot, keyed, panel, tmp_path):
    qtbot.mouseClick(panel.export, LEFT)
    keyed.features["timeline"].dialog.order(tmp_path / "a.mp4")
    task = tasks_of(keyed)[-1]
    qtbot.waitUntil(lambda: rendered_frames(task) > 0)
    row = keyed.features["tasks"].panel.rows[task]
    qtbot.mouseClick(row.pause, LEFT)
    assert task.state is TaskState.PAUSED
    keyed.show_dock("timeline")
    qtbot.mouseClick(panel.export, LEFT)
    assert "under way" in keyed.banner.text
    assert not keyed.docks["tasks"].visibleRegion().isEmpty()
    qtbot.mouseClick(row.cancel, LEFT)
    qtbot.waitUntil(lambda: not keyed.features["timeline"].exporter.is_running)
    assert list(tmp_path.glob(".*a.mp4*")) == []
    assert keyed.features["timeline"].exporter.interrupted == []


def question(window):
    return next((box for box in window.findChildren(QMessageBox) if box.isVisible()), None)


def press(qtbot, window, text):
    qtbot.waitUntil(lambda: question(window) is not None)
    box = question(window)
    button = next(button for button in box.buttons() if button.text() == text)
    qtbot.mouseClick(button, LEFT)
    return box


@pytest.fixture
def interrupted(qtbot, newly_keyed, tmp_path, model):
    """An export that the end of the program interrupted, and the frames of the whole clip."""
    feature = newly_keyed.features["timeline"]
    timeline = feature.clip.timeline
    qtbot.mouseClick(feature.panel.export, LEFT)
    dialog = feature.dialog
    dialog.codec.setCurrentIndex(list(CODECS).index("ffv1"))
    dialog.order(tmp_path / "a.mkv")
    task = tasks_of(newly_keyed)[-1]
    qtbot.waitUntil(lambda: rendered_frames(task) > 2)
    task.pause()  # however fast the machine, it is under way
    newly_keyed.close()
    assert "Export a.mkv" in question(newly_keyed).informativeText()
    press(qtbot, newly_keyed, "Quit")
    qtbot.waitUntil(lambda: question(newly_keyed).windowTitle() == "Unsaved changes")
    press(qtbot, newly_keyed, "&Don't save")
    qtbot.waitUntil(lambda: not newly_keyed.isVisible())
    assert not (tmp_path / "a.mkv").exists()
    assert (tmp_path / ".a.mkv.frames").exists()
    ss.export_video(model, timeline, tmp_path / "whole.mkv", session=feature.clip.session)
    return tmp_path / "a.mkv"


@pytest.fixture
def next_window(qtbot, interrupted, settings, model):
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.show()
    window.studio.document.open_model(model)
    yield window
    window.quit()


def test_an_interrupted_export_is_offered_again_and_goes_on_where_it_was(
    qtbot, next_window, interrupted, monkeypatch
):
    begun = []
    export_video = exporting.export_video
    monkeypatch.setattr(
        exporting,
        "export_video",
        lambda *args, **kwargs: begun.append(export_video(*args, **kwargs)) or begun[-1],
    )
    box = press(qtbot, next_window, "Go on")
    assert "a.mkv" in box.text()
    qtbot.waitUntil(interrupted.exists, timeout=20_000)
    exporter = next_window.features["timeline"].exporter
    qtbot.waitUntil(lambda: not exporter.is_running)
    assert begun[0].resumed_from > 2
    assert interrupted.read_bytes() == interrupted.with_name("whole.mkv").read_bytes()
    assert list(interrupted.parent.glob(".*a.mkv*")) == []
    assert exporter.interrupted == []


def test_an_interrupted_export_can_be_removed(qtbot, next_window, interrupted):
    press(qtbot, next_window, "Remove frames")
    qtbot.waitUntil(lambda: question(next_window) is None)
    assert list(interrupted.parent.glob(".*a.mkv*")) == []
    assert next_window.features["timeline"].exporter.interrupted == []


def test_an_interrupted_export_whose_model_is_gone_says_so_and_stays(
    qtbot, interrupted, settings, make_model
):
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.show()
    window.studio.document.open_model(make_model(seed=5, name="other"))
    press(qtbot, window, "Go on")
    qtbot.waitUntil(lambda: window.banner.is_error)
    assert "a.mkv was exported from a model" in window.banner.text
    assert len(window.features["timeline"].exporter.interrupted) == 1
    window.quit()


def test_an_export_into_a_folder_that_lets_nobody_in_is_kept_for_later(tmp_path, model):
    # The name is too long, which the system refuses by an error, as it does without permission.
    timeline = Timeline.of([ss.Recipe.from_seed(0, model)], seconds=1)
    unfinished = UnfinishedExport(
        path=f"/{'x' * 300}/a.mkv",
        codec="ffv1",
        sides=32,
        quality="good",
        chroma="standard",
        sound="",
        session=Session(timeline=timeline).to_json(),
        model_path="",
        model_sha256="",
    )
    remember(tmp_path, unfinished)
    assert unfinished_exports(tmp_path) == []
    assert len([*tmp_path.iterdir()]) == 1


def test_a_damaged_note_of_an_export_is_removed(qtbot, bare_window, settings, model):
    folder = settings.folder / "exports"
    folder.mkdir(parents=True)
    for name, content in (("a", b""), ("b", b"{}"), ("c", b"\xff"), ("d", b"[" * 100_000)):
        (folder / f"{name}.json").write_bytes(content)
    bare_window.studio.document.open_model(model)
    assert list(folder.iterdir()) == []
    assert question(bare_window) is None


def test_a_failed_export_says_why_in_the_window(qtbot, keyed, panel, tmp_path):
    qtbot.mouseClick(panel.export, LEFT)
    keyed.features["timeline"].dialog.order(tmp_path / "missing" / "a.mp4")
    qtbot.waitUntil(lambda: "does not exist" in keyed.banner.text)
    assert keyed.banner.is_error


def test_an_odd_size_is_greyed_out_where_it_cannot_be(qtbot, keyed, panel):
    qtbot.mouseClick(panel.export, LEFT)
    dialog = keyed.features["timeline"].dialog
    dialog.scale.setCurrentIndex(dialog.scale.count() - 1)
    dialog.sides.setValue(33)
    assert not dialog.export.isEnabled()
    assert "even" in dialog.note.text()
    dialog.sides.setValue(48)
    assert dialog.export.isEnabled()
    dialog.reject()


def test_h265_is_greyed_out_for_sides_that_its_encoder_cannot_take(qtbot, keyed, panel):
    qtbot.mouseClick(panel.export, LEFT)
    dialog = keyed.features["timeline"].dialog
    dialog.scale.setCurrentIndex(dialog.scale.count() - 1)
    for name in ("h265", "h265-10"):
        dialog.codec.setCurrentIndex(list(CODECS).index(name))
        dialog.sides.setValue(32)
        assert not dialog.export.isEnabled()
        assert dialog.note.text() == "H.265 needs at least 64 pixels on each side."
        dialog.sides.setValue(64)
        assert dialog.export.isEnabled()
        assert "64 × 64" in dialog.note.text()
    dialog.codec.setCurrentIndex(list(CODECS).index("h264"))
    dialog.sides.setValue(32)
    assert dialog.export.isEnabled()
    dialog.reject()


def test_enter_in_the_export_dialog_exports(qtbot, keyed, panel, monkeypatch):
    qtbot.mouseClick(panel.export, LEFT)
    dialog, asked = keyed.features["timeline"].dialog, []
    monkeypatch.setattr(QFileDialog, "exec", lambda _: asked.append("video"))
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_: asked.append("sound") or ("", "")
    )
    for widget in (dialog.codec, dialog.sound, dialog.scale):
        widget.setFocus()
        qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert asked == ["video"] * 3
    dialog.reject()


def test_sound_is_also_taken_from_videos(qtbot, keyed, panel, monkeypatch):
    filters = []
    qtbot.mouseClick(panel.export, LEFT)
    dialog = keyed.features["timeline"].dialog
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *args: filters.append(args[3]) or ("", "")
    )
    qtbot.mouseClick(dialog.sound, LEFT)
    for ending in (".wav", ".aiff", ".opus", ".wma", ".mp4", ".webm", ".mkv", ".mov"):
        assert f"*{ending} " in filters[0] or f"*{ending})" in filters[0]
    dialog.reject()


def test_a_session_is_saved_and_opened(qtbot, keyed, clip, tmp_path, drop):
    path, saved = tmp_path / "mine.session", clip.timeline
    clip.session.save(path)
    assert read_session(path) == Session(recipe=keyed.studio.document.recipe, timeline=saved)
    clip.set(None, "Remove")
    drop(keyed, path)
    assert clip.timeline == saved
    bad = tmp_path / "bad.session"
    bad.write_text(path.read_text()[:-40])
    drop(keyed, bad)
    assert "bad.session" in keyed.banner.text


def test_the_timeline_is_there_again_after_a_crash(qtbot, newly_keyed, settings):
    clip, file = newly_keyed.features["timeline"].clip, settings.folder / "last-session.json"
    qtbot.waitUntil(lambda: file.exists() and Timeline.load(file) == clip.timeline, timeout=5000)


def test_a_damaged_timeline_of_the_last_run_is_said_and_kept(qtbot, settings):
    settings.folder.mkdir(exist_ok=True)
    file = settings.folder / "last-session.json"
    file.write_text('{"format": "stylestudio.session", "keyframes": [')
    window = MainWindow(settings)
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: "clip of the last run can't be read" in window.banner.text)
    (kept,) = settings.folder.glob("kept-*-last-session.json")
    assert kept.read_text().endswith('"keyframes": [')
    assert str(kept) in window.banner.text
    window.quit()
    file.touch()  # what a full disk may leave
    again = MainWindow(settings)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: "was empty" in again.banner.text)
    assert not file.exists()
    again.quit()


def test_another_models_timeline_is_kept_but_not_played(qtbot, keyed, panel, clip, make_model):
    keyed.studio.document.open_model(make_model(seed=5, name="other"))
    assert seeds(clip) == [0, 1, 2]
    assert not panel.play.isEnabled()
    assert "made with tiny" in panel.strip.toolTip()


def test_history_still_goes_where_it_is_clicked(qtbot, keyed, panel):
    view = keyed.features["history"].panel.view
    keyed.show_dock("history")
    qtbot.waitUntil(lambda: len(view.cells) == 3)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.cell_rect(view.steps.ids[1]).center())
    assert keyed.studio.document.recipe.source == SeedSource(1)


def click_in_history(qtbot, window, seed):
    """Click the step of a seed once it is there."""
    view, tree = window.features["history"].panel.view, window.studio.history.tree
    window.studio.history.settle()
    ids = [id for id in view.steps.ids if tree.recipe(id).source == SeedSource(seed)]
    assert len(ids) == 1
    qtbot.waitUntil(lambda: ids[0] in view.cells)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.cell_rect(ids[0]).center())
    assert window.studio.document.recipe.source == SeedSource(seed)


def test_a_click_in_the_history_leaves_keyframes_and_presets_as_they_are(qtbot, keyed, clip):
    document, slots = keyed.studio.document, keyed.features["presets"].slots
    qtbot.keyClick(keyed.canvas, Qt.Key.Key_1, Qt.KeyboardModifier.ShiftModifier)
    keyframes, presets = clip.timeline, slots.presets
    assert [*presets.slots] == [1]
    keyed.show_dock("history")
    for seed in (1, 0, 2):
        click_in_history(qtbot, keyed, seed)
        assert clip.timeline == keyframes
        assert slots.presets == presets
    click_in_history(qtbot, keyed, 0)
    document.set(document.recipe.replace(truncation_psi=0.2), "Psi")
    assert clip.timeline == keyframes
    assert slots.presets == presets
    for _ in range(document.undo_stack.count()):  # all of it is still to be undone
        keyed.actions_by_id["undo"].trigger()
    assert clip.timeline is None
    assert not slots.presets.slots


def test_a_click_in_the_history_leaves_the_keyframe_that_came_with_a_look(qtbot, keyed, clip):
    autokey, document = keyed.features["timeline"].autokey, keyed.studio.document
    autokey.switch(True)
    document.set(document.recipe.replace(truncation_psi=0.2), "Psi")
    autokey.switch(False)
    keyframes = clip.timeline
    assert keyframes.keyframes[2].recipe.truncation_psi == 0.2
    keyed.show_dock("history")
    click_in_history(qtbot, keyed, 1)
    assert clip.timeline == keyframes


def test_the_history_follows_the_keyframe_that_was_moved(qtbot, keyed, panel, clip):
    qtbot.mouseClick(panel.strip, LEFT, pos=middle(panel.strip, 0))
    keyed.studio.document.set(
        keyed.studio.document.recipe.replace(source=SeedSource(9)), "Another seed"
    )
    panel.keys.move_later()
    history = keyed.studio.history
    history.settle()
    assert keyed.studio.document.recipe.source == SeedSource(0)
    assert history.tree.recipe(history.tree.current) == keyed.studio.document.recipe
    keyed.show_dock("history")
    click_in_history(qtbot, keyed, 9)
    assert seeds(clip) == [1, 0, 2]


@pytest.fixture
def tuned(keyed):
    """A look with weights of its own, as of a photo, shown as a fourth keyframe."""
    model = keyed.studio.document.model
    name, weight = next(iter(model.network.synthesis.named_parameters()))
    delta = Delta({name: torch.full_like(weight, 0.05).half()}, model.sha256)
    keyed.studio.assets.keep(delta)
    w = compose_ws(model, keyed.studio.document.recipe).numpy()
    source = LatentSource.from_array(w, "me", delta=delta.sha256)
    keyed.studio.document.set(keyed.studio.document.recipe.replace(source=source), "Show a photo")
    return delta


@pytest.fixture
def comes_back(keyed, tuned, drop):
    """Asserts that a file brings the tuned picture on show back, as on another machine."""

    def picture():
        studio = keyed.studio
        return ss.render(studio.document.model, studio.document.recipe, assets=studio.assets)

    recipe, expected = keyed.studio.document.recipe, picture()

    def check(path):
        keyed.studio.assets.drop(tuned)
        keyed.studio.assets._at_hand.clear()
        keyed.studio.document.set(recipe.replace(source=SeedSource(4)), "Another seed")
        drop(keyed, path)
        assert keyed.studio.document.recipe == recipe
        assert (picture() == expected).all()

    return check


def test_tuned_weights_travel_with_the_session(qtbot, keyed, comes_back, tmp_path):
    path = tmp_path / "mine.session"
    portable(keyed.features["timeline"].clip.session, keyed.studio.assets).save(path)
    comes_back(path)


@pytest.mark.parametrize("codec", ["h264", "ffv1", "vp9", "gif", "webp"])
def test_tuned_weights_travel_with_an_export(qtbot, keyed, comes_back, tmp_path, codec):
    path = tmp_path / f"mine{CODECS[codec].suffix}"
    keyed.features["timeline"].ask_export()
    dialog = keyed.features["timeline"].dialog
    dialog.codec.setCurrentIndex(list(CODECS).index(codec))
    dialog.sides.setValue(64)
    dialog.order(path)
    qtbot.waitUntil(path.exists, timeout=60_000)
    qtbot.waitUntil(lambda: not keyed.features["timeline"].exporter.is_running, timeout=60_000)
    comes_back(path)


def test_an_exported_animation_without_a_session_is_no_project(qtbot, keyed, tmp_path, drop):
    path = tmp_path / "foreign.gif"
    Image.new("RGB", (8, 8)).save(path)
    drop(keyed, path)
    inverter = keyed.features["photo"].inverter
    qtbot.waitUntil(lambda: inverter.photo is not None and inverter.photo.name == "foreign.gif")
    assert not keyed.banner.is_error
    assert ss.Recipe is type(keyed.studio.document.recipe)
