"""A device renders only after it was tried; machines that are not here are stood in for."""

import threading

import pytest
import torch

from stylestudio.render import device, precision
from stylestudio.render.device import DeviceError, choose_device, unused_card


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.delenv(device.VARIABLE, raising=False)
    monkeypatch.setattr(device, "trouble_with", device.trouble_with.__wrapped__)


@pytest.fixture
def card(monkeypatch):
    """A machine with a card that torch lists as "meta": it takes tensors and gives nothing back."""
    monkeypatch.setattr(device, "available_devices", lambda: ("meta", "cpu"))


def test_a_card_that_fails_its_trial_is_passed_over(card, caplog):
    assert choose_device() == torch.device("cpu")
    assert "GPU (meta) fails a quick test, so CPU renders." in caplog.text


def test_a_card_that_computes_wrong_numbers_is_passed_over(card, monkeypatch):
    conv2d = device.F.conv2d
    monkeypatch.setattr(device.torch, "empty", lambda *_, **__: None)
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *_: self * float("nan"))
    monkeypatch.setattr(device.F, "conv2d", conv2d)
    assert device.trouble_with("meta") == "computes wrong results"


def test_a_card_that_works_is_taken(card, monkeypatch):
    monkeypatch.setattr(device, "trouble_with", lambda _name: "")
    assert choose_device() == torch.device("meta")


def test_the_variable_overrides_the_choice_but_not_what_was_asked_for(card, monkeypatch):
    monkeypatch.setattr(device, "trouble_with", lambda _name: "")
    monkeypatch.setenv(device.VARIABLE, "cpu")
    assert choose_device() == torch.device("cpu")
    assert choose_device("meta") == torch.device("meta")


@pytest.mark.parametrize("name", ["cuda:99", "no such thing", "mps"])
def test_a_device_that_is_not_here_is_named(name):
    with pytest.raises(DeviceError, match=name):
        choose_device(name)


def test_a_card_that_torch_cannot_use_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(device.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "CUDA build" in unused_card()
    monkeypatch.setenv(device.VARIABLE, "cpu")
    assert unused_card() == ""
    monkeypatch.delenv(device.VARIABLE)
    monkeypatch.setattr(device.shutil, "which", lambda _name: None)
    assert unused_card() == ""


def test_a_type_that_a_card_computes_wrongly_is_not_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: (8, 6))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "Some card")
    for works, dtype in ((True, torch.float16), (False, torch.float32)):
        monkeypatch.setattr(precision, "computes_in", lambda _name, _dtype, works=works: works)
        assert precision.fastest_type(torch.device("cuda")) == dtype


@pytest.mark.parametrize(
    ("name", "capability", "dtype"),
    [
        ("NVIDIA GeForce GTX 1660 SUPER", (7, 5), torch.float32),  # no tensor cores; makes NaN
        ("NVIDIA T1000 8GB", (7, 5), torch.float32),
        ("NVIDIA GeForce MX450", (7, 5), torch.float32),
        ("Tesla T4", (7, 5), torch.float16),
        ("NVIDIA GeForce GTX 1080", (6, 1), torch.float32),
        ("NVIDIA GeForce RTX 2060", (7, 5), torch.float16),
    ],
)
def test_cards_known_to_be_worse_in_float16_do_without(monkeypatch, name, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: capability)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: name)
    monkeypatch.setattr(precision, "computes_in", lambda _name, _dtype: True)
    assert precision.fastest_type(torch.device("cuda")) == dtype


def test_a_cuda_card_repeats_its_bytes_and_keeps_float32(monkeypatch):
    cudnn = torch.backends.cudnn
    monkeypatch.setattr(cudnn, "deterministic", False)
    monkeypatch.setattr(cudnn, "allow_tf32", True)
    device.make_repeatable(torch.device("cpu"))
    assert (cudnn.deterministic, cudnn.allow_tf32) == (False, True)
    device.make_repeatable(torch.device("cuda"))
    assert (cudnn.deterministic, cudnn.allow_tf32) == (True, False)
    assert not cudnn.benchmark  # which would choose other algorithms from run to run


def test_pictures_leave_a_cuda_card_by_pinned_memory(monkeypatch):
    class OnCard:
        device = torch.device("cuda")

    class Pinned:
        def copy_(self, source):
            return ("copied, and waited for", source)

    asked = []
    monkeypatch.setattr(torch, "empty_like", lambda x, **how: asked.append(how) or Pinned())
    x = OnCard()
    assert device.read_back(x) == ("copied, and waited for", x)
    assert asked == [{"device": "cpu", "pin_memory": True}]


def test_where_threads_take_turns_long_work_gives_way_between_its_steps():
    apple, asked, answered = torch.device("mps"), threading.Event(), threading.Event()
    log = []

    def work():
        for step in range(2):
            log.append(("begins", step))
            asked.set()
            answered.wait(0.05 if step == 0 else 0)
            log.append(("ends", step))
            yield step

    def other():
        asked.wait()
        with device.one_at_a_time(apple):
            log.append("another")
            answered.set()

    thread = threading.Thread(target=other)
    thread.start()
    for step in device.in_turns(apple, work()):
        if step == 0:
            thread.join()  # which may take its turn between two steps
    assert log == [("begins", 0), ("ends", 0), "another", ("begins", 1), ("ends", 1)]


def test_on_other_devices_threads_need_not_take_turns():
    with device.one_at_a_time(torch.device("cpu")):
        assert not device.turn._is_owned()
