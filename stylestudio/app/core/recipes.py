"""A recipe with the model it is made for, and the few recipes that several features start from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stylestudio.recipe import (
    BlendSource,
    LatentSource,
    MixRow,
    PlaneSource,
    Recipe,
    RecipeError,
    SeedSource,
    Source,
    adapt,
    at_rest,
    interventions_at_rest,
    label_of,
)
from stylestudio.recipe.numbers import FIRST_PSI
from stylestudio.recipe.recipe_sources import with_ws
from stylestudio.render import Renderer

if TYPE_CHECKING:
    from stylestudio.render import Assets, Model
    from stylestudio.render.pixels import DeepPixels, Pixels

FIRST_SEED = 3  # a good picture of every built-in model


class ModelRecipe(NamedTuple):
    """An open model and a recipe made for it: all that it takes to render a picture."""

    model: Model
    recipe: Recipe


def first_recipe(model: Model) -> Recipe:
    """Return what a newcomer sees first: a good seed's picture, and a second source at hand."""
    second = MixRow(SeedSource(1), (0.0,) * model.num_ws)
    return Recipe.from_seed(FIRST_SEED, model, truncation_psi=FIRST_PSI, mixing=(second,))


def on_another(look: Recipe, model: Model) -> tuple[ModelRecipe, tuple[str, ...]]:
    """A look for another model than its own, and sentences about what is lost."""
    try:
        adapted, lost = adapt(look, model)
    except RecipeError as error:
        return ModelRecipe(model, first_recipe(model)), (str(error),)
    return ModelRecipe(model, adapted), lost


def finest_amounts(model: Model) -> tuple[float, ...]:
    """Amounts of a new row of the mix: 1 for the finest group of layers that the model has."""
    finest = model.layers[-1].group
    return tuple(float(layer.group == finest) for layer in model.layers)


def with_source_alone(recipe: Recipe, source: Source) -> Recipe:
    """Show a source as it is; what is done to latents and features stays, with an amount of 0.

    Sources that are mixed in are muted, so that their amounts come back by a click.

    Noise, placement, style and stages stay as they are.
    """
    return with_ws(recipe, source).replace(
        edits=at_rest(recipe.edits),
        interventions=interventions_at_rest(recipe.interventions),
    )


def with_seed(
    recipe: Recipe, source: SeedSource | PlaneSource, earlier: Recipe | None = None
) -> Recipe:
    """Show a seed, or a place between seeds.

    A psi of 1 that a latent was shown with (see `with_source_alone`) ends with it: seeds would be
    wild. It stays where the `earlier` recipe, of seeds, had it already: that was somebody's choice.
    """
    was_chosen = earlier is not None and earlier.truncation_psi == 1.0
    if holds_latent(recipe.source) and recipe.truncation_psi == 1.0 and not was_chosen:
        recipe = recipe.replace(truncation_psi=FIRST_PSI)
    return recipe.replace(source=source)


def label_for_seeds(source: Source, earlier: Recipe | None) -> tuple[float, ...]:
    """The class weights for seeds in place of a source: its own.

    For a latent, which has none, those of the `earlier` recipe, of seeds.
    """
    own = label_of(source)
    return own if own or earlier is None or not holds_latent(source) else label_of(earlier.source)


def holds_latent(source: Source) -> bool:
    """Whether a source is an explicit latent, such as a photo's, or a blend with one."""
    parts = [part.source for part in source.parts] if isinstance(source, BlendSource) else [source]
    return any(isinstance(part, LatentSource) for part in parts)


def render_in_full(pair: ModelRecipe, assets: Assets) -> Pixels:
    """Render at full quality, uint8 [H, W, 3 or 4], beside the render thread."""
    return Renderer(pair.model, cache_bytes=0, assets=assets).render(pair.recipe).pixels


def render_deep(pair: ModelRecipe, assets: Assets) -> DeepPixels:
    """Render at full quality, uint16 [H, W, 3 or 4], beside the render thread."""
    return Renderer(pair.model, cache_bytes=0, assets=assets).render_deep(pair.recipe).pixels


def suggested_name(pair: ModelRecipe) -> str:
    """Name a file after what it shows, e.g. "horizons-seed7"."""
    source = pair.recipe.source
    detail = f"seed{source.seed}" if isinstance(source, SeedSource) else "study"
    return re.sub(r"[^\w.-]+", "-", f"{pair.model.name}-{detail}").strip("-").lower()
