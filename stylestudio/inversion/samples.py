"""Small pictures of a model's random samples: where a search can start, and what is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.inversion.space import sample_w

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.render import Model

SIDE = 32  # pixels of a sample
CHUNK = 8  # samples made at a time


class Samples(NamedTuple):
    """Random samples of a model at psi 1."""

    w: Tensor  # [N, w_dim]
    pictures: Tensor  # [N, 3, SIDE, SIDE]


def early_picture(model: Model, ws: Tensor, side: int) -> Tensor:
    """Synthesise ws [N, num_ws, w_dim] at least `side` pixels large: [N, 3, r, r].

    A skip generator has an RGB picture at every resolution, so its chain ends at the first that
    is large enough; others run to the end. Noise is the model's own.
    """
    synthesis = model.network.synthesis
    state = synthesis.initial_state(len(ws))
    for step in synthesis.steps:
        if state.img is not None and state.img.shape[-1] >= side:
            break
        noise = synthesis.noise_const(step) if step.has_noise else None
        state = synthesis.run_step(step, state, ws[:, step.ws_index], noise)
    assert state.img is not None
    return as_rgb(state.img)


def as_rgb(pictures: Tensor) -> Tensor:
    """Gray or transparent pictures [N, C, R, R] as three channels."""
    return pictures.expand(-1, 3, -1, -1) if pictures.shape[1] == 1 else pictures[:, :3]


def draw_samples(model: Model, count: int, seed: int) -> Iterator[Samples | None]:
    """Draw random samples: yields None after every few, and at last all of them."""
    w = sample_w(model, count, seed)
    pictures = []
    for part in torch.split(w, CHUNK):
        with torch.no_grad():
            ws = part[:, None].expand(-1, model.num_ws, -1)
            picture = early_picture(model, ws, 2 * SIDE)
        pictures.append(F.adaptive_avg_pool2d(picture, SIDE))
        yield None
    yield Samples(w, torch.cat(pictures))


def nearest(samples: Samples, picture: Tensor) -> int:
    """Return the index of the sample closest to a picture [1, 3, R, R], in colours."""
    small = F.adaptive_avg_pool2d(picture, SIDE)
    return int((samples.pictures - small).abs().flatten(1).mean(1).argmin())
