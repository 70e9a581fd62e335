"""Where several devices can render, one is chosen in the window; the card is a pretended one."""

import threading
from contextlib import nullcontext

import pytest
import torch
from pretend_card import CARD, PretendCard

from stylestudio.app.core import device_choice, opening
from stylestudio.app.core.worker import RenderWorker
from stylestudio.app.shell.window import MainWindow
from stylestudio.checkpoints import write_safetensors
from stylestudio.render import Thumbnailer, open_model
from stylestudio.render import device as devices

AT_MOST = 60_000  # torch takes its time before it can be watched


@pytest.fixture
def trouble(monkeypatch):
    """A machine with a card; what keeps devices from rendering, by their names."""
    found = {}
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    for module in (devices, device_choice):
        monkeypatch.setattr(module, "available_devices", lambda: (CARD, "cpu"))
        monkeypatch.setattr(module, "trouble_with", lambda name: found.get(name, ""))
    monkeypatch.setattr(devices, "ONE_THREAD", (CARD,))
    watch(monkeypatch, RenderWorker, "_render", lambda _worker, request: request.pair.model)
    watch(monkeypatch, Thumbnailer, "render", lambda _thumbnailer, model, *_: model)
    watch(monkeypatch, device_choice, "_move", lambda _name, model, *_: model)
    return found


def watch(monkeypatch, owner, name, model_of):
    """Let work run on the pretended card, where it is about a model that lies there."""
    work = getattr(owner, name)

    def watched(*arguments):
        on_card = model_of(*arguments).device.type == CARD
        with PretendCard() if on_card else nullcontext():
            return work(*arguments)

    monkeypatch.setattr(owner, name, watched)


@pytest.fixture
def model_file(tmp_path, make_network):
    path = tmp_path / "mine.safetensors"
    write_safetensors(path, make_network(seed=3), name="Mine")
    return path


def menu_of(window):
    view = next(action.menu() for action in window.menuBar().actions() if action.text() == "&View")
    found = [action.menu() for action in view.actions() if action.text().startswith("Render o&n")]
    return found[0] if found else None


def entries(window):
    return {action.data(): action for action in menu_of(window).actions()}


def ticked(window):
    return [name for name, action in entries(window).items() if action.isChecked()]


def choose(qtbot, window, name):
    entries(window)[name].trigger()
    qtbot.waitUntil(lambda: not window.studio.tasks.under_way, timeout=AT_MOST)


def test_the_picture_moves_to_the_device_that_is_chosen(qtbot, trouble, window):
    document, settings = window.studio.document, window.studio.settings
    recipe, steps = document.recipe, document.undo_stack.count()
    assert ticked(window) == ["cpu"]
    shown = []
    window.studio.rendered.connect(shown.append)
    for name, stored in ((CARD, ""), ("cpu", "cpu")):
        choose(qtbot, window, name)
        qtbot.waitUntil(
            lambda: any(r.pair.model is document.model for r in shown[-1:]), timeout=AT_MOST
        )
        assert shown[-1].error is None
        assert document.model.device == torch.device(name)
        assert ticked(window) == [name]
        assert devices.device_label(name) in window.status.state.text()
        # The machine remembers it, and the look does not.
        assert settings.text("device") == stored
        assert (document.recipe, document.undo_stack.count()) == (recipe, steps)


def test_a_device_that_fails_its_trial_changes_nothing(qtbot, trouble, window):
    model, trouble[CARD] = window.studio.document.model, "computes wrong results"
    choose(qtbot, window, CARD)
    assert window.banner.text == "GPU (meta) computes wrong results, so nothing was changed."
    assert window.banner.is_error
    assert window.studio.document.model is model
    assert window.studio.settings.text("device") == ""
    assert ticked(window) == ["cpu"]


def test_a_card_without_room_changes_nothing(qtbot, trouble, window, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    model = window.studio.document.model
    monkeypatch.setattr(type(model), "to", full)
    choose(qtbot, window, CARD)
    assert window.banner.text == "GPU (meta) has no memory left for this model."
    assert window.studio.document.model is model


def test_a_move_that_is_cancelled_leaves_the_tick_where_it_was(qtbot, trouble, window, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(device_choice, "_move", lambda *_: gate.wait(20) and None)
    entries(window)[CARD].trigger()
    (task,) = [each for each in window.studio.tasks.under_way if "Render on" in each.title]
    task.cancel()
    gate.set()
    qtbot.waitUntil(lambda: not window.studio.tasks.under_way, timeout=AT_MOST)
    assert ticked(window) == ["cpu"]


def test_undo_goes_to_a_model_again_after_its_opening_was_cancelled(
    qtbot, trouble, window, model_file, model, drop, settled, monkeypatch
):
    drop(window, model_file)
    settled(window)
    document, first = window.studio.document, window.studio.document.model
    document.open_model(model)
    choose(qtbot, window, CARD)  # which closes the other
    trouble[CARD] = "is not available here"  # reading is not watched, and would not work there
    gate = threading.Event()
    read = opening.reopen_model
    monkeypatch.setattr(opening, "reopen_model", lambda *given: gate.wait(20) and read(*given))
    document.undo_stack.undo()
    (task,) = [each for each in window.studio.tasks.under_way if each.title.startswith("Open")]
    task.cancel()
    gate.set()
    qtbot.waitUntil(lambda: not window.studio.tasks.under_way, timeout=AT_MOST)
    assert document.wanted is None
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: document.model.sha256 == first.sha256, timeout=AT_MOST)


def test_models_are_opened_on_the_device_that_was_remembered(
    qtbot, trouble, window, model_file, drop, settled
):
    window.studio.settings.set_text("device", "cpu")
    drop(window, model_file)
    settled(window)
    assert window.studio.document.model.device == torch.device("cpu")  # and not the card
    assert window.banner.text == ""


def test_undo_opens_a_model_again_that_lay_on_another_device(
    qtbot, trouble, window, model_file, model, drop, settled
):
    window.studio.settings.set_text("device", "cpu")
    drop(window, model_file)
    settled(window)
    document, first = window.studio.document, window.studio.document.model
    document.open_model(model)
    choose(qtbot, window, CARD)
    trouble[CARD] = "is not available here"  # reading is not watched, and would not work there
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: document.model.name == "Mine", timeout=AT_MOST)
    assert document.model is not first
    settled(window)
    assert window.banner.text == ""


def test_a_model_that_was_on_its_way_follows(qtbot, trouble, window, model_file):
    choose(qtbot, window, CARD)
    late = open_model(model_file, device="cpu")
    window.studio.document.open_model(late)
    qtbot.waitUntil(
        lambda: window.studio.document.model.device == torch.device(CARD), timeout=AT_MOST
    )
    assert window.studio.document.model.name == "Mine"
    qtbot.waitUntil(lambda: not window.studio.tasks.under_way, timeout=AT_MOST)


def test_a_device_that_was_remembered_and_is_gone_is_said_once(
    qtbot, trouble, bare_window, drop, model_file, settled
):
    bare_window.studio.settings.set_text("device", "cuda:7")
    trouble |= {"cuda:7": "is not available here", CARD: "fails a quick test"}
    drop(bare_window, model_file)
    settled(bare_window)
    sentence = "GPU 8 (CUDA) is not available here, GPU (meta) fails a quick test, so CPU renders."
    assert sentence in bare_window.banner.text
    bare_window.banner.clear()
    drop(bare_window, model_file)
    assert bare_window.banner.text == ""


def test_a_card_that_is_passed_over_is_said(qtbot, trouble, bare_window, drop, model_file, settled):
    trouble[CARD] = "fails a quick test"
    drop(bare_window, model_file)
    settled(bare_window)
    assert "GPU (meta) fails a quick test, so CPU renders." in bare_window.banner.text
    assert not bare_window.banner.is_error


def test_there_is_no_menu_for_one_device(window):
    assert menu_of(window) is None


def test_the_environment_has_more_to_say(qtbot, trouble, settings, monkeypatch):
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=MainWindow.quit)
    assert not menu_of(window).isEnabled()
    assert devices.VARIABLE in menu_of(window).title()
    settings.set_text("device", CARD)
    assert window.studio.devices.for_opening() == ("auto", "")
