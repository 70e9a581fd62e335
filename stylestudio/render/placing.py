"""Where the scene lies in the picture, for models that can move it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.networks.stylegan3 import placement

if TYPE_CHECKING:
    from stylestudio.networks.chain import StepInput
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model

PlaceKey = tuple[float, float, float] | None  # right, down, degrees; None = as the model has it


def place_key(model: Model, recipe: Recipe) -> PlaceKey:
    """Say where the recipe puts the scene; equal keys give equal first states."""
    key = (recipe.translate_x, recipe.translate_y, recipe.rotate)
    return key if model.capabilities.can_be_placed and any(key) else None


class Placing:
    """The stage of synthesis that puts the scene where the first step finds it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._first = model.synthesis.steps[0]

    def prepare(self, recipe: Recipe) -> None:
        """Nothing has to be found."""

    def key(self, recipe: Recipe, step: Step) -> tuple[PlaceKey] | None:
        """Where the scene lies, for the first step alone."""
        return (place_key(self._model, recipe),) if step is self._first else None

    def apply(self, given: StepInput, recipe: Recipe) -> StepInput:
        """Give the first step what it starts from."""
        if given.step is not self._first:
            return given
        key, chain = place_key(self._model, recipe), given.chain
        if key is None:
            return given._replace(state=chain.initial_state(1))
        right, down, degrees = key
        return given._replace(state=chain.initial_state(1, placement(right, down, degrees / 360)))
