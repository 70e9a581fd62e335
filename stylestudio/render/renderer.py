"""Renders recipes one after another, running only the steps that changed since the last."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stylestudio.render.latents import Latents
from stylestudio.render.noise import NoiseKey, make_noise, noise_key
from stylestudio.render.pace import Pace, enlarged, smallest_draft
from stylestudio.render.painting import Painter
from stylestudio.render.placing import PlaceKey, first_state, place_key
from stylestudio.render.style_banks import StyleBanks
from stylestudio.render.tuning import RowDeltas, row_deltas, tuned_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stylestudio.networks.stylegan2 import State, Step
    from stylestudio.recipe import Recipe
    from stylestudio.render.model import Model
    from stylestudio.render.style_model import StyleModel

# A step's row of ws, its noise, the tuned weights in it, and, for the first step alone, where the
# scene lies.
StepKey = tuple[bytes, NoiseKey, RowDeltas, PlaceKey]
Pixels = NDArray[np.uint8]
DeepPixels = NDArray[np.uint16]

DEFAULT_CACHE_BYTES = 1 << 30

log = logging.getLogger(__name__)


class Superseded(Exception):
    """The caller asked to stop before the frame was complete."""


@dataclass(frozen=True)
class DeepFrame:
    """A finished picture of 16 bits a channel, for files that keep as much."""

    pixels: DeepPixels  # [H, W, 3 or 4]
    recipe: Recipe


@dataclass(frozen=True)
class Frame:
    """A finished picture and the recipe it shows."""

    pixels: Pixels  # [H, W, 3], or [H, W, 4] for a model with transparency
    recipe: Recipe
    draft: int | None = None  # side of the picture it was enlarged from; None = full quality


class Renderer:
    """Renders one model; keeps the states between steps, so it belongs to one thread.

    Synthesis is a chain of steps. A step's result depends on its input, its row of ws and its
    noise, so the first step whose row or noise differs from the last frame's is where
    rendering restarts, from the state that was kept before it. States are kept from the first
    step on, as far as `cache_bytes` reaches. Styles come last: changing them runs no step.
    `pace` says when drafts are due.
    """

    def __init__(
        self,
        model: Model,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        banks: StyleBanks | None = None,  # None stands for the built-in ones
    ) -> None:
        self.model = model
        self.cache_bytes = cache_bytes
        self.steps_run: tuple[str, ...] = ()  # names of the steps that the last frame ran
        self._latents = Latents(model)
        self._tuned: tuple[tuple[RowDeltas, ...], Model] = ((), model)
        self._painter = Painter(banks or StyleBanks(), model.dtype)
        self.pace = Pace(model.synthesis.steps)
        self._keys: list[StepKey] = []  # what each step of the last frame depended on
        self._states: list[State | None] = []  # after each step; None where the budget ended
        self._noises: dict[str, tuple[tuple[NoiseKey, RowDeltas], Tensor | None]] = {}
        self._img: Tensor | None = None  # the finished picture, kept for unchanged recipes

    def render(
        self,
        recipe: Recipe,
        should_stop: Callable[[], bool] = lambda: False,
        show_draft: Callable[[Frame], None] | None = None,
    ) -> Frame:
        """Render a recipe at full quality.

        `should_stop` is asked before every step; when it says yes, Superseded is raised and what
        was computed stays useful. Where the frame takes its time, `show_draft` gets pictures of
        earlier blocks, enlarged. Raises WrongModelError for another model's recipe and StyleError
        for a style whose bank is not at hand.
        """
        self._painter.prepare(recipe.style)
        with torch.inference_mode():
            img = self._picture(recipe, should_stop, show_draft)
            return Frame(to_pixels(img), recipe)

    def render_deep(
        self, recipe: Recipe, should_stop: Callable[[], bool] = lambda: False
    ) -> DeepFrame:
        """Render as `render` does, rounded to 16 bits a channel instead of 8."""
        self._painter.prepare(recipe.style)
        with torch.inference_mode():
            return DeepFrame(to_deep_pixels(self._picture(recipe, should_stop)), recipe)

    def _picture(
        self,
        recipe: Recipe,
        should_stop: Callable[[], bool],
        show_draft: Callable[[Frame], None] | None = None,
    ) -> Tensor:
        """The finished picture [1, C, R, R], painted over where the recipe says so."""
        ws = self._latents.compose(recipe)
        img = self._synthesize(ws, recipe, should_stop, show_draft)
        if should_stop():
            raise Superseded
        return self._painter.paint(img, recipe.style)

    def _synthesize(
        self,
        ws: Tensor,
        recipe: Recipe,
        should_stop: Callable[[], bool],
        show_draft: Callable[[Frame], None] | None,
    ) -> Tensor:
        tuning = row_deltas(recipe)
        model = self._tuned_model(tuning)
        synthesis = model.synthesis
        rows = ws.cpu().numpy()
        place = place_key(self.model, recipe)
        keys: list[StepKey] = [
            (
                rows[step.ws_index].tobytes(),
                noise_key(recipe, step),
                tuning[step.ws_index] if tuning else (),
                None if index else place,
            )
            for index, step in enumerate(synthesis.steps)
        ]
        self.steps_run = ()
        if keys == self._keys and self._img is not None:
            return self._img
        start, state = self._restart(model, keys)
        self.pace.begin()
        for index in range(start, len(keys)):
            if should_stop():
                raise Superseded
            step = synthesis.steps[index]
            noise = self._noise(model, step, keys[index])
            state = synthesis.run_step(step, state, ws[None, step.ws_index], noise)
            self._keep(keys[index], state)
            self.steps_run += (step.name,)
            self.pace.ran(index)
            if show_draft is not None and self._is_draft_due(index, state, recipe):
                draft = self._draft(state, recipe)
                if draft is None:
                    show_draft = None  # the others would fail, too
                else:
                    show_draft(draft)
                self.pace.shown()
        assert state.img is not None
        self._img = state.img
        return state.img

    def _tuned_model(self, tuning: tuple[RowDeltas, ...]) -> Model:
        """Return the model with a recipe's tuned weights, which are kept for the next frame."""
        if self._tuned[0] != tuning:
            self._tuned = (tuning, tuned_model(self.model, tuning))
        return self._tuned[1]

    def _noise(self, model: Model, step: Step, key: StepKey) -> Tensor | None:
        """Make a step's noise, or take what the last frame used."""
        if step.name not in self._noises or self._noises[step.name][0] != key[1:3]:
            self._noises[step.name] = (key[1:3], make_noise(model, step, key[1]))
        return self._noises[step.name][1]

    def _is_draft_due(self, index: int, state: State, recipe: Recipe) -> bool:
        """Whether this step made a picture that is large enough and cannot wait for the next."""
        step, last = self.model.synthesis.steps[index], self.model.synthesis.steps[-1]
        if state.img is None or not step.name.endswith("torgb") or step is last:
            return False
        least = smallest_draft(self.model.resolution, painted=recipe.style is not None)
        return step.resolution >= least and self.pace.should_show(index)

    def _draft(self, state: State, recipe: Recipe) -> Frame | None:
        """The picture so far, enlarged; None where that fails, which must not cost the frame."""
        assert state.img is not None
        try:
            img8 = to_bytes(self._painter.paint(state.img, recipe.style))
            pixels = enlarged(img8, self.model.resolution).contiguous().cpu().numpy()
        except RuntimeError:  # what torch raises where a device lacks an operation or memory
            log.warning("A draft failed; the full frame follows", exc_info=True)
            return None
        return Frame(pixels, recipe, draft=state.img.shape[-1])

    def _restart(self, model: Model, keys: list[StepKey]) -> tuple[int, State]:
        """Forget what no longer holds; return the first step to run and the state before it."""
        self._img = None
        unchanged = 0
        for old, new in zip(self._keys, keys, strict=False):
            if old != new:
                break
            unchanged += 1
        while unchanged and self._states[unchanged - 1] is None:
            unchanged -= 1
        del self._keys[unchanged:], self._states[unchanged:]
        if unchanged:
            state = self._states[-1]
            assert state is not None
            return unchanged, state
        return 0, first_state(model, keys[0][3])

    def _keep(self, key: StepKey, state: State) -> None:
        self._keys.append(key)
        fits = self._kept_bytes([*self._states, state]) <= self.cache_bytes
        self._states.append(state if fits else None)

    @staticmethod
    def _kept_bytes(states: list[State | None]) -> int:
        tensors = {
            tensor.data_ptr(): tensor.nbytes
            for state in states
            if state is not None
            for tensor in state
            if tensor is not None
        }
        return sum(tensors.values())


def render(model: Model, recipe: Recipe, *, styles: Iterable[StyleModel] = ()) -> Pixels:
    """Render one recipe to uint8 [H, W, 3]: the same bytes every time on one machine.

    `styles` are banks that the recipe may name beside the built-in ones (see `open_styles`).
    Raises WrongModelError for another model's recipe and StyleError for a missing bank.
    """
    return Renderer(model, cache_bytes=0, banks=StyleBanks(styles)).render(recipe).pixels


def to_pixels(img: Tensor) -> Pixels:
    """Round [1, C, R, R] to uint8 [R, R, 3 or 4] as the published tools do."""
    return to_bytes(img).cpu().numpy()


def to_bytes(img: Tensor) -> Tensor:
    """-1..1 to 0..255, truncated after adding a half-step: [1, C, R, R] -> [R, R, 3 or 4]."""
    img8 = (img[0] * 127.5).add_(128).clamp_(0, 255).to(torch.uint8)
    if img8.shape[0] == 1:
        img8 = img8.expand(3, -1, -1)
    return img8.permute(1, 2, 0).contiguous()


def to_deep_pixels(img: Tensor) -> DeepPixels:
    """Round -1..1 to 0..65535, to the nearest step."""
    img16 = ((img[0].double() + 1.0) * 32767.5).round().clamp(0, 65535)
    if img16.shape[0] == 1:
        img16 = img16.expand(3, -1, -1)
    return img16.permute(1, 2, 0).contiguous().cpu().numpy().astype(np.uint16)
