"""All sources of a recipe: whether they are of its model's sizes, and the weights they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.recipe.deltas import delta_files
from stylestudio.recipe.edit_lists import ws_edits_at_rest
from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.interventions import Region
from stylestudio.recipe.mappers import mappers_of
from stylestudio.recipe.mixing import silenced
from stylestudio.recipe.sources import BlendSource, LatentSource, Source, ZSource, delta_hashes

if TYPE_CHECKING:
    from stylestudio.recipe.model_ref import ModelRef
    from stylestudio.recipe.recipe import Recipe


def deltas_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the hashes of all changed weights and mappers that a recipe names, each once."""
    mappers = (edit.network.sha256 for edit in mappers_of(recipe))
    return tuple(dict.fromkeys((*tuned_by(recipe), *delta_files(recipe.deltas), *mappers)))


def tuned_by(recipe: Recipe) -> tuple[str, ...]:
    """Return the hashes of the tuned weights that a recipe's sources bring, each once."""
    sources = [recipe.source, *(row.source for row in recipe.mixing)]
    sources += [region.source for region in regions_of(recipe)]
    return tuple(dict.fromkeys(sha256 for each in sources for sha256 in delta_hashes(each)))


def with_ws(recipe: Recipe, source: Source) -> Recipe:
    """Show a source as it is, such as one made from the ws of this recipe.

    Truncation, mixing, edits of ws and mappers act no more; everything else stays.
    """
    return recipe.replace(
        source=source,
        truncation_psi=1.0,
        truncation_cutoff=None,
        mixing=silenced(recipe.mixing),
        edits=ws_edits_at_rest(recipe.edits),
    )


def regions_of(recipe: Recipe) -> list[Region]:
    """The regions among a recipe's interventions."""
    return [each for each in recipe.interventions if isinstance(each, Region)]


def check_sources(recipe: Recipe) -> None:
    """Raise RecipeError where a source has classes or vectors of another model's sizes."""
    named = [("source", recipe.source)]
    named += [(f"mixing[{i}].source", row.source) for i, row in enumerate(recipe.mixing)]
    named += [(f"region {each.name!r}: source", each.source) for each in regions_of(recipe)]
    for name, source in named:
        plain = (
            [part.source for part in source.parts] if isinstance(source, BlendSource) else [source]
        )
        for each in plain:
            if isinstance(each, LatentSource):
                _check_latent(name, each, recipe.model)
                continue
            labels = (
                [part.seed.label for part in each.parts]
                if isinstance(each, ZSource)
                else [each.label]
            )
            for label in labels:
                if len(label) not in (0, recipe.model.c_dim):
                    check_length(f"{name}.label", len(label), recipe.model.c_dim)


def _check_latent(name: str, latent: LatentSource, model: ModelRef) -> None:
    w_dim = len(latent.w) // (4 * latent.rows)
    if w_dim != model.w_dim or latent.rows not in (1, model.num_ws):
        raise RecipeError(
            f"{name} is a latent of {latent.rows} x {w_dim} numbers; {model.name} needs 1 or "
            f"{model.num_ws} rows of {model.w_dim}."
        )


def check_length(name: str, length: int, expected: int) -> None:
    """Raise RecipeError where a field has not an entry for each layer."""
    if length != expected:
        raise RecipeError(f"{name} has {length} entries; this model needs {expected}.")
