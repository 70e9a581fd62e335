"""A slow model must never be felt by the hand, and never show an old picture."""

import itertools
import time

import pytest
from PySide6.QtCore import QTimer

from stylestudio.app.document import Look
from stylestudio.app.readout import RateMenu
from stylestudio.app.thumbnails import Thumbnails
from stylestudio.app.worker import RenderWorker
from stylestudio.recipe import SeedSource
from stylestudio.render import Assets, render

FRAME = 0.2  # seconds


@pytest.fixture
def slow_model(make_model, monkeypatch):
    """A model that takes FRAME for a whole picture, counting them."""
    model = make_model(seed=8, name="slow")
    synthesis = model.synthesis
    run_step, steps = synthesis.run_step, synthesis.steps
    model.started = 0

    def slow_step(step, *args):
        time.sleep(FRAME / len(steps))
        model.started += step is steps[0]
        return run_step(step, *args)

    monkeypatch.setattr(synthesis, "run_step", slow_step)
    return model


@pytest.fixture
def slow_window(qtbot, bare_window, slow_model, settled):
    bare_window.document.open_model(slow_model)
    settled(bare_window)
    qtbot.waitUntil(lambda: bare_window.source.plane is not None)
    bare_window.worker.forget_thumbnails()
    # Thumbnails use the same model; here only the frames are to be counted.
    bare_window.worker.request_thumbnail = lambda look: None
    qtbot.wait(int(FRAME * 2000))
    return bare_window


def test_a_storm_of_slider_events_leads_to_a_handful_of_renders(
    qtbot, slow_window, slow_model, settled
):
    shown = []
    slow_window.speed_label.note = lambda rendered, _: shown.append(rendered.look.recipe)
    slow_model.started = 0
    slider = slow_window.truncation.psi.slider
    begun = time.perf_counter()
    for i in range(100):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(3)
    settled(slow_window)
    # None is left before its first draft, which takes more than half of a frame.
    assert 1 <= slow_model.started <= 2 + (time.perf_counter() - begun) / (FRAME / 2)
    assert slow_window.view.shown_recipe.truncation_psi == slow_window.truncation.psi.value()
    psis = [recipe.truncation_psi for recipe in shown]
    assert psis == sorted(psis)


def test_the_windows_heartbeat_does_not_wait_for_renders(qtbot, slow_window, settled):
    beats = []
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    slider = slow_window.truncation.psi.slider
    for i in range(30):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(20)
    settled(slow_window)
    timer.stop()
    gaps = sorted(b - a for a, b in itertools.pairwise(beats))
    # A window that waited would beat once a frame; the median says it never did.
    assert gaps[len(gaps) // 2] < FRAME / 4
    assert len(beats) > 30


def test_closing_in_the_middle_of_a_frame_leaves_no_thread(qtbot, slow_window):
    slow_window.truncation.psi.slider.setValue(5)
    qtbot.wait(20)
    assert slow_window.worker.isRunning()
    slow_window.close()
    assert not slow_window.worker.isRunning()


def test_an_error_is_said_and_the_picture_stays(qtbot, window, settled, model, monkeypatch):
    before = window.canvas.image
    synthesis = model.synthesis
    with monkeypatch.context() as patch:
        patch.setattr(synthesis, "run_step", lambda *args: 1 / 0)
        window.truncation.psi.slider.setValue(3)
        qtbot.waitUntil(lambda: window.banner.text != "")
    assert "division" in window.banner.text
    assert window.canvas.image == before
    window.truncation.psi.slider.setValue(30)
    settled(window)
    assert window.banner.text == ""


def test_what_is_shown_is_what_a_render_gives(window, settled, model):
    window.document.set(window.document.recipe.replace(source=SeedSource(44)), "seed")
    settled(window)
    pixels = render(model, window.document.recipe)
    image = window.canvas.image
    for x, y in ((0, 0), (31, 0), (5, 17), (31, 31)):
        colour = image.pixelColor(x, y)
        assert [colour.red(), colour.green(), colour.blue()] == pixels[y, x].tolist()


def test_thumbnails_arrive_when_the_hand_rests(qtbot, window, model):
    look = Look(model, window.document.recipe.replace(source=SeedSource(123)))
    with qtbot.waitSignal(
        window.thumbnails.ready, check_params_cb=lambda ready, _image: ready == look
    ):
        assert window.thumbnails.get(look) is None
    assert window.thumbnails.get(look) is not None


def test_thumbnails_come_in_the_order_in_which_they_are_wanted(qtbot, model, fresh_recipe):
    worker, done = RenderWorker(Assets()), []
    thumbnails = Thumbnails(worker)
    thumbnails.ready.connect(lambda look, _image: done.append(look))
    looks = [Look(model, fresh_recipe.replace(source=SeedSource(seed))) for seed in (1, 2, 3)]
    for look in looks:
        thumbnails.get(look)
    thumbnails.get(looks[0], first=True)
    worker.start()
    qtbot.waitUntil(lambda: len(done) == 3)
    worker.stop()
    assert done == [looks[0], looks[2], looks[1]]


def test_the_picture_follows_the_hand_in_drafts_and_ends_in_full(qtbot, slow_window, settled):
    seen = []
    readout = slow_window.speed_label.note

    def note(rendered, passed_over):
        seen.append((rendered.look.recipe.truncation_psi, rendered.frame.draft))
        readout(rendered, passed_over)

    slow_window.speed_label.note = note
    slider = slow_window.truncation.psi.slider
    for i in range(40):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(15)
    settled(slow_window)
    assert sum(draft == 16 for _, draft in seen) >= 3
    assert [psi for psi, _ in seen] == sorted(psi for psi, _ in seen)  # never an older one
    assert seen[-1] == (slow_window.truncation.psi.value(), None)
    assert slow_window.worker.passed_over > 0
    assert "full" in slow_window.speed_label.text()


def test_copies_and_pins_wait_for_the_full_picture(qtbot, slow_window, settled, slow_model):
    slider = slow_window.truncation.psi.slider
    slider.setValue(slider.minimum() + 3)
    qtbot.waitUntil(lambda: slow_window.view.is_draft)
    slow_window.actions_by_id["pin"].trigger()
    settled(slow_window)
    pixels = render(slow_model, slow_window.document.recipe)
    colour = slow_window.view.pinned.pixelColor(5, 17)
    assert [colour.red(), colour.green(), colour.blue()] == pixels[17, 5].tolist()


def test_without_drafts_every_picture_is_full(qtbot, slow_window, settled):
    rates = slow_window.findChild(RateMenu)
    rates.actions()[-1].trigger()
    slow_window.speed_label.note = lambda rendered, passed_over: seen.append(rendered.frame.draft)
    seen = []
    slider = slow_window.truncation.psi.slider
    for i in range(5):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(30)
    settled(slow_window)
    assert seen
    assert set(seen) == {None}
    assert slow_window.settings.text("rate") == "0"
