"""A slow model must never be felt by the hand, and never show an old picture."""

import re
import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from stylestudio.app.core.images import to_qimage
from stylestudio.app.core.recipes import ModelRecipe, first_recipe
from stylestudio.app.core.thumbnails import Thumbnails
from stylestudio.app.core.worker import RenderWorker
from stylestudio.app.shell.readout import RateMenu
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
    bare_window.studio.document.open_model(slow_model)
    settled(bare_window)
    qtbot.waitUntil(lambda: bare_window.features["source"].panel.plane is not None)
    bare_window.studio.worker.forget_thumbnails()
    # Thumbnails use the same model; here only the frames are to be counted.
    bare_window.studio.worker.request_thumbnail = lambda pair, last=False: None
    qtbot.wait(int(FRAME * 2000))
    return bare_window


def test_a_storm_of_slider_events_leads_to_a_handful_of_renders(
    qtbot, slow_window, slow_model, settled
):
    shown = []
    slow_window.status.speed.note = lambda rendered, _: shown.append(rendered.pair.recipe)
    slow_model.started = 0
    slider = slow_window.features["truncation"].panel.psi.slider
    begun = time.perf_counter()
    for i in range(100):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(3)
    settled(slow_window)
    # None is left before its first draft, which takes more than half of a frame.
    assert 1 <= slow_model.started <= 2 + (time.perf_counter() - begun) / (FRAME / 2)
    assert (
        slow_window.studio.view.shown_recipe.truncation_psi
        == slow_window.features["truncation"].panel.psi.value()
    )
    psis = [recipe.truncation_psi for recipe in shown]
    assert psis == sorted(psis)


def test_the_windows_heartbeat_does_not_wait_for_renders(
    qtbot, slow_window, slow_model, settled, monkeypatch
):
    beats, frames, chain = [], [], slow_model.synthesis
    run_step = chain.run_step

    def counting_step(step, *given):
        if step is chain.steps[0]:
            frames.append([len(beats)])
        state = run_step(step, *given)
        frames[-1].append(len(beats))
        return state

    monkeypatch.setattr(chain, "run_step", counting_step)
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: beats.append(None))
    timer.start()
    slider = slow_window.features["truncation"].panel.psi.slider
    for i in range(30):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(20)
    settled(slow_window)
    timer.stop()
    whole = [each[-1] - each[0] for each in frames if len(each) == len(chain.steps) + 1]
    assert whole
    assert all(whole)  # it went on during each


def test_closing_in_the_middle_of_a_frame_leaves_no_thread(qtbot, slow_window):
    slow_window.features["truncation"].panel.psi.slider.setValue(5)
    qtbot.wait(20)
    assert slow_window.studio.worker.isRunning()
    slow_window.quit()
    assert not slow_window.studio.worker.isRunning()


def test_an_error_is_said_and_the_picture_stays(qtbot, window, settled, model, monkeypatch):
    before = window.canvas.image
    synthesis = model.synthesis
    with monkeypatch.context() as patch:
        patch.setattr(synthesis, "run_step", lambda *args: 1 / 0)
        window.features["truncation"].panel.psi.slider.setValue(3)
        qtbot.waitUntil(lambda: window.banner.text != "")
    assert "can't be rendered (ZeroDivisionError: division by zero)" in window.banner.text
    assert window.canvas.image == before
    window.features["truncation"].panel.psi.slider.setValue(30)
    settled(window)
    assert window.banner.text == ""


def test_what_a_library_says_in_many_lines_is_said_in_one(qtbot, window, model, monkeypatch):
    def fail(*_args):
        raise RuntimeError("CUDA error: an illegal address\nCompile with `TORCH_USE_CUDA_DSA`.\n")

    monkeypatch.setattr(model.synthesis, "run_step", fail)
    window.features["truncation"].panel.psi.slider.setValue(3)
    qtbot.waitUntil(lambda: window.banner.text != "")
    assert window.banner.text == (
        "This picture can't be rendered (RuntimeError: CUDA error: an illegal address); "
        "undo the last change."
    )


def test_a_picture_without_numbers_is_said_and_the_last_one_stays(
    qtbot, window, settled, model, monkeypatch
):
    before = window.canvas.image
    real = model.synthesis.run_step

    def broken(*args):
        state = real(*args)
        if state.img is not None:
            state.img[..., 1, 2] = float("nan")
        return state

    with monkeypatch.context() as patch:
        patch.setattr(model.synthesis, "run_step", broken)
        window.features["truncation"].panel.psi.slider.setValue(3)
        qtbot.waitUntil(lambda: window.banner.text != "")
    assert "undefined values (NaN)" in window.banner.text
    assert model.name in window.banner.text
    assert window.canvas.image == before


def test_what_is_shown_is_what_a_render_gives(window, settled, model):
    window.studio.document.set(window.studio.document.recipe.replace(source=SeedSource(44)), "seed")
    settled(window)
    pixels = render(model, window.studio.document.recipe)
    image = window.canvas.image
    for x, y in ((0, 0), (31, 0), (5, 17), (31, 31)):
        colour = image.pixelColor(x, y)
        assert [colour.red(), colour.green(), colour.blue()] == pixels[y, x].tolist()


def test_thumbnails_arrive_when_the_hand_rests(qtbot, window, model):
    pair = ModelRecipe(model, window.studio.document.recipe.replace(source=SeedSource(123)))
    with qtbot.waitSignal(
        window.studio.thumbnails.ready, check_params_cb=lambda ready, _image: ready == pair
    ):
        assert window.studio.thumbnails.get(pair) is None
    assert window.studio.thumbnails.get(pair) is not None


def test_thumbnails_come_in_the_order_in_which_they_are_wanted(qtbot, model, fresh_recipe):
    worker, done = RenderWorker(Assets()), []
    thumbnails = Thumbnails(worker)
    thumbnails.ready.connect(lambda pair, _image: done.append(pair))
    pairs = [
        ModelRecipe(model, fresh_recipe.replace(source=SeedSource(seed))) for seed in (1, 2, 3)
    ]
    for pair in pairs:
        thumbnails.get(pair)
    thumbnails.get(pairs[0], first=True)
    worker.start()
    qtbot.waitUntil(lambda: len(done) == 3)
    worker.stop()
    assert done == [pairs[0], pairs[2], pairs[1]]


def test_a_thumbnail_that_failed_is_asked_for_again_later(qtbot, window, model, monkeypatch):
    monkeypatch.setattr("stylestudio.app.core.thumbnails.RETRY_SECONDS", 0.05)
    pair = ModelRecipe(model, window.studio.document.recipe.replace(source=SeedSource(124)))
    thumbnails, failed, ready = window.studio.thumbnails, [], []
    # These stay connected: what another thread has sent must not arrive at a receiver that is gone.
    window.studio.worker.thumbnail_failed.connect(failed.append)
    thumbnails.ready.connect(lambda shown, _image: ready.append(shown))
    with monkeypatch.context() as patch:
        patch.setattr(model.synthesis, "run_step", lambda *args: 1 / 0)
        assert thumbnails.get(pair) is None
        qtbot.waitUntil(lambda: pair.recipe in failed)
    qtbot.wait(100)
    assert thumbnails.get(pair) is None
    qtbot.waitUntil(lambda: pair in ready)
    assert thumbnails.get(pair) is not None


def test_what_always_fails_does_not_keep_the_render_thread_busy(qtbot, window, model, monkeypatch):
    pair = ModelRecipe(model, window.studio.document.recipe.replace(source=SeedSource(125)))
    tried = []
    window.studio.worker.thumbnail_failed.connect(tried.append)
    with monkeypatch.context() as patch:
        patch.setattr(model.synthesis, "run_step", lambda *args: 1 / 0)
        window.studio.thumbnails.get(pair)
        qtbot.waitUntil(lambda: pair.recipe in tried)
        for _ in range(20):
            window.studio.thumbnails.get(pair)
            qtbot.wait(5)
    assert tried.count(pair.recipe) == 1


def test_thumbnails_of_a_closed_model_are_dropped(qtbot, model, make_model, fresh_recipe):
    worker, done = RenderWorker(Assets()), []
    thumbnails, other = Thumbnails(worker), make_model(seed=2, name="other")
    thumbnails.ready.connect(lambda pair, _image: done.append(pair))
    closed = [ModelRecipe(model, fresh_recipe.replace(source=SeedSource(s))) for s in (1, 2)]
    kept = ModelRecipe(other, first_recipe(other))
    for pair in (*closed, kept):
        thumbnails.get(pair, first=True)
    thumbnails.forget_model(model)
    worker.start()
    qtbot.waitUntil(lambda: done == [kept])
    qtbot.wait(30)
    assert done == [kept]
    assert thumbnails.get(closed[0]) is None  # and it can be asked for again
    qtbot.waitUntil(lambda: done == [kept, closed[0]])
    worker.stop()


def test_the_picture_follows_the_hand_in_drafts_and_ends_in_full(qtbot, slow_window, settled):
    seen = []
    readout = slow_window.status.speed.note

    said = {}

    def note(rendered, passed_over):
        seen.append((rendered.pair.recipe.truncation_psi, rendered.frame.draft))
        readout(rendered, passed_over)
        speed = slow_window.status.speed
        said[rendered.frame.draft] = speed.text().rpartition(", ")[2], speed.toolTip()

    slow_window.status.speed.note = note
    slider = slow_window.features["truncation"].panel.psi.slider
    for i in range(40):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(15)
    settled(slow_window)
    assert sum(draft == 16 for _, draft in seen) >= 3
    assert [psi for psi, _ in seen] == sorted(psi for psi, _ in seen)  # never an older one
    assert seen[-1] == (slow_window.features["truncation"].panel.psi.value(), None)
    assert slow_window.studio.worker.passed_over > 0
    assert re.fullmatch(r"[0-9.]+ fps, full size", slow_window.status.speed.text())
    assert said[16][0] == "draft"
    assert "This draft has 16 × 16 pixels" in said[16][1]
    assert "95 of 100" in slow_window.status.speed.toolTip()


def test_a_copy_and_a_pin_are_of_the_picture_on_show_in_full(
    qtbot, slow_window, settled, slow_model
):
    picture, studio = slow_window.features["picture"], slow_window.studio
    slider = slow_window.features["truncation"].panel.psi.slider
    shown = []
    studio.rendered.connect(lambda rendered: shown.append(rendered.pair.recipe))
    slider.setValue(slider.minimum() + 3)
    qtbot.waitUntil(lambda: studio.view.is_draft)
    on_show = shown[-1]
    QGuiApplication.clipboard().clear()
    slow_window.actions_by_id["pin"].trigger()
    slow_window.actions_by_id["copy"].trigger()
    slider.setValue(slider.minimum() + 200)  # the hand moves on
    qtbot.waitUntil(lambda: picture.pinned is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=20_000)
    settled(slow_window)
    assert studio.document.recipe != on_show
    expected = to_qimage(render(slow_model, on_show))
    assert picture.pinned == expected
    copied = QGuiApplication.clipboard().image()
    assert copied.convertToFormat(expected.format()) == expected


def test_without_drafts_every_picture_is_full(qtbot, slow_window, settled):
    rates = slow_window.findChild(RateMenu)
    rates.actions()[-1].trigger()
    slow_window.status.speed.note = lambda rendered, passed_over: seen.append(rendered.frame.draft)
    seen = []
    slider = slow_window.features["truncation"].panel.psi.slider
    for i in range(5):
        slider.setValue(slider.minimum() + 10 + i)
        qtbot.wait(30)
    settled(slow_window)
    assert seen
    assert set(seen) == {None}
    assert slow_window.studio.settings.text("rate") == "0"
