"""The recipe that shows what an inversion has found, and nothing else. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe import at_rest, interventions_at_rest

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe, Source


def by_itself(recipe: Recipe, source: Source) -> Recipe:
    """Show `source` exactly as it was found.

    What was mixed in, edits, interventions and the style stay in the recipe with an amount of 0,
    at hand to be turned up again.
    """
    still = (0.0,) * recipe.model.num_ws
    return recipe.replace(
        source=source,
        truncation_psi=1.0,
        truncation_cutoff=None,
        mixing=tuple(replace(row, amounts=still) for row in recipe.mixing),
        edits=at_rest(recipe.edits),
        interventions=interventions_at_rest(recipe.interventions),
        translate_x=0.0,
        translate_y=0.0,
        rotate=0.0,
        noise_mode="const",
        noise_strength=1.0,
        noise_layers=(),
        style=None if recipe.style is None else replace(recipe.style, strength=0.0),
    )
