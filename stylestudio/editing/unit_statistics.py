"""How strong each unit of a model has to be to count as firing: found once, and kept."""

from __future__ import annotations

import contextlib
import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
import safetensors.torch
import torch

from stylestudio.checkpoints import CheckpointError, load_tensors
from stylestudio.checkpoints.writing import writing
from stylestudio.editing.features import inner_maps, unit_steps
from stylestudio.networks.chain import StepInput, run_steps
from stylestudio.progress import Progress
from stylestudio.render.classes import drawn_classes
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor

    from stylestudio.networks.stylegan2 import State, Step
    from stylestudio.progress import Cancel
    from stylestudio.render import Model

    Tensors = dict[str, Tensor]

SAMPLES = 200  # pictures
FIRING = 0.005  # of all places, over all samples, a unit fires at (GAN Dissection, section 3.1)
SIDE = 32  # of larger maps, so many rows and columns are looked at, others in every sample
BATCH = 4
SEED = 0
DONE = "done"  # in what is kept, beside the steps


def unit_thresholds(
    model: Model,
    samples: int = SAMPLES,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    folder: Path | None = None,
) -> dict[int, Tensor]:
    """Above which value each unit fires: float32 [units] for each step with units, by its place.

    A unit fires at 0.5 % of all places of the model's own pictures, of all classes alike. What was
    found is kept in `folder`, None for the user's cache, and is there at once the next time; work
    that is cancelled goes on where it was. Raises Cancelled.
    """
    path = _cache_path(model, samples, folder)
    steps = unit_steps(model)
    largest = _read(path)
    done = int(largest.pop(DONE, torch.zeros(1))[0])
    if set(largest) != {step.name for step in steps.values()}:
        largest, done = {}, 0
    if done < samples:
        try:
            for maps in _batches(model, done, samples):
                for name, values in maps.items():
                    most = max(1, math.ceil(FIRING * samples * values.shape[1] / BATCH))
                    both = torch.cat([largest[name], values], 1) if name in largest else values
                    largest[name] = both.topk(min(most, both.shape[1]), sorted=False).values
                done += BATCH
                if on_progress is not None:
                    on_progress(Progress(done, samples, "Looking at what the model's units do"))
                if cancel is not None:
                    cancel.check()
        finally:  # whatever ends it, the next call goes on from here
            _write(path, largest, done)
    return {index: largest[step.name].amin(1) for index, step in steps.items()}


def _batches(model: Model, first: int, count: int) -> Iterator[Tensors]:
    """Values [units, n] by step, of BATCH pictures at a time."""
    for start in range(first, count, BATCH):
        z = np.random.RandomState((SEED, start)).randn(BATCH, model.z_dim)
        random = np.random.RandomState((SEED + 1, start))
        c = drawn_classes(model, BATCH, np.random.RandomState((SEED + 2, start)))
        with one_at_a_time(model.device), torch.inference_mode():
            seen = [_some(model, ws, random) for ws in model.map(z, c)]
        yield {name: torch.cat([each[name] for each in seen], 1) for name in seen[0]}


def _some(model: Model, ws: Tensor, random: np.random.RandomState) -> Tensors:
    """Values [units, n] of each step for ws [num_ws, w_dim], at places evenly spread over maps."""
    chain, steps = model.synthesis, unit_steps(model)

    def given(step: Step, state: State) -> StepInput:
        noise = chain.noise_const(step) if step.has_noise else None
        return StepInput(chain, step, state, ws[None, step.ws_index], noise)

    found = {}
    for step, state in run_steps(chain.steps[: max(steps) + 1], chain.initial_state(), given):
        if not step.makes_rgb:
            maps = inner_maps(state, step)
            stride = max(1, maps.shape[-1] // SIDE)
            down, right = random.randint(stride, size=2)
            found[step.name] = maps[:, down::stride, right::stride].flatten(1)
    return found


def _cache_path(model: Model, samples: int, folder: Path | None) -> Path:
    kept = folder or platformdirs.user_cache_path("StyleStudio", appauthor=False) / "units"
    version = 2 if model.c_dim else 1  # the first one saw the first class alone
    digest = hashlib.sha256(repr((model.sha256, samples, version)).encode()).hexdigest()
    return kept / f"units-{digest[:24]}.safetensors"


def _read(path: Path) -> Tensors:
    """What an earlier call has kept; nothing where that is no good."""
    if path.is_file():
        with contextlib.suppress(CheckpointError, OSError):
            tensors = load_tensors(path)[1]
            if DONE in tensors:
                return tensors
    return {}


def _write(path: Path, largest: Tensors, done: int) -> None:
    tensors = {name: value.contiguous() for name, value in largest.items()}
    with contextlib.suppress(
        OSError, CheckpointError
    ):  # a full or read-only disk costs only the time
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path) as temporary:
            safetensors.torch.save_file({**tensors, DONE: torch.tensor([float(done)])}, temporary)
