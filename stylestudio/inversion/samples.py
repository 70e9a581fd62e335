"""Small pictures of a model's random samples: where a search can start, and what is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.space import sample_w
from stylestudio.networks.chain import TRUE_SIDE, run_chain
from stylestudio.render.colours import as_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.networks.stylegan2 import Step
    from stylestudio.render import Model

SIDE = 32  # pixels of a sample
CHUNK = 8  # samples made at a time


class Samples(NamedTuple):
    """Random samples of a model at psi 1."""

    w: Tensor  # [N, w_dim]
    pictures: Tensor  # [N, 3, SIDE, SIDE]


def early_picture(model: Model, ws: Tensor, side: int, synthesis: Any = None) -> Tensor:
    """Synthesise ws [N, num_ws, w_dim] at least `side` pixels large: [N, 3, r, r].

    Only a skip generator gets there before its end. Noise is the model's own. `synthesis` is the
    model's with other weights, None for its own.
    """
    synthesis = model.network.synthesis if synthesis is None else synthesis

    def noise(step: Step) -> Tensor | None:
        return synthesis.noise_const(step) if step.has_noise else None

    return as_rgb(run_chain(synthesis, ws, noise, side))


def small_picture(model: Model, ws: Tensor, side: int, made_at: int | None = None) -> Tensor:
    """Early pictures of ws [N, num_ws, w_dim], averaged down: [N, 3, side, side].

    They are made at `made_at` pixels at least, by default at `side`.
    """
    return F.adaptive_avg_pool2d(early_picture(model, ws, made_at or side), side)


def draw_samples(model: Model, count: int, seed: int) -> Iterator[Samples | None]:
    """Draw random samples: yields None after every few, and at last all of them."""
    w = sample_w(model, count, seed)
    pictures = []
    for part in torch.split(w, CHUNK):
        with torch.no_grad():
            ws = part[:, None].expand(-1, model.num_ws, -1)
            pictures.append(small_picture(model, ws, SIDE, TRUE_SIDE))
        yield None
    yield Samples(w, torch.cat(pictures))


def nearest(samples: Samples, picture: Tensor) -> int:
    """Return the index of the sample closest to a picture [1, 3, R, R], in colours."""
    small = F.adaptive_avg_pool2d(picture, SIDE)
    return int((samples.pictures - small).abs().flatten(1).mean(1).argmin())
