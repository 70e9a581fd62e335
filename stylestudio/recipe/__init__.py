"""The immutable value that says everything about a frame, its interpolation and its file form."""

from stylestudio.recipe.adapt import adapt, fits
from stylestudio.recipe.channels import Channel, ChannelEdit, place_of
from stylestudio.recipe.deltas import DeltaUse, WeightsRef
from stylestudio.recipe.edit_lists import at_rest
from stylestudio.recipe.edits import Edit, free_name
from stylestudio.recipe.errors import NoRecipeError, RecipeError
from stylestudio.recipe.interpolate import interpolate
from stylestudio.recipe.intervention_lists import (
    interventions_at_rest,
    interventions_of,
    with_intervention,
)
from stylestudio.recipe.interventions import AnyIntervention, Intervention, Region
from stylestudio.recipe.locators import Locator
from stylestudio.recipe.mappers import AnyEdit, MapperEdit, mappers_of
from stylestudio.recipe.masks import Mask
from stylestudio.recipe.mixing import MixRow
from stylestudio.recipe.model_ref import ModelLike, ModelRef
from stylestudio.recipe.numbers import (
    NOISE_GRAIN_RANGE,
    NOISE_LAYER_RANGE,
    NOISE_REACH_RANGE,
    NOISE_STRENGTH_RANGE,
    NOISE_TURN_RANGE,
    PSI_RANGE,
    ROTATE_RANGE,
    TRANSLATE_RANGE,
    parse_number,
)
from stylestudio.recipe.parameters import Parameter, find_parameter, parameters
from stylestudio.recipe.parts import Unknown, unread_note
from stylestudio.recipe.pictures import may_hold_recipe, read_recipe, save_png, to_pil
from stylestudio.recipe.recipe import NoiseMode, Recipe
from stylestudio.recipe.recipe_sources import deltas_of
from stylestudio.recipe.sources import (
    BlendPart,
    BlendSource,
    LatentSource,
    PlaneSource,
    SeedSource,
    Source,
    ZPart,
    ZSource,
    blend,
    label_of,
)
from stylestudio.recipe.stages import NetworkRef, Stage
from stylestudio.recipe.style import BankRef, Style

__all__ = [
    "NOISE_GRAIN_RANGE",
    "NOISE_LAYER_RANGE",
    "NOISE_REACH_RANGE",
    "NOISE_STRENGTH_RANGE",
    "NOISE_TURN_RANGE",
    "PSI_RANGE",
    "ROTATE_RANGE",
    "TRANSLATE_RANGE",
    "AnyEdit",
    "AnyIntervention",
    "BankRef",
    "BlendPart",
    "BlendSource",
    "Channel",
    "ChannelEdit",
    "DeltaUse",
    "Edit",
    "Intervention",
    "LatentSource",
    "Locator",
    "MapperEdit",
    "Mask",
    "MixRow",
    "ModelLike",
    "ModelRef",
    "NetworkRef",
    "NoRecipeError",
    "NoiseMode",
    "Parameter",
    "PlaneSource",
    "Recipe",
    "RecipeError",
    "Region",
    "SeedSource",
    "Source",
    "Stage",
    "Style",
    "Unknown",
    "WeightsRef",
    "ZPart",
    "ZSource",
    "adapt",
    "at_rest",
    "blend",
    "deltas_of",
    "find_parameter",
    "fits",
    "free_name",
    "interpolate",
    "interventions_at_rest",
    "interventions_of",
    "label_of",
    "mappers_of",
    "may_hold_recipe",
    "parameters",
    "parse_number",
    "place_of",
    "read_recipe",
    "save_png",
    "to_pil",
    "unread_note",
    "with_intervention",
]
