"""An inversion put away in one file, so that whatever ends the program costs a few steps."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import safetensors.torch
import torch
from torch import Tensor

from stylestudio.checkpoints import load_tensors
from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.inversion.photo import Crop, Photo
from stylestudio.inversion.photo_inversion import InversionSettings, PhotoInversion
from stylestudio.inversion.projection import Steering
from stylestudio.inversion.snapshot import Snapshot
from stylestudio.render import Delta

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.inversion.context import InversionContext

_DESCRIPTION = "stylestudio.inversion"
_DELTA = "delta."


class UnfinishedError(StyleStudioError, ValueError):
    """A file holds no inversion to go on with; the message is one sentence for the user."""


class UnfinishedInversion(NamedTuple):
    """An inversion and how far it had come."""

    photo: Photo
    settings: InversionSettings
    steering: Steering
    mask: Tensor | None
    snapshot: Snapshot
    model_sha256: str

    def inversion(self, context: InversionContext) -> PhotoInversion:
        """Return the inversion, to be run from the snapshot on.

        Raises UnfinishedError where the context has another model.
        """
        if context.model.sha256 != self.model_sha256:
            raise UnfinishedError(f"{self.photo.name} was being found in another model.")
        return PhotoInversion(context, self.photo, self.settings, self.steering, self.mask)


def save_unfinished(inversion: PhotoInversion, snapshot: Snapshot, path: Path) -> None:
    """Write an inversion; an older file is replaced only by a complete one.

    The photo goes with it, as it may be gone. Raises OSError where that fails.
    """
    pixels = ((inversion.photo.pixels + 1) * 127.5).round().to(torch.uint8).contiguous()
    tensors = {"photo": pixels, "ws": snapshot.ws.clone()}
    if inversion.mask is not None:
        tensors["mask"] = inversion.mask.contiguous()
    if snapshot.delta:
        tensors |= {_DELTA + name: t for name, t in snapshot.delta.tensors.items()}
    settings = asdict(inversion.settings)
    settings["frame"] = settings.pop("crop")  # as files have called it from the first
    facts = {
        "name": inversion.photo.name,
        "model": inversion.context.model.sha256,
        "settings": settings,
        "editability": inversion.steering.editability,
        "stage": snapshot.stage,
        "step": snapshot.step,
        "loss": snapshot.loss,
        "frame": tuple(snapshot.crop),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        safetensors.torch.save_file(tensors, temporary, {_DESCRIPTION: json.dumps(facts)})


def load_unfinished(path: Path) -> UnfinishedInversion:
    """Read what `save_unfinished` wrote. Raises UnfinishedError for any other file."""
    try:
        metadata, tensors = load_tensors(path)
        return _unfinished(json.loads(metadata[_DESCRIPTION]), tensors)
    except Exception as error:
        raise UnfinishedError(
            f"{path.name} holds no inversion that can be gone on with."
        ) from error


def _unfinished(facts: dict[str, Any], tensors: dict[str, Tensor]) -> UnfinishedInversion:
    changes = {n.removeprefix(_DELTA): t for n, t in tensors.items() if n.startswith(_DELTA)}
    settings = facts["settings"]
    blocks = settings.pop("resolutions")
    crop = Crop(*settings.pop("frame"))
    return UnfinishedInversion(
        Photo(tensors["photo"].float() / 127.5 - 1, facts["name"]),
        InversionSettings(
            **settings, crop=crop, resolutions=None if blocks is None else tuple(blocks)
        ),
        Steering(facts["editability"]),
        tensors.get("mask"),
        Snapshot(
            facts["stage"],
            facts["step"],
            facts["loss"],
            tensors["ws"],
            Crop(*facts["frame"]),
            Delta(changes, facts["model"]) if changes else None,
        ),
        facts["model"],
    )
