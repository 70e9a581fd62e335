"""Recipe to frame: latents, plan and caches, noise, styles, thumbnails."""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

from stylestudio.render.assets import Asset, Assets, shared_assets
from stylestudio.render.delta import Delta, DeltaError
from stylestudio.render.frame import compose_ws
from stylestudio.render.latent_files import (
    LatentMatch,
    match_latents,
    read_latents,
    save_latent,
)
from stylestudio.render.latents import WrongModelError
from stylestudio.render.model import LayerInfo, Model, ModelError, builtin_models, open_model
from stylestudio.render.renderer import Frame, Renderer, render
from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.render.style_opening import builtin_styles, open_styles
from stylestudio.render.synthesis import Superseded
from stylestudio.render.thumbnail import Thumbnailer

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe
    from stylestudio.render.renderer import Pixels

__all__ = [
    "Asset",
    "Assets",
    "Delta",
    "DeltaError",
    "Frame",
    "LatentMatch",
    "LayerInfo",
    "Model",
    "ModelError",
    "Renderer",
    "StyleError",
    "StyleModel",
    "Superseded",
    "Thumbnailer",
    "WrongModelError",
    "builtin_models",
    "builtin_styles",
    "compose_ws",
    "match_latents",
    "open_model",
    "open_styles",
    "read_latents",
    "render",
    "save_latent",
    "shared_assets",
]


class _CallableRoom(ModuleType):
    """Lets `stylestudio.render` be both this room and the public call `ss.render(...)`."""

    def __call__(
        self,
        model: Model,
        recipe: "Recipe",
        *,
        styles: Iterable[StyleModel] = (),
        assets: Assets | None = None,
    ) -> "Pixels":
        return render(model, recipe, styles=styles, assets=assets)


sys.modules[__name__].__class__ = _CallableRoom
