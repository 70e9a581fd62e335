"""The average w of a model whose file lacks it: computed once, then remembered on this machine."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
import torch
from torch import Tensor

from stylestudio.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.checkpoints.checkpoint import Generator

SAMPLES = 4096
BATCH = 1024  # few enough to need little memory beside the weights


def average_w(network: Generator) -> Tensor:
    """Return the mean w [w_dim] of 4096 fixed random z (and classes), the same on every call."""
    path = _cache_path(network)
    with contextlib.suppress(OSError, ValueError, EOFError):
        known = np.load(path, allow_pickle=False)
        if known.dtype == np.float32 and known.shape == (network.config.w_dim,):
            return torch.from_numpy(known)
    average = _compute(network)
    with contextlib.suppress(OSError):  # a full or read-only disk costs only the time
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, average.numpy())
    return average


def _cache_path(network: Generator) -> Path:
    digest = hashlib.sha256()
    for parameter in network.mapping.parameters():
        # The sizes tell apart networks whose numbers run on in the same order.
        digest.update(str(tuple(parameter.shape)).encode())
        digest.update(parameter.detach().contiguous().numpy().tobytes())
    folder = platformdirs.user_cache_path("StyleStudio", appauthor=False) / "w_avg"
    return folder / f"{digest.hexdigest()}.npy"


def _compute(network: Generator) -> Tensor:
    random = np.random.RandomState(0)
    classes = network.config.c_dim
    total = torch.zeros(network.config.w_dim, dtype=torch.float64)
    with torch.no_grad():
        for _ in range(SAMPLES // BATCH):
            z = torch.from_numpy(random.randn(BATCH, network.config.z_dim)).float()
            c = None
            if classes:
                labels = torch.from_numpy(random.randint(classes, size=(BATCH, 1)))
                c = torch.zeros(BATCH, classes).scatter_(1, labels, 1.0)
            total += network.mapping(z, c).double().sum(dim=0)
    return (total / SAMPLES).float()
