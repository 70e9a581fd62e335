"""From a photo to the latent, and if wanted the weights, that make a model show it."""

from stylestudio.inversion.checkpoint import Checkpoint, Progress
from stylestudio.inversion.encoder import (
    Encoder,
    EncoderError,
    find_encoder,
    load_encoder,
)
from stylestudio.inversion.inverting import Inversion, InversionError, invert, workbench
from stylestudio.inversion.job import METHODS, Job, Method, Settings
from stylestudio.inversion.photo import Frame, Photo, cut, frame_by_handles, load_photo
from stylestudio.inversion.projection import Steering
from stylestudio.inversion.workbench import Workbench

__all__ = [
    "METHODS",
    "Checkpoint",
    "Encoder",
    "EncoderError",
    "Frame",
    "Inversion",
    "InversionError",
    "Job",
    "Method",
    "Photo",
    "Progress",
    "Settings",
    "Steering",
    "Workbench",
    "cut",
    "find_encoder",
    "frame_by_handles",
    "invert",
    "load_encoder",
    "load_photo",
    "workbench",
]
