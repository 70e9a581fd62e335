"""The feature maps of a model's pictures: what its steps of synthesis hand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.editing.errors import DirectionError
from stylestudio.render import as_model, shared_assets
from stylestudio.render.device import one_at_a_time
from stylestudio.render.frame import FrameStages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from stylestudio.networks.stylegan2 import State, Step
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Model


class FeatureReader:
    """Runs recipes as frames do, and hands out what every step made; belongs to one thread.

    `assets` hold the recipes' tuned weights, None for those of the program.
    """

    def __init__(self, model: Model, assets: Assets | None = None) -> None:
        self.model = model
        self._stages = FrameStages(model, assets or shared_assets(), cache_bytes=0)

    def ws(self, recipe: Recipe) -> Tensor:
        """The ws [num_ws, w_dim] that drive the steps of a recipe. Raises WrongModelError."""
        self._stages.prepare(recipe)
        with one_at_a_time(self.model.device), torch.inference_mode():
            return self._stages.latents.compose(recipe)

    def states(self, recipe: Recipe, last: int) -> Iterator[tuple[int, Step, State]]:
        """What the steps up to that at `last` make of a recipe, before interventions after them.

        Raises WrongModelError and DeltaError.
        """
        ws = self.ws(recipe)
        with one_at_a_time(self.model.device), torch.inference_mode():
            for index, step, state in self._stages.synthesis.start(ws, recipe, lambda: False):
                yield index, step, state
                if index == last:
                    return

    def state(self, recipe: Recipe, index: int) -> State:
        """What the step at `index` makes of a recipe; errors are as for `states`."""
        *_, (_, _, state) = self.states(recipe, index)
        return state


def unit_steps(model: Model) -> dict[int, Step]:
    """The steps of a model whose maps are made of units, by their places in the chain."""
    return {i: step for i, step in enumerate(model.network.synthesis.steps) if not step.makes_rgb}


def find_step(model: Model, step: int | str) -> int:
    """The place of a step, given by that or by its name, such as "b32.conv1".

    Raises DirectionError for what is no step with units.
    """
    steps = unit_steps(model)
    for index, each in steps.items():
        if step in (index, each.name):
            return index
    first, *_, last = steps.values()
    raise DirectionError(
        f"{step!r} names no step of {model.name} that has units; they go from {first.name} to "
        f"{last.name}."
    )


def inner_maps(state: State, step: Step) -> Tensor:
    """The maps [C, r, r] of one picture after a step, float32 on the processor.

    StyleGAN3's reach beyond the picture; what lies outside is left away.
    """
    x = state.x[0]
    side = min(step.resolution, x.shape[-1])
    edge = (x.shape[-1] - side) // 2
    return x[:, edge : edge + side, edge : edge + side].float().cpu()


def feature_maps(
    model: Model | str, recipe: Recipe, step: int | str, assets: Assets | None = None
) -> Tensor:
    """The maps [units, r, r] of a recipe's picture after a step, as float32.

    Raises DirectionError for what is no step of the model, WrongModelError and DeltaError.

    >>> import stylestudio as ss
    >>> recipe = ss.Recipe.from_seed(7, "portraits")
    >>> ss.editing.feature_maps("portraits", recipe, "b32.conv1").shape
    torch.Size([128, 32, 32])
    """
    model = as_model(model)
    index = find_step(model, step)
    state = FeatureReader(model, assets).state(recipe, index)
    return inner_maps(state, model.synthesis.steps[index]).clone()
