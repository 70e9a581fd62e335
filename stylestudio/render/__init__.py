"""Recipe to frame: latents, plan and caches, noise, styles, thumbnails."""

from stylestudio.render.assets import Asset, Assets, shared_assets
from stylestudio.render.channels import style_channels
from stylestudio.render.delta import Delta, DeltaError, difference, open_delta
from stylestudio.render.frame import compose_ws
from stylestudio.render.holding import holding
from stylestudio.render.influences import influence
from stylestudio.render.latent_files import (
    LatentMatch,
    match_latents,
    read_latents,
    save_latent,
)
from stylestudio.render.latents import WrongModelError
from stylestudio.render.model import LayerInfo, Model, ModelError
from stylestudio.render.model_opening import (
    as_model,
    builtin_model,
    builtin_models,
    builtin_of,
    name_of,
    open_model,
    title_of,
)
from stylestudio.render.networks_after import enlargement
from stylestudio.render.picture_networks import (
    PictureStage,
    StageError,
    builtin_stage_paths,
    open_stage,
)
from stylestudio.render.renderer import DeviceMemoryError, Frame, Renderer, render, render_all
from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.render.style_opening import builtin_bank, builtin_styles, open_styles
from stylestudio.render.synthesis import Superseded
from stylestudio.render.thumbnail import Thumbnailer
from stylestudio.render.units import unit_counts

__all__ = [
    "Asset",
    "Assets",
    "Delta",
    "DeltaError",
    "DeviceMemoryError",
    "Frame",
    "LatentMatch",
    "LayerInfo",
    "Model",
    "ModelError",
    "PictureStage",
    "Renderer",
    "StageError",
    "StyleError",
    "StyleModel",
    "Superseded",
    "Thumbnailer",
    "WrongModelError",
    "as_model",
    "builtin_bank",
    "builtin_model",
    "builtin_models",
    "builtin_of",
    "builtin_stage_paths",
    "builtin_styles",
    "compose_ws",
    "difference",
    "enlargement",
    "holding",
    "influence",
    "match_latents",
    "name_of",
    "open_delta",
    "open_model",
    "open_stage",
    "open_styles",
    "read_latents",
    "render",
    "render_all",
    "save_latent",
    "shared_assets",
    "style_channels",
    "title_of",
    "unit_counts",
]

# `stylestudio.render` names the function (see `stylestudio._Package`); what this room holds is
# found through it as well: `import stylestudio.render as room`, `stylestudio.render.Model`.
render.__dict__ = globals()
