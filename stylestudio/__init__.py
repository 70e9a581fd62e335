"""StyleStudio: the desktop instrument for exploring StyleGAN2.

import stylestudio as ss

model = ss.open_model("network.pkl")
recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
frame = ss.render(model, recipe)  # uint8 [H, W, 3]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from stylestudio.threads import let_threads_sleep

if TYPE_CHECKING:
    from stylestudio.checkpoints import CheckpointError
    from stylestudio.inversion import Inversion, InversionError, invert
    from stylestudio.pictures import PictureError
    from stylestudio.recipe import (
        Parameter,
        Recipe,
        RecipeError,
        Style,
        adapt,
        interpolate,
        parameters,
        read_recipe,
        save_png,
    )
    from stylestudio.render import (
        Model,
        ModelError,
        Renderer,
        StyleError,
        StyleModel,
        builtin_models,
        builtin_styles,
        open_model,
        open_styles,
        read_latents,
        render,
        save_latent,
    )
    from stylestudio.video import (
        ExportError,
        Keyframe,
        Session,
        SessionError,
        Timeline,
        export_video,
        read_session,
    )

__version__ = "0.1.0"

let_threads_sleep()

# Imported on first use, so that `stylestudio --help` does not wait for torch.
_ROOMS = {
    "CheckpointError": "stylestudio.checkpoints",
    "Inversion": "stylestudio.inversion",
    "InversionError": "stylestudio.inversion",
    "Parameter": "stylestudio.recipe",
    "PictureError": "stylestudio.pictures",
    "Recipe": "stylestudio.recipe",
    "RecipeError": "stylestudio.recipe",
    "adapt": "stylestudio.recipe",
    "interpolate": "stylestudio.recipe",
    "invert": "stylestudio.inversion",
    "Model": "stylestudio.render",
    "ModelError": "stylestudio.render",
    "Renderer": "stylestudio.render",
    "Style": "stylestudio.recipe",
    "StyleError": "stylestudio.render",
    "StyleModel": "stylestudio.render",
    "builtin_models": "stylestudio.render",
    "ExportError": "stylestudio.video",
    "Keyframe": "stylestudio.video",
    "Session": "stylestudio.video",
    "SessionError": "stylestudio.video",
    "Timeline": "stylestudio.video",
    "export_video": "stylestudio.video",
    "read_session": "stylestudio.video",
    "builtin_styles": "stylestudio.render",
    "open_model": "stylestudio.render",
    "open_styles": "stylestudio.render",
    "parameters": "stylestudio.recipe",
    "read_latents": "stylestudio.render",
    "read_recipe": "stylestudio.recipe",
    "render": "stylestudio.render",
    "save_latent": "stylestudio.render",
    "save_png": "stylestudio.recipe",
}

__all__ = [
    "CheckpointError",
    "ExportError",
    "Inversion",
    "InversionError",
    "Keyframe",
    "Model",
    "ModelError",
    "Parameter",
    "PictureError",
    "Recipe",
    "RecipeError",
    "Renderer",
    "Session",
    "SessionError",
    "Style",
    "StyleError",
    "StyleModel",
    "Timeline",
    "adapt",
    "builtin_models",
    "builtin_styles",
    "export_video",
    "interpolate",
    "invert",
    "open_model",
    "open_styles",
    "parameters",
    "read_latents",
    "read_recipe",
    "read_session",
    "render",
    "save_latent",
    "save_png",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'stylestudio' has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOMS[name]), name)
