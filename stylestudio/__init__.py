"""StyleStudio: the desktop instrument for exploring StyleGAN.

>>> import stylestudio as ss
>>> model = ss.open_model("portraits")  # a built-in model, or the path of a file
>>> recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7).mix(12, "fine", 0.8)
>>> frame = ss.render(model, recipe)  # uint8 [H, W, 3]
>>> ss.save_png("portrait.png", frame, recipe)

`dir(stylestudio)` lists what there is; every function and class has its own `help`. Errors that say
in one sentence what to put right derive from `StyleStudioError`.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from stylestudio.names import open_names_with
from stylestudio.threads import let_threads_sleep

if TYPE_CHECKING:
    from stylestudio.checkpoints import CheckpointError
    from stylestudio.editing import (
        DirectionError,
        Directions,
        DragError,
        DragProgress,
        UnitSet,
        dissect,
        drag,
        find_directions,
        open_directions,
        open_units,
    )
    from stylestudio.errors import StyleStudioError
    from stylestudio.inversion import EncoderError, Inversion, InversionError, invert
    from stylestudio.measures import MeasureError, Measurement, measure
    from stylestudio.pictures import PictureError
    from stylestudio.progress import Cancel, Cancelled, Progress
    from stylestudio.recipe import (
        ChannelEdit,
        DeltaUse,
        Edit,
        Intervention,
        LatentSource,
        Locator,
        MapperEdit,
        Mask,
        MixRow,
        NoRecipeError,
        Parameter,
        PlaneSource,
        Recipe,
        RecipeError,
        Region,
        SeedSource,
        Stage,
        Style,
        adapt,
        interpolate,
        parameters,
        read_recipe,
        save_png,
        to_pil,
    )
    from stylestudio.render import (
        Delta,
        DeltaError,
        Frame,
        Model,
        ModelError,
        PictureStage,
        Renderer,
        StageError,
        StyleError,
        StyleModel,
        WrongModelError,
        builtin_models,
        builtin_styles,
        difference,
        influence,
        open_delta,
        open_model,
        open_stage,
        open_styles,
        read_latents,
        render,
        render_all,
        save_latent,
    )
    from stylestudio.text import (
        Imagined,
        PictureWriter,
        TextModel,
        TextModelError,
        adapt_model,
        channels_by_words,
        direction_by_words,
        draw_by_words,
        find_by_words,
        imagine,
        map_by_words,
        open_picture_writer,
        open_text_model,
        regions_by_words,
        style_by_words,
    )
    from stylestudio.video import (
        ExportError,
        ExportReport,
        Keyframe,
        NoiseFlow,
        PsiSweep,
        Session,
        SessionError,
        SessionFile,
        Timeline,
        Wander,
        export_video,
        open_session,
        read_session,
        save_session,
    )

__version__ = "0.1.0"

__all__ = [
    "Cancel",
    "Cancelled",
    "ChannelEdit",
    "CheckpointError",
    "Delta",
    "DeltaError",
    "DeltaUse",
    "DirectionError",
    "Directions",
    "DragError",
    "DragProgress",
    "Edit",
    "EncoderError",
    "ExportError",
    "ExportReport",
    "Frame",
    "Imagined",
    "Intervention",
    "Inversion",
    "InversionError",
    "Keyframe",
    "LatentSource",
    "Locator",
    "MapperEdit",
    "Mask",
    "MeasureError",
    "Measurement",
    "MixRow",
    "Model",
    "ModelError",
    "NoRecipeError",
    "NoiseFlow",
    "Parameter",
    "PictureError",
    "PictureStage",
    "PictureWriter",
    "PlaneSource",
    "Progress",
    "PsiSweep",
    "Recipe",
    "RecipeError",
    "Region",
    "Renderer",
    "SeedSource",
    "Session",
    "SessionError",
    "SessionFile",
    "Stage",
    "StageError",
    "Style",
    "StyleError",
    "StyleModel",
    "StyleStudioError",
    "TextModel",
    "TextModelError",
    "Timeline",
    "UnitSet",
    "Wander",
    "WrongModelError",
    "adapt",
    "adapt_model",
    "builtin_models",
    "builtin_styles",
    "channels_by_words",
    "difference",
    "direction_by_words",
    "dissect",
    "drag",
    "draw_by_words",
    "export_video",
    "find_by_words",
    "find_directions",
    "imagine",
    "influence",
    "interpolate",
    "invert",
    "map_by_words",
    "measure",
    "open_delta",
    "open_directions",
    "open_model",
    "open_picture_writer",
    "open_session",
    "open_stage",
    "open_styles",
    "open_text_model",
    "open_units",
    "parameters",
    "read_latents",
    "read_recipe",
    "read_session",
    "regions_by_words",
    "render",
    "render_all",
    "save_latent",
    "save_png",
    "save_session",
    "style_by_words",
    "to_pil",
]

let_threads_sleep()

# Which room has which of these names; imported on first use, so that `stylestudio --help` does not
# wait for torch.
_ROOMS = {
    "checkpoints": "CheckpointError",
    "editing": "DirectionError Directions DragError DragProgress UnitSet dissect drag "
    "find_directions open_directions open_units",
    "errors": "StyleStudioError",
    "inversion": "EncoderError Inversion InversionError invert",
    "measures": "MeasureError Measurement measure",
    "pictures": "PictureError",
    "progress": "Cancel Cancelled Progress",
    "recipe": "ChannelEdit DeltaUse Edit Intervention LatentSource Locator MapperEdit Mask MixRow "
    "NoRecipeError Parameter PlaneSource Recipe RecipeError Region SeedSource Stage Style adapt "
    "interpolate parameters read_recipe save_png to_pil",
    "render": "Delta DeltaError Frame Model ModelError PictureStage Renderer StageError "
    "StyleError StyleModel WrongModelError builtin_models builtin_styles difference "
    "influence open_delta open_model open_stage open_styles read_latents render "
    "render_all save_latent",
    "text": "Imagined PictureWriter TextModel TextModelError adapt_model channels_by_words "
    "direction_by_words draw_by_words find_by_words imagine map_by_words open_picture_writer "
    "open_text_model regions_by_words style_by_words",
    "video": "ExportError ExportReport Keyframe NoiseFlow PsiSweep Session SessionError "
    "SessionFile Timeline Wander export_video open_session read_session save_session",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'stylestudio' has no attribute {name!r}")
    return _in_room(_ROOM_OF[name], name)


def _in_room(room: str, name: str) -> Any:
    return getattr(importlib.import_module(f"stylestudio.{room}"), name)


# Recipes take names of what only a room above them opens.
open_names_with("model", lambda name: _in_room("render", "builtin_model")(name))
open_names_with("bank", lambda name: _in_room("render", "builtin_bank")(name))
open_names_with("directions", lambda model: _in_room("editing", "directions_of")(model))


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__name__", "__path__", "__version__"]


class _Package(ModuleType):
    """Keeps `ss.render` the function, also once the room of that name has been imported.

    Importing `stylestudio.render` sets the attribute `render` of this package to the room.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "render" and isinstance(value, ModuleType):
            value = vars(value)["render"]
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
