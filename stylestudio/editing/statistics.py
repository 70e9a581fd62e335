"""Where a model's own w lie: their mean and covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.editing.errors import DirectionError
from stylestudio.progress import Cancel, Progress
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stylestudio.render import Model

SAMPLES = 20_000  # for components: enough to hold the leading ones of 512 numbers still
FEW = 1_000  # for lengths alone
BATCH = 1_000
KEPT = 4  # models
SEED = 0


@dataclass(frozen=True, eq=False)
class WStatistics:
    """Of w over z, of the first class where there are classes; float64."""

    mean: NDArray[np.float64]  # [w_dim]
    covariance: NDArray[np.float64]  # [w_dim, w_dim]

    def sigma(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """How far w stray along unit vectors [N, w_dim], as standard deviations [N]."""
        spread = np.einsum("ni,ij,nj->n", vectors, self.covariance, vectors)
        result: NDArray[np.float64] = np.sqrt(np.maximum(spread, 0.0))
        return result


def w_statistics(
    model: Model,
    samples: int = SAMPLES,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> WStatistics:
    """Map so many z, always the same, and sum up their w.

    Raises DirectionError for a model without W, and Cancelled.
    """
    check_has_w(model)
    random = np.random.RandomState(SEED)
    total = torch.zeros(model.w_dim, dtype=torch.float64)
    products = torch.zeros(model.w_dim, model.w_dim, dtype=torch.float64)
    with one_at_a_time(model.device):
        shift = model.w_avg.cpu().double()  # near the mean, so that squares stay small
    done = 0
    while done < samples:
        if cancel is not None:
            cancel.check()
        count = min(BATCH, samples - done)
        with one_at_a_time(model.device):
            w = model.map(random.randn(count, model.z_dim))[:, 0].cpu().double() - shift
        total += w.sum(0)
        products += w.T @ w
        done += count
        if on_progress is not None:
            on_progress(Progress(done, samples, "Looking at the model's own latents"))
    mean = total / samples
    covariance = products / samples - torch.outer(mean, mean)
    return WStatistics((mean + shift).numpy(), covariance.numpy())


def check_has_w(model: Model) -> None:
    """Raise DirectionError for a model without W."""
    if not model.capabilities.has_w:
        raise DirectionError(f"{model.name} has no W space to find directions in.")


_few: dict[str, WStatistics] = {}  # by the hash of the model


def few_statistics(model: Model) -> WStatistics:
    """Of as many samples as lengths need, kept for the models used last."""
    found = _few.pop(model.sha256, None) or w_statistics(model, FEW)
    _few[model.sha256] = found
    while len(_few) > KEPT:
        _few.pop(next(iter(_few)), None)
    return found


def sigma_along(model: Model, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far the model's own w stray along unit vectors [N, w_dim]: standard deviations [N]."""
    return few_statistics(model).sigma(vectors)
