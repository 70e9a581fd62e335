"""Which device renders: tried before it is trusted."""

from __future__ import annotations

import logging
import os
import shutil
from functools import cache

import torch
from torch.nn import functional as F

from stylestudio.errors import StyleStudioError

log = logging.getLogger(__name__)

VARIABLE = "STYLESTUDIO_DEVICE"  # overrides "auto"; for tests and for cards that misbehave
_TOLERANCE = 1e-3  # of a convolution in float32 against the processor's


class DeviceError(StyleStudioError, ValueError):
    """A device can't be used; the message is one sentence for the user."""


def choose_device(asked: str = "auto") -> torch.device:
    """The device to render on: the one asked for, or with "auto" the first that works.

    "auto" takes what the variable STYLESTUDIO_DEVICE names, else a CUDA card, else Apple's GPU,
    else the processor; a card that fails a small trial is passed over, which the log says.
    Raises DeviceError for a device that was named and is not there or fails.
    """
    if asked == "auto":
        asked = os.environ.get(VARIABLE, "auto")
    if asked != "auto":
        trouble = trouble_with(asked)
        if trouble:
            raise DeviceError(f'The device {asked!r} {trouble}; use "auto" or "cpu".')
        return torch.device(asked)
    for name in available_devices()[:-1]:
        trouble = trouble_with(name)
        if not trouble:
            return torch.device(name)
        log.warning("The device %s %s; the processor renders", name, trouble)
    return torch.device("cpu")


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
        found = F.conv2d(x.to(device), weight.to(device), padding=1).cpu()
    except RuntimeError as error:
        log.warning("Trying the device %s", name, exc_info=error)
        return "fails a small trial"
    if not torch.allclose(found, F.conv2d(x, weight, padding=1), atol=_TOLERANCE):
        return "computes wrong numbers"
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
    """Say that an NVIDIA card is here but torch can't use it, and what to do; "" otherwise."""
    if torch.cuda.is_available() or not shutil.which("nvidia-smi"):
        return ""
    return (
        "This computer has an NVIDIA graphics card, but this PyTorch can't use it, so the "
        "processor renders. Install a CUDA build of PyTorch that fits the driver."
    )
