"""Runs the published generator from a user's own checkout of it, to compare speeds with."""

from __future__ import annotations

import importlib
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from stylestudio.errors import StyleStudioError
from stylestudio.render.device import catch_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

_MODULES = ("training.networks_stylegan2", "training.networks")  # of stylegan3; of stylegan2-ada


def _version(text: str) -> tuple[int, ...]:
    """The numbers of a version, to be compared."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


# What the checkouts import and their generator does not use, or only for this.
_STAND_INS: dict[str, dict[str, Any]] = {
    "requests": {},
    "pkg_resources": {"parse_version": _version},
    "distutils": {},
    "distutils.util": {"strtobool": bool},
}


class PublishedError(StyleStudioError, ValueError):
    """The folder does not hold what is needed; one sentence for the user."""


def published_synthesis(folder: Path, resolution: int, ws: Tensor) -> Callable[[], Tensor]:
    """Return a call of the published synthesis network, fresh weights, config F widths.

    It waits for what it runs: in float32, or on cards in float16 from the fourth last size on, as
    published. This imports and runs the code in `folder`, a checkout of NVIDIA's stylegan3 or
    stylegan2-ada-pytorch. Raises PublishedError where that fails.
    """
    sys.path.insert(0, str(folder))
    _lend_stand_ins()
    short = {"num_fp16_res": 4, "conv_clamp": 256} if ws.device.type == "cuda" else {}
    try:
        module = _import_first()
        network = module.SynthesisNetwork(
            w_dim=ws.shape[-1],
            img_resolution=resolution,
            img_channels=3,
            channel_base=32768,
            channel_max=512,
            **{"num_fp16_res": 0, **short},
        )
    except (ImportError, AttributeError, TypeError) as error:
        raise PublishedError(
            f"{folder} is not a checkout of stylegan3 or stylegan2-ada-pytorch that runs here: "
            f"{error}."
        ) from error
    finally:
        sys.path.remove(str(folder))
    network.eval().requires_grad_(False)
    if ws.device.type != "cpu":
        network.to(ws.device)

    def run() -> Tensor:
        img: Tensor = network(ws, noise_mode="const")
        catch_up(ws.device)
        return img

    return run


def _import_first() -> ModuleType:
    for name in _MODULES[:-1]:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    return importlib.import_module(_MODULES[-1])


def _lend_stand_ins() -> None:
    """Let the checkout import what is not installed here, where it can do without."""
    for name, contents in _STAND_INS.items():
        try:
            importlib.import_module(name)
        except ImportError:
            module = ModuleType(name)
            vars(module).update(contents)
            sys.modules[name] = module
