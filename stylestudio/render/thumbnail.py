"""Small pictures, for lists and maps, at a fraction of a frame's cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from stylestudio.render.latents import Latents
from stylestudio.render.noise import make_noise, noise_key
from stylestudio.render.painting import Painter
from stylestudio.render.placing import first_state, place_key
from stylestudio.render.renderer import Superseded, to_pixels
from stylestudio.render.style_banks import StyleBanks
from stylestudio.render.tuning import row_deltas, tuned_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model
    from stylestudio.render.renderer import Pixels

PAINTED_SIDE = 128  # strokes keep their width in pixels, so a smaller picture would lose its face


class Thumbnailer:
    """Renders thumbnails of about `size` pixels square; belongs to one thread.

    The last picture is kept as it was before it was painted, so that one picture in many styles
    is synthesised once. `banks` are those that recipes may name, None for the built-in ones.
    """

    def __init__(self, size: int, banks: StyleBanks | None = None) -> None:
        self.size = size
        self._banks = banks or StyleBanks()
        self._key: tuple[Model, Recipe, int] | None = None
        self._img: Tensor | None = None

    def render(
        self, model: Model, recipe: Recipe, should_stop: Callable[[], bool] = lambda: False
    ) -> Pixels:
        """Render to [size, size, 3 or 4].

        A skip generator has an RGB picture at every resolution, so its chain ends at the first
        that is large enough; others run to the end. Raises Superseded when `should_stop` says
        so, and StyleError for a style whose bank is not at hand.
        """
        painter = Painter(self._banks, model.dtype)
        painter.prepare(recipe.style)
        side = max(self.size, PAINTED_SIDE) if recipe.style is not None else self.size
        with torch.inference_mode():
            img = self._unpainted(model, recipe.replace(style=None), side, should_stop)
            pixels = to_pixels(painter.paint(img, recipe.style))
        if pixels.shape[0] == self.size:
            return pixels
        place = (self.size, self.size)
        return np.asarray(Image.fromarray(pixels).resize(place, Image.Resampling.LANCZOS))

    def _unpainted(
        self, model: Model, recipe: Recipe, side: int, should_stop: Callable[[], bool]
    ) -> Tensor:
        """The picture [1, C, R, R] at the first resolution R of at least `side`, or the last."""
        key = (model, recipe, side)
        if key == self._key:
            assert self._img is not None
            return self._img
        ws = Latents(model).compose(recipe)
        model = tuned_model(model, row_deltas(recipe))
        synthesis = model.synthesis
        state = first_state(model, place_key(model, recipe))
        for step in synthesis.steps:
            if should_stop():
                raise Superseded
            if state.img is not None and state.img.shape[-1] >= side:
                break
            noise = make_noise(model, step, noise_key(recipe, step))
            state = synthesis.run_step(step, state, ws[None, step.ws_index], noise)
        assert state.img is not None
        self._key, self._img = key, state.img
        return state.img
