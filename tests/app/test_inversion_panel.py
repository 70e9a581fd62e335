"""The photo dock, by hand: frame, find, stop, drag back, go on, compare, mix; and after a crash."""

import math
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtTest import QTest

from stylestudio.app.core.task import TaskState
from stylestudio.checkpoints import write_safetensors
from stylestudio.inversion import (
    Crop,
    InversionSettings,
    PhotoInversion,
    Steering,
    inversion_context,
    load_photo,
)
from stylestudio.inversion.unfinished import load_unfinished, save_unfinished
from stylestudio.recipe import LatentSource, SeedSource
from stylestudio.render import open_model

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def window(window_without_photo):
    return window_without_photo


@pytest.fixture
def panel(photo_panel):
    return photo_panel


def find(qtbot, window, panel, until=None):
    QTest.mouseClick(panel.work.start, LEFT)
    if until:
        qtbot.waitUntil(until, timeout=30_000)
        QTest.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: not window.features["photo"].inverter.is_running, timeout=60_000)


def snapshots(inverter):
    """How many snapshots there are."""
    return 0 if inverter.run is None else len(inverter.run.snapshots)


def drag(widget, start, end, button=LEFT):
    QTest.mousePress(widget, button, pos=start.toPoint())
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(widget, (start + (end - start) * share).toPoint())
    QTest.mouseRelease(widget, button, pos=end.toPoint())


def test_a_dropped_photo_is_found_and_shown(qtbot, window, panel, settled):
    find(qtbot, window, panel)
    settled(window)
    source = window.studio.document.recipe.source
    assert isinstance(source, LatentSource)
    assert source.name == "aunt.png"
    assert window.studio.document.recipe.truncation_psi == 1.0
    assert (source.array() == window.features["photo"].inverter.run.snapshots[-1].ws.numpy()).all()
    loss = window.features["photo"].inverter.run.snapshots[-1].loss
    assert panel.work.state.text() == f"Step 30 · likeness {math.exp(-loss):.0%}"
    assert panel.work.bar.value() / panel.work.bar.maximum() == pytest.approx(
        math.exp(-loss), abs=0.006
    )
    assert f"{loss:.4f}" in panel.work.bar.toolTip()
    assert window.studio.document.undo_stack.count() == 1  # the whole run is one step
    window.studio.document.undo_stack.undo()
    assert isinstance(window.studio.document.recipe.source, SeedSource)


def test_it_stops_and_goes_back_and_on(qtbot, window, panel, settled):
    panel.steps.setValue(2000)
    find(qtbot, window, panel, until=lambda: snapshots(window.features["photo"].inverter) > 6)
    reached = window.features["photo"].inverter.run.snapshots[-1].step
    assert reached < 2000
    panel.work.scrub.setValue(2)
    settled(window)
    back = window.features["photo"].inverter.run.snapshots[2]
    assert (window.studio.document.recipe.source.array() == back.ws.numpy()).all()
    panel.steps.setValue(20)
    QTest.mouseClick(panel.work.go_on, LEFT)
    qtbot.waitUntil(lambda: not window.features["photo"].inverter.is_running, timeout=60_000)
    steps = [checkpoint.step for checkpoint in window.features["photo"].inverter.run.snapshots]
    assert steps == sorted(set(steps))
    assert steps[-1] == max(20, back.step + 10)


def test_a_slider_that_moves_meanwhile_is_one_step_to_undo(qtbot, window, panel, pressed):
    panel.steps.setValue(2000)
    document, inverter = window.studio.document, window.features["photo"].inverter
    QTest.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: snapshots(inverter) > 2, timeout=30_000)
    pressed.append(LEFT)
    count = document.undo_stack.count()
    for psi in (0.9, 0.8, 0.7):
        document.set(document.recipe.replace(truncation_psi=psi), "Truncation", "a drag")
        found = snapshots(inverter)
        qtbot.waitUntil(lambda found=found: snapshots(inverter) > found, timeout=30_000)
        qtbot.wait(20)
    assert document.undo_stack.count() == count + 1
    QTest.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: not inverter.is_running, timeout=30_000)
    last = inverter.run.snapshots[-1]
    assert (document.recipe.source.array() == last.ws.numpy()).all()
    assert document.recipe.truncation_psi == 0.7


def test_who_looks_elsewhere_is_left_alone(qtbot, window, panel):
    panel.steps.setValue(2000)
    QTest.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: snapshots(window.features["photo"].inverter) > 2, timeout=30_000)
    window.actions_by_id["randomize"].trigger()
    chosen = window.studio.document.recipe.source
    count = snapshots(window.features["photo"].inverter)
    qtbot.waitUntil(
        lambda: snapshots(window.features["photo"].inverter) > count + 2, timeout=30_000
    )
    assert window.studio.document.recipe.source == chosen
    QTest.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: not window.features["photo"].inverter.is_running, timeout=30_000)


def test_tuned_weights_are_switched_on_and_off(qtbot, window, panel, settled):
    panel.method.setCurrentText("Closest, adjusting the model")
    find(qtbot, window, panel)
    settled(window)
    with_tuning = window.canvas.image.copy()
    assert window.studio.document.recipe.source.delta
    panel.tuned.click()
    settled(window)
    assert not window.studio.document.recipe.source.delta
    assert window.canvas.image != with_tuning
    panel.tuned.click()
    settled(window)
    assert window.canvas.image == with_tuning


def test_the_photo_lies_beside_the_result_and_the_result_in_the_mix(qtbot, window, panel, settled):
    find(qtbot, window, panel)
    panel.compare.click()
    assert window.canvas.is_comparing
    panel.compare.click()
    assert not window.canvas.is_comparing
    rows = len(window.studio.document.recipe.mixing)
    QTest.mouseClick(panel.mix, LEFT)
    settled(window)
    assert len(window.studio.document.recipe.mixing) == rows + 1
    assert window.studio.document.recipe.mixing[-1].source.name == "aunt.png"
    assert "aunt.png to the mixing console" in window.statusBar().currentMessage()
    console = window.features["mixing"].panel
    assert console.rows[-1].name.label.text() == "aunt.png"
    mixed = window.studio.document.recipe.mixing[-1].source
    assert ("aunt.png", mixed) in console.at_hand()


def test_the_photo_beside_the_result_is_in_the_crop_of_the_result(qtbot, window, panel):
    canvas, asked = window.canvas, []
    panel.compare_asked.connect(asked.append)
    find(qtbot, window, panel)
    panel.compare.click()
    rect = canvas.picture_rect()
    drag(canvas, rect.center(), QPointF(rect.left() + rect.width() / 4, rect.center().y()))
    place = canvas._wipe_x()
    assert place < rect.center().x() - 10
    panel.framing.picture.setFocus()
    QTest.keyClick(panel.framing.picture, Qt.Key.Key_Minus)  # makes the crop smaller
    find(qtbot, window, panel)
    crop = panel._chosen.crop
    assert crop.side < 1
    assert canvas._before == panel.framing.framed(crop, window.studio.document.model.resolution)
    assert canvas._wipe_x() == place
    count = len(asked)
    panel.search.setChecked(True)
    find(qtbot, window, panel)
    assert len(asked) > count
    run = window.features["photo"].inverter.run
    panel.work.scrub.setValue(1)
    assert run.snapshots[1].crop != run.snapshots[-1].crop
    shown = panel.framing.framed(run.snapshots[1].crop, window.studio.document.model.resolution)
    assert canvas._before == shown
    panel.compare.click()
    assert not canvas.is_comparing


def test_no_crop_is_searched_for_while_something_is_painted(qtbot, window, panel):
    picture, framing = panel.framing.picture, panel.framing
    tip = panel.search.toolTip()
    panel.search.setChecked(True)
    QTest.mouseClick(framing.brush, LEFT)
    centre = picture.picture_rect().center()
    drag(picture, centre, centre + QPointF(20, 0))
    assert not panel.search.isEnabled()
    assert "Clear the mask" in panel.search.toolTip()
    find(qtbot, window, panel)
    assert panel._chosen.crop == Crop()
    QTest.mouseClick(framing.clear, LEFT)
    assert panel.search.isEnabled()
    assert panel.search.toolTip() == tip


def test_a_result_in_the_mix_acts_on_the_finest_layers_there_are(qtbot, window, panel, model):
    assert {layer.group for layer in model.layers} == {"coarse", "middle"}
    find(qtbot, window, panel)
    QTest.mouseClick(panel.mix, LEFT)
    amounts = window.studio.document.recipe.mixing[-1].amounts
    assert amounts == tuple(float(layer.group == "middle") for layer in model.layers)


def test_another_photo_gets_no_results_of_the_earlier_one(qtbot, window, panel, drop, tmp_path):
    inverter = window.features["photo"].inverter
    panel.steps.setValue(5000)
    QTest.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: snapshots(inverter) > 2, timeout=30_000)
    uncle = tmp_path / "uncle.png"
    Image.fromarray(np.random.RandomState(1).randint(0, 256, (40, 40, 3)).astype(np.uint8)).save(
        uncle
    )
    drop(window, uncle)
    qtbot.waitUntil(lambda: inverter.photo.name == "uncle.png")
    shown = window.studio.document.recipe
    qtbot.waitUntil(lambda: not inverter.is_running, timeout=30_000)
    assert inverter.run is None
    assert panel.curve.losses() == []
    assert window.studio.document.recipe == shown
    panel.steps.setValue(20)
    find(qtbot, window, panel)
    assert inverter.run.snapshots[-1].step == 20
    assert window.studio.document.recipe.source.name == "uncle.png"


def test_the_frame_is_moved_sized_turned_and_put_back(window, panel):
    picture = panel.framing.picture
    centre = picture.picture_rect().center()
    drag(picture, centre, centre + QPointF(20, 0))
    moved = panel.framing.frame
    assert moved.x > 0.05
    assert moved.y == pytest.approx(0, abs=0.02)
    corner = picture.corners()[2]
    drag(picture, corner, corner - QPointF(15, 15))
    assert panel.framing.frame.side < moved.side
    drag(picture, picture.knob(), picture.knob() + QPointF(25, 0))
    assert panel.framing.frame.angle > 3
    QTest.keyClick(picture, Qt.Key.Key_Down)
    assert panel.framing.frame.y > moved.y
    QTest.mouseClick(panel.framing.reset, LEFT)
    assert panel.framing.frame == Crop()


def test_points_on_photo_and_model_place_the_frame(qtbot, window, panel):
    QTest.mouseClick(panel.framing.points, LEFT)
    picture = panel.framing.picture
    assert panel.framing.average.isVisible()
    before = panel.framing.frame
    eye = picture.picture_rect().topLeft() + QPointF(
        picture.points()[1][0] * picture.picture_rect().width(),
        picture.points()[1][1] * picture.picture_rect().height(),
    )
    drag(picture, eye, eye + QPointF(12, 0))
    assert panel.framing.frame.side > before.side


def test_what_is_painted_matters(window, panel):
    picture = panel.framing.picture
    assert panel.framing.weights(32) is None
    QTest.mouseClick(panel.framing.brush, LEFT)
    left = QPointF(picture.corners()[0].x() + 5, picture.picture_rect().center().y())
    drag(picture, left, left + QPointF(10, 0))
    weights = panel.framing.weights(32)
    assert weights[16, 2] > 0.9
    assert weights[16, 29] == pytest.approx(0.1, abs=0.01)
    drag(picture, left, left + QPointF(10, 0), RIGHT)
    assert panel.framing.weights(32)[16, 2] < 0.5


def test_a_job_that_was_cut_off_is_offered_again(qtbot, bare_window, model, photo_file, settings):
    inversion = PhotoInversion(
        inversion_context(model), load_photo(photo_file), InversionSettings(steps=30), Steering()
    )
    cut_off = next(p.snapshot for p in inversion.run() if p.done == 10 and p.snapshot)
    save_unfinished(inversion, cut_off, settings.folder / "unfinished.inversion")
    window, panel = bare_window, bare_window.features["photo"].panel
    window.studio.document.open_model(model)
    qtbot.waitUntil(lambda: not panel.resume.isHidden())
    assert "aunt.png, step 10" in panel.resume.text()
    panel.resume.click()
    qtbot.waitUntil(lambda: not window.features["photo"].inverter.is_running, timeout=60_000)
    assert [c.step for c in window.features["photo"].inverter.run.snapshots] == [10, 15, 20, 25, 30]
    assert torch.equal(window.features["photo"].inverter.run.snapshots[0].ws, cut_off.ws) or (
        window.features["photo"].inverter.run.snapshots[0].loss
        == pytest.approx(cut_off.loss, rel=1e-3)
    )
    qtbot.waitUntil(lambda: window.studio.view.shown_recipe == window.studio.document.recipe)


def test_a_job_that_was_cut_off_while_tuning_may_be_stopped_at_once(
    qtbot, bare_window, model, photo_file, settings, monkeypatch
):
    inversion = PhotoInversion(
        inversion_context(model),
        load_photo(photo_file),
        InversionSettings(method="tune", steps=5, tuning_steps=5000),
    )
    cut_off = next(p.snapshot for p in inversion.run() if p.done == 15)
    save_unfinished(inversion, cut_off, settings.folder / "unfinished.inversion")
    monkeypatch.setattr("stylestudio.inversion.tuning.EVERY", 10_000)  # so that no other comes
    studio, feature = bare_window.studio, bare_window.features["photo"]
    studio.document.open_model(model)
    qtbot.waitUntil(lambda: not feature.panel.resume.isHidden())
    feature.panel.resume.click()
    qtbot.waitUntil(lambda: len(feature.inverter.run.losses) > 1, timeout=60_000)
    feature.panel.work.start.click()
    qtbot.waitUntil(lambda: not feature.inverter.is_running, timeout=60_000)
    assert feature.inverter.task.state is TaskState.DONE
    assert studio.document.recipe.source == cut_off.source("aunt.png")
    assert (studio.assets.folder / cut_off.delta.file_name).is_file()  # for another day
    assert load_unfinished(settings.folder / "unfinished.inversion").snapshot.step == 15


def test_what_was_painted_goes_on_mattering_in_a_job_that_was_cut_off(
    qtbot, bare_window, model, photo_file, settings
):
    mask = torch.rand(model.resolution, model.resolution)
    inversion = PhotoInversion(
        inversion_context(model),
        load_photo(photo_file),
        InversionSettings(steps=30),
        Steering(),
        mask,
    )
    cut_off = next(p.snapshot for p in inversion.run() if p.done == 10 and p.snapshot)
    save_unfinished(inversion, cut_off, settings.folder / "unfinished.inversion")
    feature = bare_window.features["photo"]
    bare_window.studio.document.open_model(model)
    qtbot.waitUntil(lambda: not feature.panel.resume.isHidden())
    feature.panel.resume.click()
    qtbot.waitUntil(lambda: not feature.inverter.is_running, timeout=60_000)
    feature.panel.work.go_on.click()
    assert torch.allclose(feature.inverter.run.mask, mask)
    qtbot.waitUntil(lambda: not feature.inverter.is_running, timeout=60_000)
    feature.panel.work.start.click()  # anew: nothing is painted
    assert feature.inverter.run.mask is None
    qtbot.waitUntil(lambda: not feature.inverter.is_running, timeout=60_000)


def test_what_is_painted_is_cut_as_the_run_is_that_goes_on(qtbot, window, panel):
    framing, inverter = panel.framing, window.features["photo"].inverter
    QTest.mouseClick(framing.brush, LEFT)
    picture = framing.picture
    left = QPointF(picture.corners()[0].x() + 5, picture.picture_rect().center().y())
    drag(picture, left, left + QPointF(10, 0))
    find(qtbot, window, panel)
    mask = inverter.run.mask
    framing.set_frame(Crop(x=0.1, y=0.1, side=0.5))
    QTest.mouseClick(panel.work.go_on, LEFT)
    assert torch.equal(inverter.run.mask, mask)
    qtbot.waitUntil(lambda: not inverter.is_running, timeout=60_000)


KILLED = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from stylestudio.app.core.tasks import Tasks
from stylestudio.app.features.photo import inversion_run
from stylestudio.app.features.photo.inverter import Inverter
from stylestudio.inversion import InversionSettings, Steering, load_photo
from stylestudio.render import Assets, open_model

model, photo, state = map(Path, sys.argv[1:])
application = QCoreApplication([])
inversion_run.SAVE_EVERY = 0.0
inverter = Inverter(Tasks(), state, Assets(), lambda _: False, application)
inverter.take_photo(load_photo(photo))
settings = InversionSettings(steps=100_000)
inverter.start(open_model(model, device="cpu"), settings, Steering(), None, None)
application.exec()
"""


def has_begun(file):
    """Whether an inversion has been put away after its start."""
    return file.is_file() and load_unfinished(file).snapshot.step > 0


def test_after_the_program_was_killed_its_last_checkpoint_is_offered(
    qtbot, bare_window, make_network, photo_file, settings, tmp_path
):
    model_file, file = tmp_path / "tiny.safetensors", settings.folder / "unfinished.inversion"
    write_safetensors(model_file, make_network(), name="tiny")
    words = [sys.executable, "-c", KILLED, str(model_file), str(photo_file), str(file)]
    with subprocess.Popen(words) as process:
        try:
            while process.poll() is None and not has_begun(file):
                time.sleep(0.02)
        finally:
            process.kill()
    left = load_unfinished(file).snapshot
    assert left.step > 0
    bare_window.studio.document.open_model(open_model(model_file, device="cpu"))
    panel = bare_window.features["photo"].panel
    qtbot.waitUntil(lambda: not panel.resume.isHidden())
    assert f"aunt.png, step {left.step}" in panel.resume.text()


def test_the_window_lives_on_during_the_work_and_ends_it_at_a_step(qtbot, window, panel):
    seen = []
    timer = QTimer()
    timer.setInterval(1)
    timer.timeout.connect(lambda: seen.append(len(window.features["photo"].inverter.run.losses)))
    panel.steps.setValue(5000)
    QTest.mouseClick(panel.work.start, LEFT)
    run = window.features["photo"].inverter.run
    timer.start()
    qtbot.waitUntil(lambda: len(run.losses) > 40, timeout=60_000)
    timer.stop()
    # A window that waited for the run would have seen its beginning and then its end.
    assert len(set(seen)) > 10
    QTest.mouseClick(panel.work.start, LEFT)
    done = len(run.losses)
    qtbot.waitUntil(lambda: not window.features["photo"].inverter.is_running, timeout=30_000)
    assert len(run.losses) <= done + 1


def test_a_picture_that_cannot_be_read_is_said(qtbot, window, drop, tmp_path):
    broken = tmp_path / "broken.jpg"
    Image.fromarray(np.zeros((90, 90, 3), np.uint8)).save(broken)
    broken.write_bytes(broken.read_bytes()[:400])
    drop(window, broken)
    qtbot.waitUntil(lambda: "broken.jpg" in window.banner.text)
    assert window.features["photo"].inverter.photo is None


def test_closing_the_window_ends_the_work_and_keeps_it(
    qtbot, new_window, drop, photo_file, settings
):
    inverter, panel = (getattr(new_window.features["photo"], it) for it in ("inverter", "panel"))
    drop(new_window, photo_file)
    qtbot.waitUntil(panel.work.start.isEnabled)
    panel.steps.setValue(5000)
    QTest.mouseClick(panel.work.start, LEFT)
    qtbot.waitUntil(lambda: snapshots(inverter) > 2, timeout=30_000)
    new_window.quit()
    assert not inverter.is_running
    left = load_unfinished(settings.folder / "unfinished.inversion").snapshot
    assert left.step == inverter.run.snapshots[-1].step > 0
