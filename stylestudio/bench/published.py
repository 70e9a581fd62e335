"""Runs the published generator from a user's own checkout of it, to compare speeds with."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from stylestudio.errors import StyleStudioError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from torch import Tensor

_MODULES = ("training.networks_stylegan2", "training.networks")  # of stylegan3; of stylegan2-ada


class PublishedError(StyleStudioError, ValueError):
    """The folder does not hold what is needed; one sentence for the user."""


def published_synthesis(folder: Path, resolution: int, ws: Tensor) -> Callable[[], Tensor]:
    """Return a call of the published synthesis network, fresh weights, float32, config F widths.

    This imports and runs the code in `folder`, a checkout of NVIDIA's stylegan3 or
    stylegan2-ada-pytorch. Raises PublishedError where that fails.
    """
    sys.path.insert(0, str(folder))
    try:
        module = _import_first()
        network = module.SynthesisNetwork(
            w_dim=ws.shape[-1],
            img_resolution=resolution,
            img_channels=3,
            channel_base=32768,
            channel_max=512,
            num_fp16_res=0,
        )
    except (ImportError, AttributeError, TypeError) as error:
        raise PublishedError(
            f"{folder} is not a checkout of stylegan3 or stylegan2-ada-pytorch that runs here: "
            f"{error}."
        ) from error
    finally:
        sys.path.remove(str(folder))
    network.eval().requires_grad_(False)
    return lambda: network(ws, noise_mode="const")


def _import_first() -> ModuleType:
    for name in _MODULES[:-1]:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    return importlib.import_module(_MODULES[-1])
