"""The timeline dock through real events: keyframes, playing, recording, export, sessions."""

import itertools
import random
import time

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QPoint, Qt

import stylestudio as ss
from stylestudio.app.features.timeline.panel import EASINGS, PATHS, RATES
from stylestudio.recipe import LatentSource, SeedSource
from stylestudio.render import Delta, Renderer, compose_ws
from stylestudio.video import CODECS, Session, Timeline, read_session

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


def drag(qtbot, widget, start, end, moves=6):
    qtbot.mousePress(widget, LEFT, pos=start)
    for i in range(1, moves + 1):
        qtbot.mouseMove(widget, start + (end - start) * i / moves)
    qtbot.mouseRelease(widget, LEFT, pos=end)


@pytest.fixture
def panel(window):
    return window.features["timeline"].panel


@pytest.fixture
def clip(window):
    return window.features["timeline"].clip


@pytest.fixture
def keyed(qtbot, window, panel):
    """Three keyframes, of the seeds 0, 1 and 2."""
    for seed in range(3):
        recipe = window.studio.document.recipe.replace(source=SeedSource(seed))
        window.studio.document.set(recipe, "Another seed")
        qtbot.mouseClick(panel.insert, LEFT)
    return window


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


def test_dragging_and_keys_reorder_and_everything_can_be_undone(qtbot, keyed, panel, clip):
    strip = panel.strip
    drag(qtbot, strip, middle(strip, 0), middle(strip, 2))
    assert seeds(clip) == [1, 2, 0]
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Left, CTRL)
    assert seeds(clip) == [1, 0, 2]
    qtbot.keyClick(strip, Qt.Key.Key_Delete)
    assert seeds(clip) == [1, 2]
    for expected in ([1, 0, 2], [1, 2, 0], [0, 1, 2]):
        qtbot.keyClick(keyed, Qt.Key.Key_Z, CTRL)
        assert seeds(clip) == expected


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
    assert "of 4.50 s" in panel.time.text()
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
    assert "Recording" in panel.time.text()
    values = []
    for position in (1000, 1500, 2500):
        window.features["truncation"].panel.psi.slider.setValue(position)
        values.append(window.studio.document.recipe.truncation_psi)
        qtbot.wait(40)
    qtbot.mouseClick(panel.record, LEFT)
    performance = clip.timeline.performance
    assert [recipe.truncation_psi for recipe in performance.recipes[1:]] == values
    times = [event.seconds for event in performance.events]
    assert (np.diff(times) > 0.03).all()
    for at, value in zip(times, values, strict=True):
        assert clip.timeline.recipe_at_time(at).truncation_psi == pytest.approx(value)
    assert not panel.path.isEnabled()
    drag(qtbot, panel.strip, QPoint(10, 6), QPoint(round(panel.strip.x_of(times[1])), 6))
    assert window.studio.document.recipe.truncation_psi == pytest.approx(values[1], abs=0.2)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert clip.timeline is None


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
    seen = []
    keyed.features["timeline"].exporter.progressed.connect(
        lambda progress, _image: seen.append(progress.done)
    )
    qtbot.mouseClick(panel.export, LEFT)
    dialog = keyed.features["timeline"].dialog
    dialog.codec.setCurrentIndex(list(CODECS).index("ffv1"))
    assert "9 frames" in dialog.note.text()
    assert not dialog.quality.isEnabled()
    dialog.order(path)
    qtbot.waitUntil(lambda: panel.export_row.isVisible() or bool(seen))
    qtbot.waitUntil(lambda: not keyed.features["timeline"].exporter.is_running, timeout=20_000)
    assert "closed, difference 0" in keyed.banner.text
    assert not panel.export_row.isVisible()
    assert read_session(path).timeline == saved
    clip.set(None, "Remove")
    keyed.studio.document.set(keyed.studio.document.recipe.replace(truncation_psi=0.1), "Psi")
    shown = read_session(path).recipe
    drop(keyed, path)
    assert clip.timeline == saved
    assert keyed.studio.document.recipe == shown
    settled(keyed)


def test_an_export_is_paused_and_cancelled_and_a_closed_window_keeps_its_frames(
    qtbot, keyed, panel, tmp_path, model
):
    def order():
        qtbot.mouseClick(panel.export, LEFT)
        keyed.features["timeline"].dialog.order(tmp_path / "a.mp4")

    order()
    qtbot.waitUntil(lambda: "frames" in panel.export_row.label.text())
    qtbot.mouseClick(panel.export_row.pause, LEFT)
    assert keyed.features["timeline"].exporter.is_running
    qtbot.mouseClick(panel.export, LEFT)
    assert "under way" in keyed.banner.text
    qtbot.mouseClick(panel.export_row.cancel, LEFT)
    qtbot.waitUntil(lambda: not keyed.features["timeline"].exporter.is_running)
    assert list(tmp_path.glob(".*a.mp4*")) == []
    order()
    qtbot.waitUntil(lambda: "of 120 frames" in panel.export_row.label.text())
    qtbot.waitUntil(lambda: panel.export_row.bar.value() > 2)
    keyed.close()
    assert not (tmp_path / "a.mp4").exists()
    assert [path.name for path in tmp_path.glob(".*a.mp4*")] == [".a.mp4.frames"]


def test_a_failed_export_says_why_in_the_window(qtbot, keyed, panel, tmp_path):
    qtbot.mouseClick(panel.export, LEFT)
    keyed.features["timeline"].dialog.order(tmp_path / "missing" / "a.mp4")
    qtbot.waitUntil(lambda: keyed.banner.is_error)
    assert "does not exist" in keyed.banner.text


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


def test_a_session_is_saved_and_opened(qtbot, keyed, clip, tmp_path, drop):
    path, saved = tmp_path / "mine.session", clip.timeline
    keyed.features["timeline"].save_session_as(path)
    assert read_session(path) == Session(recipe=keyed.studio.document.recipe, timeline=saved)
    clip.set(None, "Remove")
    drop(keyed, path)
    assert clip.timeline == saved
    bad = tmp_path / "bad.session"
    bad.write_text(path.read_text()[:-40])
    drop(keyed, bad)
    assert "bad.session" in keyed.banner.text


def test_the_timeline_is_there_again_after_a_crash(qtbot, keyed, clip, settings):
    file = settings.folder / "last-session.json"
    qtbot.waitUntil(lambda: file.exists() and Timeline.load(file) == clip.timeline, timeout=5000)


def test_another_models_timeline_is_kept_but_not_played(qtbot, keyed, panel, clip, make_model):
    keyed.studio.document.open_model(make_model(seed=5, name="other"))
    assert seeds(clip) == [0, 1, 2]
    assert not panel.play.isEnabled()
    assert "made with tiny" in panel.strip.toolTip()


def test_history_still_goes_where_it_is_clicked(qtbot, keyed, panel):
    history = keyed.features["history"].panel.list
    qtbot.waitUntil(lambda: history.count() == 3)
    keyed.show_dock("history")
    item = history.visualItemRect(history.item(1))
    qtbot.mouseClick(history.viewport(), LEFT, pos=item.center())
    assert keyed.studio.document.recipe.source == SeedSource(1)


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


def forget(window, delta):
    """Forget tuned weights, as on another machine."""
    window.studio.assets.drop(delta)
    window.studio.assets._at_hand.clear()


def test_tuned_weights_travel_with_the_session(qtbot, keyed, tuned, tmp_path, drop):
    path, recipe = tmp_path / "mine.session", keyed.studio.document.recipe
    expected = ss.render(keyed.studio.document.model, recipe, assets=keyed.studio.assets)
    keyed.features["timeline"].save_session_as(path)
    forget(keyed, tuned)
    keyed.studio.document.set(recipe.replace(source=SeedSource(4)), "Another seed")
    drop(keyed, path)
    assert keyed.studio.document.recipe == recipe
    assert (
        ss.render(keyed.studio.document.model, recipe, assets=keyed.studio.assets) == expected
    ).all()


@pytest.mark.parametrize("codec", ["h264", "ffv1", "vp9", "gif", "webp"])
def test_tuned_weights_travel_with_an_export(qtbot, keyed, tuned, tmp_path, drop, codec):
    path, recipe = tmp_path / f"mine{CODECS[codec].suffix}", keyed.studio.document.recipe
    expected = ss.render(keyed.studio.document.model, recipe, assets=keyed.studio.assets)
    keyed.features["timeline"].ask_export()
    dialog = keyed.features["timeline"].dialog
    dialog.codec.setCurrentIndex(list(CODECS).index(codec))
    dialog.sides.setValue(64)
    dialog.order(path)
    qtbot.waitUntil(path.exists, timeout=20_000)
    qtbot.waitUntil(lambda: not keyed.features["timeline"].exporter.is_running)
    forget(keyed, tuned)
    keyed.studio.document.set(recipe.replace(source=SeedSource(4)), "Another seed")
    drop(keyed, path)
    assert keyed.studio.document.recipe == recipe
    assert (
        ss.render(keyed.studio.document.model, recipe, assets=keyed.studio.assets) == expected
    ).all()


def test_an_exported_animation_without_a_session_is_no_project(qtbot, keyed, tmp_path, drop):
    path = tmp_path / "foreign.gif"
    Image.new("RGB", (8, 8)).save(path)
    drop(keyed, path)
    inverter = keyed.features["photo"].inverter
    qtbot.waitUntil(lambda: inverter.photo is not None and inverter.photo.name == "foreign.gif")
    assert not keyed.banner.is_error
    assert ss.Recipe is type(keyed.studio.document.recipe)
