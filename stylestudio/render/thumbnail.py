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

    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model
    from stylestudio.render.renderer import Pixels


def render_thumbnail(
    model: Model,
    recipe: Recipe,
    size: int,
    should_stop: Callable[[], bool] = lambda: False,
    banks: StyleBanks | None = None,  # None stands for the built-in ones
) -> Pixels:
    """Render about `size` pixels square: [size, size, 3 or 4].

    A skip generator has an RGB picture at every resolution, so its chain ends at the first that
    is large enough; others run to the end. Raises Superseded when `should_stop` says so, and
    StyleError for a style whose bank is not at hand.
    """
    with torch.inference_mode():
        ws = Latents(model).compose(recipe)
        model = tuned_model(model, row_deltas(recipe))
        synthesis = model.network.synthesis
        state = first_state(model, place_key(model, recipe))
        for step in synthesis.steps:
            if should_stop():
                raise Superseded
            if state.img is not None and state.img.shape[-1] >= size:
                break
            noise = make_noise(model, step, noise_key(recipe, step))
            state = synthesis.run_step(step, state, ws[None, step.ws_index], noise)
        assert state.img is not None
        pixels = to_pixels(Painter(banks or StyleBanks()).paint(state.img, recipe.style))
    if pixels.shape[0] == size:
        return pixels
    resized = Image.fromarray(pixels).resize((size, size), Image.Resampling.LANCZOS)
    return np.asarray(resized)
