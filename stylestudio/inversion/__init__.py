"""From a photo to the latent, and if wanted the weights, that make a model show it."""

from typing import TYPE_CHECKING, Any

from stylestudio.inversion.context import InversionContext
from stylestudio.inversion.encoder import (
    Encoder,
    EncoderError,
    find_encoder,
    load_encoder,
)
from stylestudio.inversion.inverting import Inversion, inversion_context, invert
from stylestudio.inversion.photo import Crop, Photo, crop_by_handles, cut, load_photo
from stylestudio.inversion.photo_inversion import (
    METHODS,
    InversionError,
    InversionSettings,
    Method,
    PhotoInversion,
)
from stylestudio.inversion.projection import EDITABILITY, Steering
from stylestudio.inversion.snapshot import InversionProgress, Snapshot

__all__ = [
    "EDITABILITY",
    "METHODS",
    "Crop",
    "Encoder",
    "EncoderError",
    "Inversion",
    "InversionContext",
    "InversionError",
    "InversionProgress",
    "InversionSettings",
    "Method",
    "Photo",
    "PhotoInversion",
    "Snapshot",
    "Steering",
    "crop_by_handles",
    "cut",
    "find_encoder",
    "inversion_context",
    "invert",
    "load_encoder",
    "load_photo",
]

if not TYPE_CHECKING:  # scripts may use the names of the first versions; our own code may not
    _FORMER = {
        "Checkpoint": Snapshot,
        "Frame": Crop,
        "Job": PhotoInversion,
        "Progress": InversionProgress,
        "Settings": InversionSettings,
        "Workbench": InversionContext,
        "frame_by_handles": crop_by_handles,
        "workbench": inversion_context,
    }

    def __getattr__(name: str) -> Any:
        if name not in _FORMER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return _FORMER[name]
