"""Renders recipes one after another, running only the steps that changed since the last."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

from stylestudio.errors import StyleStudioError
from stylestudio.progress import png_bytes
from stylestudio.recipe import Recipe, RecipeError
from stylestudio.recipe.naming import described
from stylestudio.recipe.showing import show_recipes_by
from stylestudio.render.assets import Assets, shared_assets
from stylestudio.render.device import (
    VARIABLE,
    cache_budget,
    catch_up,
    is_out_of_memory,
    one_at_a_time,
    release_memory,
)
from stylestudio.render.frame import FrameStages
from stylestudio.render.holding import holding
from stylestudio.render.interventions import last_to_begin
from stylestudio.render.model import Model, ModelError, find_open
from stylestudio.render.model_opening import as_model
from stylestudio.render.networks_after import enlargement
from stylestudio.render.pace import Pace, enlarged, smallest_draft
from stylestudio.render.picture_networks import PictureStage, StageError
from stylestudio.render.pixels import (
    DeepPixels,
    NotFiniteError,
    Pixels,
    read_finite,
    to_bytes,
    to_deep_pixels,
    to_pixels,
)
from stylestudio.render.style_model import StyleError, StyleModel
from stylestudio.render.synthesis import Superseded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stylestudio.render.delta import Delta


T = TypeVar("T")

log = logging.getLogger(__name__)


class DeviceMemoryError(ModelError):
    """A graphics card has too little memory for a frame, even where nothing else is kept."""


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
    draft: int | None = None  # side of the picture it was made from; None = full quality
    side: int | None = None  # of the finished picture, which a draft may not have; None = its own

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        draft = "" if self.draft is None else f", a draft of {self.draft} x {self.draft}"
        return f"<Frame {width} x {height}{draft}: {self.recipe!r}>"

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        return png_bytes(self.pixels)


class Renderer:
    """Renders one model; keeps what its stages made, so it belongs to one thread.

    >>> import stylestudio as ss
    >>> renderer = ss.Renderer("portraits")
    >>> frame = renderer.render(ss.Recipe.from_seed(7, "portraits"))
    >>> frame.pixels.shape
    (256, 256, 3)

    Synthesis restarts at the first step that something changed for, from the states between
    steps, which are kept as far as `cache_bytes` reaches (None: as the device has room). Styles
    come last: changing them runs no step. `assets` are what recipes may name, None for those of
    the whole program. `pace` says when drafts are due. Where a graphics card runs out of memory,
    nothing is kept any more and the frame is tried once again, never a smaller one unasked.
    """

    def __init__(
        self,
        model: Model | str,
        cache_bytes: int | None = None,
        assets: Assets | None = None,
    ) -> None:
        self.model = model = as_model(model)
        self.pace = Pace(model.synthesis.steps)
        self._assets = assets or shared_assets()
        if cache_bytes is None:
            cache_bytes = cache_budget(model.device)
        self._stages = FrameStages(model, self._assets, cache_bytes)

    @property
    def steps_run(self) -> tuple[str, ...]:
        """Names of the steps that the last frame ran."""
        return self._stages.synthesis.steps_run

    def render(
        self,
        recipe: Recipe,
        should_stop: Callable[[], bool] = lambda: False,
        show_draft: Callable[[Frame], None] | None = None,
        side: int | None = None,
    ) -> Frame:
        """Render a recipe at full quality, or as a draft of `side` pixels.

        `side` is one of `draft_sides`. `should_stop` is asked before every step; when it says yes,
        Superseded is raised and what was computed stays useful. Where the frame takes its time,
        `show_draft` gets pictures of earlier blocks, enlarged. Raises WrongModelError for another
        model's recipe, DeltaError, StyleError and StageError for tuned weights, styles and networks
        that are not to be had, or make no picture, ModelError where a model makes none, and
        DeviceMemoryError where a graphics card has too little memory.
        """

        def make() -> Frame:
            self._stages.networks.budget = self.pace.budget
            img = self._picture(recipe, should_stop, show_draft, side)
            if side is not None:
                return self._enlarged(img, recipe, side)
            frame = Frame(to_pixels(img), recipe)
            self.pace.finished()
            return frame

        return self._on_device(recipe, make)

    def draft_sides(self, recipe: Recipe) -> tuple[int, ...]:
        """The sides in pixels that drafts of a recipe can have, the smallest first."""
        steps = self.model.synthesis.steps
        return tuple(steps[index].resolution for index in self._draft_steps(recipe))

    def _draft_steps(self, recipe: Recipe) -> tuple[int, ...]:
        """The steps whose pictures are large enough for drafts, and have what acts on features.

        An intervention that acts later than all of them leaves the largest one.
        """
        least = smallest_draft(self.model.resolution, painted=recipe.style is not None)
        steps = [
            index
            for index, step in enumerate(self.model.synthesis.steps[:-1])
            if step.makes_rgb and step.resolution >= least
        ]
        first = last_to_begin(recipe)
        return tuple(index for index in steps if index > first) or tuple(steps[-1:])

    def render_deep(
        self, recipe: Recipe, should_stop: Callable[[], bool] = lambda: False
    ) -> DeepFrame:
        """Render as `render` does, rounded to 16 bits a channel instead of 8."""

        def make() -> DeepPixels:
            return to_deep_pixels(self._picture(recipe, should_stop))

        return DeepFrame(self._on_device(recipe, make), recipe)

    def _on_device(self, recipe: Recipe, make: Callable[[], T]) -> T:
        """What `make` makes of a recipe; where a card runs out of memory, at the second try."""
        with one_at_a_time(self.model.device):
            for _ in range(2):
                made = self._attempt(recipe, make)
                if made is not None:
                    return made
                self._stages = FrameStages(self.model, self._assets, cache_bytes=0)
                release_memory(self.model.device)
        raise DeviceMemoryError(
            f"The graphics card doesn't have enough free memory for {self.model.name}; close other "
            f"programs that use it, or set {VARIABLE}=cpu to render on the processor."
        )

    def _attempt(self, recipe: Recipe, make: Callable[[], T]) -> T | None:
        """What `make` makes of a recipe; None where a card runs out of memory."""
        try:
            self._stages.prepare(recipe)
            with torch.inference_mode():
                return make()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            log.warning("Out of memory; no states are kept any more", exc_info=True)
            return None
        except NotFiniteError:
            raise self._why_not_finite(recipe) from None

    def _why_not_finite(self, recipe: Recipe) -> StyleStudioError:
        """Say whether the model or the style makes values that are no numbers."""
        img = self._stages.synthesis.picture
        assert img is not None
        if recipe.style is None or not bool(img.isfinite().all()):
            return ModelError(
                f"{self.model.name} produces infinite or undefined values (NaN) here, which can't "
                "be shown; undo the last change, or choose another seed."
            )
        return StyleError(
            f"The style bank {recipe.style.bank.name} produces infinite or undefined values "
            "(NaN) for this picture, which can't be shown; choose other styles."
        )

    def _picture(
        self,
        recipe: Recipe,
        should_stop: Callable[[], bool],
        show_draft: Callable[[Frame], None] | None = None,
        side: int | None = None,
    ) -> Tensor:
        """The finished picture [1, C, R, R], changed by style and networks as the recipe says.

        One of an earlier step lacks the networks that take long; they come after the full picture
        without them has been shown.
        """
        img = self._synthesize(recipe, should_stop, show_draft, side)
        if should_stop():
            raise Superseded
        if side is not None:
            return self._stages.finish(img, recipe, should_stop, "quick")
        if show_draft is not None and recipe.stages:
            quick = self._stages.finish(img, recipe, should_stop, "quick")
            if not self._stages.networks.left_out:
                return quick
            show_draft(self._enlarged(quick, recipe, img.shape[-1]))
            self.pace.shown()
        return self._stages.finish(img, recipe, should_stop)

    def _synthesize(
        self,
        recipe: Recipe,
        should_stop: Callable[[], bool],
        show_draft: Callable[[Frame], None] | None,
        side: int | None,
    ) -> Tensor:
        synthesis = self._stages.synthesis
        self._stages.others.should_stop = should_stop
        steps = synthesis.start(self._stages.latents.compose(recipe), recipe, should_stop, side)
        drafts = () if show_draft is None else self._draft_steps(recipe)
        waits = self.pace.is_tight
        self.pace.begin()
        for index, step, state in steps:
            if waits and show_draft is not None and step.makes_rgb:
                catch_up(self.model.device)  # or drafts and stopping would go by a clock ahead
            self.pace.ran(index)
            if show_draft is not None and index in drafts and self.pace.should_show(index):
                assert state.img is not None
                draft = self._draft(self._stages.ended(state.img, index), recipe)
                if draft is None:
                    show_draft = None  # the others would fail, too
                else:
                    show_draft(draft)
                self.pace.shown()
        return self._stages.picture(side)

    def _draft(self, img: Tensor, recipe: Recipe) -> Frame | None:
        """The picture so far, enlarged; None where that fails, which must not cost the frame."""
        try:
            quick = self._stages.finish(img, recipe, which="quick")
            return self._enlarged(quick, recipe, img.shape[-1])
        except (NotFiniteError, StageError):
            return None  # the full frame says so
        except RuntimeError:  # what torch raises where a device lacks an operation or memory
            log.warning("A draft failed; the full frame follows", exc_info=True)
            return None

    def _enlarged(self, img: Tensor, recipe: Recipe, draft: int) -> Frame:
        """A picture that something is missing from, as a draft of at least the model's size."""
        pixels = to_bytes(img)
        if img.shape[-1] < self.model.resolution:
            pixels = enlarged(pixels, self.model.resolution)
        side = self.model.resolution * enlargement(recipe, self._assets)
        return Frame(read_finite(pixels, img), recipe, draft, side)


def render(
    model: Model | str,
    recipe: Recipe,
    *,
    styles: Iterable[StyleModel] = (),
    stages: Iterable[PictureStage] = (),
    deltas: Iterable[Delta | Model] = (),
    assets: Assets | None = None,
) -> Pixels:
    """Render one recipe to uint8 [H, W, 3].

    The same bytes every time, on one machine with one number of threads.

    The model is an opened one, or the name of a built-in. A model with transparency gives
    [H, W, 4]. `styles` are banks that the recipe may name beside the built-in ones (see
    `open_styles`), `stages` the networks that its stages name (see `open_stage`), `deltas` what
    changes its model's weights (see `open_delta`); `assets` is a store of them and of tuned
    weights, None for that of the whole program. Raises WrongModelError
    for another model's recipe, DeltaError, StyleError and StageError for tuned weights, banks and
    networks that are not to be had, ModelError and RecipeError for what is no model or recipe.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    >>> frame = ss.render(model, recipe)
    >>> frame.shape, frame.dtype
    ((256, 256, 3), dtype('uint8'))
    """
    model, recipe = as_model(model), _checked(recipe)
    assets = holding(styles, stages, deltas, assets)
    return Renderer(model, cache_bytes=0, assets=assets).render(recipe).pixels


def render_all(
    model: Model | str,
    recipes: Iterable[Recipe],
    *,
    styles: Iterable[StyleModel] = (),
    stages: Iterable[PictureStage] = (),
    deltas: Iterable[Delta | Model] = (),
    assets: Assets | None = None,
) -> Iterator[Pixels]:
    """Render recipes one after another, the same bytes as `render` gives of each.

    Takes what `render` takes, any number of recipes (those of a `Timeline`, too), and is faster:
    each picture restarts at the first layer in which it differs from the one before. Pictures are
    made as they are asked for.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> recipes = [ss.Recipe.from_seed(seed, model) for seed in range(3)]
    >>> for number, frame in enumerate(ss.render_all(model, recipes)):
    ...     ss.to_pil(frame).save(f"{number}.png")
    """
    model = as_model(model)
    if isinstance(recipes, Recipe):
        raise RecipeError("One recipe was given; ss.render renders one, ss.render_all a list.")
    if not isinstance(recipes, Iterable):
        raise RecipeError(f"{described(recipes)} is not a list of recipes.")
    renderer = Renderer(model, assets=holding(styles, stages, deltas, assets))
    return (renderer.render(_checked(recipe)).pixels for recipe in recipes)


def _checked(recipe: object) -> Recipe:
    """The recipe. Raises RecipeError for what is none."""
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, list | tuple):
        raise RecipeError("One recipe was expected, not a list; ss.render_all renders many.")
    raise RecipeError(f"{described(recipe)} is not a recipe; ss.Recipe.from_seed makes one.")


def _png_of(recipe: Recipe) -> bytes | None:
    """A picture for notebooks, which say the recipe in words where it can't be rendered."""
    model = find_open(recipe.model.sha256)
    if model is None:
        return None
    try:
        return png_bytes(render(model, recipe))
    except StyleStudioError:  # such as a bank that is not open
        return None


show_recipes_by(_png_of)
