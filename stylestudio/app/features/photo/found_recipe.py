"""The recipe that shows what an inversion has found, and nothing else. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.app.core.recipes import with_source_alone

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe, Source


def by_itself(recipe: Recipe, source: Source) -> Recipe:
    """Show `source` exactly as it was found.

    What was mixed in, edits, interventions and the style stay in the recipe with an amount of 0,
    at hand to be turned up again.
    """
    return with_source_alone(recipe, source).replace(
        translate_x=0.0,
        translate_y=0.0,
        rotate=0.0,
        noise_mode="const",
        noise_strength=1.0,
        noise_layers=(),
        style=None if recipe.style is None else replace(recipe.style, strength=0.0),
    )
