"""An inversion put away in one file, so that whatever ends the program costs a few steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import safetensors.torch
import torch
from msgspec import Meta, Struct
from torch import Tensor

from stylestudio.checkpoints import load_tensors
from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.inversion.photo import LONGEST, SHORTEST, Crop, Photo
from stylestudio.inversion.photo_inversion import InversionSettings, Method, PhotoInversion
from stylestudio.inversion.projection import Steering
from stylestudio.inversion.snapshot import InversionStage, Snapshot
from stylestudio.render import Delta

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.inversion.context import InversionContext
    from stylestudio.render import Model

_DESCRIPTION = "stylestudio.inversion"
_DELTA = "delta."

_Steps = Annotated[int, Meta(ge=0, le=1_000_000)]
_Place = Annotated[float, Meta(ge=-1000, le=1000)]
_Side = Annotated[float, Meta(gt=0, le=1000)]
_Crop = tuple[_Place, _Place, _Side, _Place]


class _Settings(Struct):
    """`InversionSettings` as the file has them."""

    method: Method
    steps: _Steps
    tuning_steps: _Steps
    resolutions: tuple[Annotated[int, Meta(ge=1, le=65536)], ...] | None
    frame: _Crop  # as files have called the crop from the first
    search: bool


class _Facts(Struct):
    """What the file says beside its tensors; reading it checks types and ranges."""

    name: Annotated[str, Meta(max_length=1024)]
    model: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    settings: _Settings
    editability: Annotated[float, Meta(ge=0, le=1)]
    stage: InversionStage
    step: _Steps
    loss: Annotated[float, Meta(ge=0, le=1e9)]
    frame: _Crop
    features: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")] = ""


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
    features_sha256: str = ""  # of the user's own network that it was compared by

    def inversion(self, context: InversionContext) -> PhotoInversion:
        """Return the inversion, to be run from the snapshot on.

        Raises UnfinishedError where the context has another model.
        """
        self.check(context.model)
        return PhotoInversion(context, self.photo, self.settings, self.steering, self.mask)

    def check(self, model: Model) -> None:
        """Raise UnfinishedError where it was in another model, or does not fit this one."""
        if model.sha256 != self.model_sha256:
            raise UnfinishedError(f"{self.photo.name} was being found in another model.")
        rows, width = self.snapshot.ws.shape
        changed = self.snapshot.delta.tensors if self.snapshot.delta else {}
        state = model.network.synthesis.state_dict() if changed else {}
        alike = all(
            name in state and state[name].shape == change.shape for name, change in changed.items()
        )
        masked = self.mask is None or len(self.mask) == model.resolution
        if rows not in (1, model.num_ws) or width != model.w_dim or not (alike and masked):
            raise UnfinishedError(f"The unfinished inversion does not fit {model.name}.")


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
    settings, crop = asdict(inversion.settings), inversion.settings.crop
    del settings["crop"]
    facts = _Facts(
        inversion.photo.name,
        inversion.context.model.sha256,
        _Settings(frame=(crop.x, crop.y, crop.side, crop.angle), **settings),
        inversion.steering.editability,
        snapshot.stage,
        snapshot.step,
        snapshot.loss,
        (snapshot.crop.x, snapshot.crop.y, snapshot.crop.side, snapshot.crop.angle),
        inversion.context.distance.features_sha256,
    )
    content = safetensors.torch.save(tensors, {_DESCRIPTION: msgspec.json.encode(facts).decode()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_bytes(content)  # safetensors' own writing raises errors of its own


def load_unfinished(path: Path) -> UnfinishedInversion:
    """Read what `save_unfinished` wrote. Raises UnfinishedError for any other file."""
    try:
        metadata, tensors = load_tensors(path)
        facts = msgspec.json.decode(metadata[_DESCRIPTION], type=_Facts)
        return _unfinished(facts, tensors)
    except Exception as error:
        raise UnfinishedError(f"{path.name} holds no inversion that can be continued.") from error


def _unfinished(facts: _Facts, tensors: dict[str, Tensor]) -> UnfinishedInversion:
    changes = {n.removeprefix(_DELTA): t for n, t in tensors.items() if n.startswith(_DELTA)}
    photo, ws, mask = tensors["photo"], tensors["ws"], tensors.get("mask")
    sides = photo.shape[1:]
    if photo.dtype != torch.uint8 or photo.ndim != 3 or len(photo) != 3:
        raise ValueError("its photo can't be read")
    if min(sides) < SHORTEST or max(sides) > LONGEST:
        raise ValueError("the photo is too large or too small")
    if ws.ndim != 2 or not all(map(_is_sound, (ws, *changes.values()))):
        raise ValueError("its latent is missing or damaged")
    if mask is not None and not (mask.ndim == 2 and len(mask) == mask.shape[1] and _is_sound(mask)):
        raise ValueError("the mask is damaged")
    if mask is not None and not 0 <= float(mask.min()) <= float(mask.max()) <= 1:
        raise ValueError("the mask is out of range")
    settings = msgspec.structs.asdict(facts.settings)
    crop = Crop(*settings.pop("frame"))
    return UnfinishedInversion(
        Photo(photo.float() / 127.5 - 1, facts.name),
        InversionSettings(**settings, crop=crop),
        Steering(facts.editability),
        mask,
        Snapshot(
            facts.stage,
            facts.step,
            facts.loss,
            ws,
            Crop(*facts.frame),
            Delta(changes, facts.model) if changes else None,
        ),
        facts.model,
        facts.features,
    )


def _is_sound(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and tensor.numel() > 0 and bool(tensor.isfinite().all())
