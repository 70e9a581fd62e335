"""Where the scene lies in the picture, for models that can move it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.networks.stylegan3 import placement

if TYPE_CHECKING:
    from stylestudio.networks.stylegan2 import State
    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model

PlaceKey = tuple[float, float, float] | None  # right, down, degrees; None = as the model has it


def place_key(model: Model, recipe: Recipe) -> PlaceKey:
    """Say where the recipe puts the scene; equal keys give equal first states."""
    key = (recipe.translate_x, recipe.translate_y, recipe.rotate)
    return key if model.capabilities.can_be_placed and any(key) else None


def first_state(model: Model, key: PlaceKey) -> State:
    """Return what the first step of synthesis starts from."""
    if key is None:
        return model.synthesis.initial_state(1)
    right, down, degrees = key
    return model.synthesis.initial_state(1, placement(right, down, degrees / 360))
