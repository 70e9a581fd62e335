"""Pivotal tuning: adjusts the generator itself until the photo fits (Roich et al. 2021)."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from stylestudio.inversion.projection import ramp
from stylestudio.render import Delta
from stylestudio.render.colours import as_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.inversion.crop_target import CropTarget
    from stylestudio.render import Model

RATE = 1e-3
PIXEL_WEIGHT = 1.0  # of the mean square beside the distance (section 3.1)
EVERY = 10  # steps between two deltas that can be shown


@dataclass(frozen=True)
class TuningIterate:
    """Where the weights stand after a step."""

    loss: float
    delta: Delta | None  # every few steps, and at the end


def tune(
    model: Model,
    crop_target: CropTarget,
    ws: Tensor,
    steps: int,
    start: Delta | None = None,
    resolutions: tuple[int, ...] | None = None,
) -> Iterator[TuningIterate]:
    """Descend on the weights of the synthesis with ws [1 or num_ws, w_dim] as the pivot.

    Yields where the weights stand before each step and at the end. `resolutions` names the
    blocks that may change, None lets all.
    """
    network = copy.deepcopy(model.network)
    before = model.network.synthesis.state_dict()
    state = network.synthesis.state_dict()
    if start:
        for name, change in start.tensors.items():
            state[name].add_(change.to(state[name].device))
    parameters = _chosen(model, dict(network.synthesis.named_parameters()), resolutions)
    optimizer = torch.optim.Adam(parameters, lr=RATE)
    target, photo = crop_target.current(), crop_target.picture().detach()
    rows = ws.to(model.device).expand(model.num_ws, -1)[None]
    for step in range(steps + 1):
        picture = as_rgb(network.synthesize(rows, "const"))
        loss = target(picture)
        shown = step == steps or (step % EVERY == 0 and step > 0)
        delta = Delta.between(before, state, model.sha256) if shown else None
        yield TuningIterate(loss.item(), delta)
        if step == steps:
            return
        weights = 1.0 if target.mask is None else target.mask
        total = loss + PIXEL_WEIGHT * ((picture - photo).square() * weights).mean()
        for group in optimizer.param_groups:
            group["lr"] = RATE * ramp(step / steps)
        optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _chosen(
    model: Model, parameters: dict[str, torch.nn.Parameter], resolutions: tuple[int, ...] | None
) -> list[Tensor]:
    """The parameters of the blocks that may change, set to collect gradients."""
    blocks = {
        step.name.split(".")[0]
        for step in model.network.synthesis.steps
        if resolutions is None or step.resolution in resolutions
    }
    chosen = [
        value.requires_grad_(True)
        for name, value in parameters.items()
        if resolutions is None or name.split(".")[0] in blocks
    ]
    if not chosen:
        raise ValueError(f"no block of {model.name} makes {resolutions} pixels")
    return chosen
