"""Feature maps of a recipe's frame, with gradients to the rows of w that drive them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.networks.chain import StepInput, run_steps
from stylestudio.render.channels import Channels
from stylestudio.render.device import cache_budget
from stylestudio.render.interventions import Interventions
from stylestudio.render.latents import Latents, check_model
from stylestudio.render.noise import Noise
from stylestudio.render.other_sources import OtherSources
from stylestudio.render.placing import Placing
from stylestudio.render.synthesis import NOTHING
from stylestudio.render.tuning import Tuning

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.networks.stylegan2 import State, Step
    from stylestudio.recipe import Recipe
    from stylestudio.render.assets import Assets
    from stylestudio.render.model import Model
    from stylestudio.render.stages import SynthesisStage


class FeatureMaps:
    """The feature maps after one step of a recipe's frame, as a function of ws.

    Runs the network itself in float32, up to that step. Weights, placement, interventions, style
    channels and noise are the recipe's. Belongs to one thread. Raises WrongModelError, DeltaError
    and RecipeError.
    """

    def __init__(self, model: Model, recipe: Recipe, last: Step, assets: Assets) -> None:
        check_model(recipe, model)
        tuning = Tuning(model, assets)
        tuning.prepare(recipe)
        self._recipe = recipe
        self._network = tuning.network(recipe)
        others = OtherSources(model, Latents(model, assets), assets, cache_budget(model.device))
        self._stages: list[SynthesisStage] = [
            Placing(model),
            Interventions(model, others),
            Channels(model),
            Noise(model),
        ]
        for stage in self._stages:
            stage.prepare(recipe)
        self.rgb: Tensor | None = None  # the picture so far [1, 3, r, r], of the last call
        chain = self._network.steps
        self.steps = chain[: chain.index(last) + 1]

    def __call__(self, ws: Tensor) -> Tensor:
        """ws [num_ws, w_dim] -> maps [1, C, r, r]; gradients reach ws where they are enabled.

        A StyleGAN3's maps reach beyond the picture: its middle `last.resolution` pixels are in it.
        """

        def given(step: Step, state: State) -> StepInput:
            on = StepInput(self._network, step, state, ws[None, step.ws_index])
            for stage in self._stages:
                on = stage.apply(on, self._recipe)
            return on

        *_, (_, state) = run_steps(self.steps, NOTHING, given)
        self.rgb = state.img
        return state.x
