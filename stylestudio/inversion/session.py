"""A job put away in one file, so that whatever ends the program costs a few steps."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import safetensors.torch
import torch
from torch import Tensor

from stylestudio.checkpoints import load_tensors
from stylestudio.files import replacing
from stylestudio.inversion.checkpoint import Checkpoint
from stylestudio.inversion.job import Job, Settings
from stylestudio.inversion.photo import Frame, Photo
from stylestudio.inversion.projection import Steering
from stylestudio.render import Delta

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.inversion.workbench import Workbench

_SESSION = "stylestudio.inversion"
_DELTA = "delta."


class SessionError(ValueError):
    """A file holds no job that can be gone on with; the message is one sentence for the user."""


class Session(NamedTuple):
    """A job and how far it had come."""

    photo: Photo
    settings: Settings
    steering: Steering
    mask: Tensor | None
    checkpoint: Checkpoint
    model_sha256: str

    def job(self, bench: Workbench) -> Job:
        """Return the job, to be run from the checkpoint on.

        Raises SessionError where the workbench has another model.
        """
        if bench.model.sha256 != self.model_sha256:
            raise SessionError(f"{self.photo.name} was being found in another model.")
        return Job(bench, self.photo, self.settings, self.steering, self.mask)


def save_session(job: Job, checkpoint: Checkpoint, path: Path) -> None:
    """Write a job; an older file is replaced only by a complete one.

    The photo goes with it, as it may be gone. Raises OSError where that fails.
    """
    pixels = ((job.photo.pixels + 1) * 127.5).round().to(torch.uint8).contiguous()
    tensors = {"photo": pixels, "ws": checkpoint.ws.clone()}
    if job.mask is not None:
        tensors["mask"] = job.mask.contiguous()
    if checkpoint.delta:
        tensors |= {_DELTA + name: t for name, t in checkpoint.delta.tensors.items()}
    facts = {
        "name": job.photo.name,
        "model": job.bench.model.sha256,
        "settings": asdict(job.settings),
        "editability": job.steering.editability,
        "stage": checkpoint.stage,
        "step": checkpoint.step,
        "loss": checkpoint.loss,
        "frame": tuple(checkpoint.frame),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        safetensors.torch.save_file(tensors, temporary, {_SESSION: json.dumps(facts)})


def load_session(path: Path) -> Session:
    """Read a job that `save_session` wrote. Raises SessionError where that cannot be."""
    try:
        metadata, tensors = load_tensors(path)
        return _session(json.loads(metadata[_SESSION]), tensors)
    except Exception as error:
        raise SessionError(f"{path.name} holds no inversion that can be gone on with.") from error


def _session(facts: dict[str, Any], tensors: dict[str, Tensor]) -> Session:
    changes = {n.removeprefix(_DELTA): t for n, t in tensors.items() if n.startswith(_DELTA)}
    settings = facts["settings"]
    blocks = settings.pop("resolutions")
    frame = Frame(*settings.pop("frame"))
    return Session(
        Photo(tensors["photo"].float() / 127.5 - 1, facts["name"]),
        Settings(**settings, frame=frame, resolutions=None if blocks is None else tuple(blocks)),
        Steering(facts["editability"]),
        tensors.get("mask"),
        Checkpoint(
            facts["stage"],
            facts["step"],
            facts["loss"],
            tensors["ws"],
            Frame(*facts["frame"]),
            Delta(changes, facts["model"]) if changes else None,
        ),
        facts["model"],
    )
