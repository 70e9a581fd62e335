"""The stages that a frame goes through, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.networks.chain import steps_upto
from stylestudio.render.assets import shared_assets
from stylestudio.render.channels import Channels
from stylestudio.render.device import one_at_a_time
from stylestudio.render.edits import Edits
from stylestudio.render.interventions import Interventions
from stylestudio.render.latents import Latents, MainSource, Mixing, check_model
from stylestudio.render.mappers import Mappers
from stylestudio.render.networks_after import Networks
from stylestudio.render.noise import Noise
from stylestudio.render.other_sources import OtherSources
from stylestudio.render.painting import Painter
from stylestudio.render.picture_networks import never
from stylestudio.render.placing import Placing
from stylestudio.render.synthesis import Synthesis
from stylestudio.render.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.recipe import Recipe
    from stylestudio.render.assets import Assets
    from stylestudio.render.model import Model
    from stylestudio.render.networks_after import Which
    from stylestudio.render.stages import LatentStage, PictureStage, Stage, SynthesisStage


def latent_stages(model: Model, latents: Latents, assets: Assets) -> list[LatentStage]:
    """Where the rows of w come from, and what moves them; mappers look at ws before any edit."""
    return [MainSource(latents), Mixing(latents), Mappers(model, assets), Edits(model)]


def synthesis_stages(
    model: Model, assets: Assets, interventions: Interventions
) -> list[SynthesisStage]:
    """What steps are run on; weights come first, as the others may read them."""
    return [Tuning(model, assets), Placing(model), interventions, Channels(model), Noise(model)]


def picture_stages(model: Model, assets: Assets) -> list[PictureStage]:
    """What happens to the finished picture."""
    return [Painter(assets, model.dtype)]


class LatentStages:
    """The latent stages of one model, of which only those run that changed."""

    def __init__(self, model: Model, stages: list[LatentStage]) -> None:
        self._model = model
        self._stages = stages
        self._made: list[tuple[object, Tensor]] = []  # keys and ws after each stage

    def compose(self, recipe: Recipe) -> Tensor:
        """The ws [num_ws, w_dim] that drive the layers."""
        ws = self._model.w_avg.expand(self._model.num_ws, -1)
        for index, stage in enumerate(self._stages):
            key = stage.key(recipe)
            if index < len(self._made) and self._made[index][0] == key:
                ws = self._made[index][1]
                continue
            ws = stage.apply(ws, recipe)
            self._made[index:] = [(key, ws)]
        return ws


def compose_ws(model: Model, recipe: Recipe, assets: Assets | None = None) -> Tensor:
    """Return the ws [num_ws, w_dim] that drive the layers of `model` for this recipe.

    `assets` are what recipes may name, None for those of the whole program. Raises
    WrongModelError for another model's recipe, and DeltaError.
    """
    check_model(recipe, model)
    assets = assets or shared_assets()
    stages = latent_stages(model, Latents(model, assets), assets)
    with one_at_a_time(model.device):
        for stage in stages:
            stage.prepare(recipe)
        return LatentStages(model, stages).compose(recipe)


class FrameStages:
    """All stages of one model's frames; belongs to one thread."""

    def __init__(self, model: Model, assets: Assets, cache_bytes: int) -> None:
        self.model = model
        mapped = Latents(model, assets)
        latents = latent_stages(model, mapped, assets)
        self.others = OtherSources(model, mapped, assets, cache_bytes)
        self._interventions = Interventions(model, self.others)
        steps = synthesis_stages(model, assets, self._interventions)
        self._pictures = picture_stages(model, assets)
        self.networks = Networks(assets)
        self._all: list[Stage] = [*latents, *steps, *self._pictures, self.networks]
        self.latents = LatentStages(model, latents)
        self.synthesis = Synthesis(model, steps, cache_bytes)

    def prepare(self, recipe: Recipe) -> None:
        """Find what the recipe names, before any work.

        Raises WrongModelError, DeltaError, StyleError and StageError.
        """
        check_model(recipe, self.model)
        for stage in self._all:
            stage.prepare(recipe)

    def ended(self, img: Tensor, index: int) -> Tensor:
        """The picture after a step as a frame shows that ends there; see `Interventions.ended`."""
        return self._interventions.ended(img, index)

    def picture(self, side: int | None) -> Tensor:
        """What synthesis has made of a frame of at least `side` pixels, once it has run."""
        assert self.synthesis.picture is not None
        steps = steps_upto(self.model.synthesis.steps, side)
        return self.ended(self.synthesis.picture, len(steps) - 1)

    def finish(
        self,
        img: Tensor,
        recipe: Recipe,
        should_stop: Callable[[], bool] = never,
        which: Which = "all",
    ) -> Tensor:
        """Lead the picture [1, C, R, R] of synthesis through the stages that change it.

        `which` networks it goes through, and `should_stop`, are as in `Networks`.
        """
        for stage in self._pictures:
            if stage.key(recipe) is not None:
                img = stage.apply(img, recipe)
        return self.networks.apply(img, recipe, should_stop, which)
