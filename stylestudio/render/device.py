"""Which device renders: tried before it is trusted; and what devices differ in.

Apple's GPUs have no float64, and with them torch may end the process where two threads work at
once, above all where they make `arange`, `linspace` or `eye` there. So these are made on the
processor and moved, and work on such a device is done `one_at_a_time`. On a CUDA card every read
makes the processor wait for all that was asked of the card; so a frame reads what says what
changed, and pixels, and nothing else.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.errors import StyleStudioError

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

log = logging.getLogger(__name__)

VARIABLE = "STYLESTUDIO_DEVICE"  # overrides "auto"; for tests and for cards that misbehave
CACHE_BYTES = 1 << 30  # for the states of a renderer, where there is room
_CACHE_SHARE = 4  # a fourth of what is free on a card
ONE_THREAD = ("mps",)  # devices that bear the work of one thread at a time
turn = threading.RLock()  # whose it is, on such a device
# How else a device without memory fails: Apple's, and NVIDIA's libraries (cuBLAS, cuDNN).
_NO_MEMORY = ("MPS backend out of memory", "_STATUS_ALLOC_FAILED")
_TOLERANCE = 1e-3  # of a convolution in float32 against the processor's


class DeviceError(StyleStudioError, ValueError):
    """A device can't be used; the message is one sentence for the user."""


def choose_device(asked: str = "auto") -> torch.device:
    """The device to render on: the one asked for, or with "auto" the first that works.

    "auto" takes what the variable STYLESTUDIO_DEVICE names, else a CUDA card, else Apple's GPU,
    else the processor; a card that fails a quick test is passed over, which the log says.
    Raises DeviceError for a device that was named and is not there or fails.
    """
    if asked == "auto":
        asked = os.environ.get(VARIABLE, "auto")
    if asked == "auto":
        return torch.device(device_or_another("auto")[0])
    if trouble := trouble_with(asked):
        raise DeviceError(f'The device {asked!r} {trouble}; use "auto" or "cpu".')
    return torch.device(asked)


def device_or_another(preferred: str) -> tuple[str, str]:
    """The device preferred, or the first that works, and a sentence about those passed over.

    With "auto" as the one preferred, or where it fails, cards come before the processor.
    """
    others = [name for name in available_devices() if name != preferred]
    passed: list[str] = []
    for name in others if preferred == "auto" else [preferred, *others]:
        trouble = trouble_with(name)
        if not trouble:
            found = f"{', '.join(passed)}, so {device_label(name)} renders." if passed else ""
            if found:
                log.warning(found)
            return name, found
        passed.append(f"{device_label(name)} {trouble}")
    raise AssertionError("the processor has failed")


def device_label(device: torch.device | str) -> str:
    """What people call a device: "CPU", "GPU (CUDA)", "GPU 2 (CUDA)", "GPU (Metal)"."""
    kind, _, index = str(device).partition(":")
    number = f" {int(index) + 1}" if index.isdecimal() and int(index) else ""
    makers = {"cuda": "CUDA", "mps": "Metal"}
    return "CPU" if kind == "cpu" else f"GPU{number} ({makers.get(kind, kind)})"


def available_devices() -> tuple[str, ...]:
    """Names of the devices that torch sees, the one to prefer first and "cpu" last."""
    names: list[str] = []
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        names += ["cuda"] if count == 1 else [f"cuda:{index}" for index in range(count)]
    if torch.backends.mps.is_available():
        names.append("mps")
    return (*names, "cpu")


@cache
def trouble_with(name: str) -> str:
    """Say what keeps a device from rendering, as the end of a sentence; "" where nothing does.

    A small convolution is compared with the processor's: cards for which this build of torch has
    no code, or whose driver is broken, fail here and not in the middle of a picture.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):  # torch raises either, by device
        return "is not available here"
    if device.type == "cpu":
        return ""
    x = torch.linspace(-1, 1, 2 * 8 * 8).reshape(1, 2, 8, 8)
    weight = torch.linspace(1, -1, 4 * 2 * 3 * 3).reshape(4, 2, 3, 3)
    try:
        with one_at_a_time(device):
            found = F.conv2d(x.to(device), weight.to(device), padding=1).cpu()
    except RuntimeError as error:
        log.warning("Trying the device %s", name, exc_info=error)
        return "fails a quick test"
    if not torch.allclose(found, F.conv2d(x, weight, padding=1), atol=_TOLERANCE):
        return "computes wrong results"
    return ""


@cache
def computes_in(name: str, dtype: torch.dtype) -> bool:
    """Whether a convolution in a short type gives finite numbers on a device, which some don't."""
    device = torch.device(name)
    x = torch.linspace(-1, 1, 8 * 16 * 16, device="cpu").reshape(1, 8, 16, 16)
    weight = torch.linspace(1, -1, 8 * 8 * 3 * 3, device="cpu").reshape(8, 8, 3, 3)
    try:
        found = F.conv2d(x.to(device, dtype), weight.to(device, dtype), padding=1).float().cpu()
    except RuntimeError:
        return False
    return bool(torch.allclose(found, F.conv2d(x, weight, padding=1), atol=0.5, rtol=0.05))


def unused_card() -> str:
    """Say that an NVIDIA card is here but torch can't use it, and what to do; "" otherwise.

    Whoever chose a device by STYLESTUDIO_DEVICE knows.
    """
    if VARIABLE in os.environ or torch.cuda.is_available() or not shutil.which("nvidia-smi"):
        return ""
    return (
        "This computer has an NVIDIA graphics card, but this PyTorch can't use it, so the "
        "processor renders. Install a CUDA build of PyTorch that fits the driver."
    )


def one_at_a_time(device: torch.device) -> AbstractContextManager[object]:
    """Hold a device while a thread works on it, where torch bears no two; elsewhere do nothing."""
    return turn if device.type in ONE_THREAD else nullcontext()


def in_turns(device: torch.device, steps: Iterator[T]) -> Iterator[T]:
    """Yield what `steps` yields, holding the device only while a step is made."""
    while True:
        with one_at_a_time(device):
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


def catch_up(device: torch.device) -> None:
    """Wait until a GPU has done what was asked of it, so that the clock tells what that took."""
    if device.type == "cuda":
        torch.cuda.current_stream(device).synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


def read_back(x: Tensor) -> Tensor:
    """Copy a tensor to the processor, from CUDA cards by way of pinned memory, which is faster."""
    if x.device.type != "cuda":
        return x.cpu()
    return torch.empty_like(x, device="cpu", pin_memory=True).copy_(x)


def make_repeatable(device: torch.device) -> None:
    """Let a device give the same bytes every time, and float32 where that is asked for."""
    if device.type == "cuda":
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.allow_tf32 = False  # TF32 convolutions miss float32 by 1e-3


def cache_budget(device: torch.device) -> int:
    """Bytes that the states of a renderer may take on a device."""
    if device.type != "cuda":
        return CACHE_BYTES
    free, _ = torch.cuda.mem_get_info(device)
    return min(CACHE_BYTES, free // _CACHE_SHARE)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch ended some work because a device has no memory left."""
    said = str(error)
    return isinstance(error, torch.OutOfMemoryError) or any(words in said for words in _NO_MEMORY)


def release_memory(device: torch.device) -> None:
    """Give the system what torch keeps of a device's memory without using it."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
