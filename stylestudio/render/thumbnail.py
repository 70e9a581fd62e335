"""Small pictures, for lists and maps, at a fraction of a frame's cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from stylestudio.networks.chain import TRUE_SIDE
from stylestudio.render.assets import Assets, shared_assets
from stylestudio.render.device import one_at_a_time
from stylestudio.render.frame import FrameStages
from stylestudio.render.interventions import last_to_begin
from stylestudio.render.pixels import to_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model
    from stylestudio.render.pixels import Pixels

PAINTED_SIDE = 128  # strokes keep their width in pixels, so a smaller picture would lose its face


class Thumbnailer:
    """Renders thumbnails of about `size` pixels square; belongs to one thread.

    The last picture is kept as it was before it was painted, so that one picture in many styles
    is synthesised once. `assets` are what recipes may name, None for those of the whole program.
    """

    def __init__(self, size: int, assets: Assets | None = None) -> None:
        self.size = size
        self._assets = assets or shared_assets()
        self._stages: FrameStages | None = None  # of the last model

    def render(
        self, model: Model, recipe: Recipe, should_stop: Callable[[], bool] = lambda: False
    ) -> Pixels:
        """Render to [size, size, 3 or 4].

        A skip generator has an RGB picture at every resolution, so its chain ends at the first
        that is large enough; others run to the end. Raises Superseded when `should_stop` says
        so, and else what `Renderer.render` does.
        """
        if self._stages is None or self._stages.model is not model:
            self._stages = FrameStages(model, self._assets, cache_bytes=0)
        with one_at_a_time(model.device):
            pixels = self._rendered(self._stages, recipe, should_stop)
        if pixels.shape[0] == self.size:
            return pixels
        place = (self.size, self.size)
        return np.asarray(Image.fromarray(pixels).resize(place, Image.Resampling.LANCZOS))

    def _rendered(
        self, stages: FrameStages, recipe: Recipe, should_stop: Callable[[], bool]
    ) -> Pixels:
        """At least `size` pixels square, as the network makes them."""
        stages.prepare(recipe)
        least = max(self.size, PAINTED_SIDE) if recipe.style is not None else self.size
        if stages.model.resolution > TRUE_SIDE:
            least = max(least, TRUE_SIDE)
        side = _side_for(stages.model, recipe, least)
        ws = stages.latents.compose(recipe)
        with torch.inference_mode():
            for _ in stages.synthesis.start(ws, recipe, should_stop, side):
                pass
            img = stages.finish(stages.picture(side), recipe, should_stop, "small")
            return to_pixels(img)


def _side_for(model: Model, recipe: Recipe, least: int) -> int | None:
    """Of the first picture that has what was done to the maps; None stands for the last."""
    first = last_to_begin(recipe)
    sides = [
        step.resolution
        for index, step in enumerate(model.synthesis.steps)
        if step.makes_rgb and step.resolution >= least and index > first
    ]
    return sides[0] if sides else None
