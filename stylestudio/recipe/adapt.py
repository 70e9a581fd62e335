"""A recipe made for one model, carried over to another as far as it goes."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import numpy as np

from stylestudio.recipe.channels import ChannelEdit
from stylestudio.recipe.deltas import known_deltas
from stylestudio.recipe.edits import Edit
from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.interventions import AnyIntervention, Region
from stylestudio.recipe.mappers import AnyEdit, MapperEdit
from stylestudio.recipe.maps import maps_of, misfit
from stylestudio.recipe.model_ref import ModelLike, ModelRef
from stylestudio.recipe.naming import described
from stylestudio.recipe.parts import Unknown
from stylestudio.recipe.recipe import Recipe
from stylestudio.recipe.sources import (
    BlendPart,
    BlendSource,
    LatentSource,
    PlainSource,
    PlaneSource,
    SeedSource,
    Source,
    ZPart,
    ZSource,
)

T = TypeVar("T")


def fits(recipe: Recipe, model: ModelLike | str) -> bool:
    """Whether a recipe was made for this model: the same content, and so the same sizes."""
    made_for, given = recipe.model, ModelRef.of(model)
    sizes = (made_for.num_ws, made_for.w_dim, made_for.c_dim)
    return made_for.sha256 == given.sha256 and sizes == (given.num_ws, given.w_dim, given.c_dim)


def adapt(recipe: Recipe, model: ModelLike | str) -> tuple[Recipe, tuple[str, ...]]:
    """Map `recipe` onto `model`; return it with one sentence for each thing that was lost.

    Layers are matched by index from the coarse end; a model with more layers repeats the last
    amount. Seeds always carry over (the picture is another one); explicit w vectors only where
    both models have the same w_dim, and so do edits.
    The model may be a built-in one's name.
    Raises RecipeError for a recipe that names this very model with other sizes.

    >>> import stylestudio as ss
    >>> recipe = ss.Recipe.from_seed(7, "portraits")
    >>> recipe, lost = ss.adapt(recipe, "pigments")
    >>> recipe, lost
    (<Recipe of Pigments: seed 7>, ())
    """
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{described(recipe)} is not a recipe; it comes first, then the model.")
    old, new = recipe.model, ModelRef.of(model)
    if fits(recipe, model):
        return recipe.replace(model=new), ()
    if old.sha256 == new.sha256:
        raise RecipeError(
            f"The recipe does not fit {new.name}: it names this model with other sizes, "
            "so its file is damaged."
        )
    lost: list[str] = []
    if old.num_ws != new.num_ws and (recipe.mixing or recipe.noise_layers or _has_layers(recipe)):
        lost.append(
            f"{old.num_ws} layers of {old.name_beside(new)} became {new.num_ws} of {new.name}; "
            "amounts were matched from the coarse end."
        )
    source = _adapt_source(recipe.source, old, new, lost)
    if source is None:
        lost.append("The main source could not be carried over, so seed 0 replaces it.")
        source = SeedSource(0)
    rows = []
    for number, row in enumerate(recipe.mixing, start=1):
        mixed = _adapt_source(row.source, old, new, lost)
        if mixed is None:
            lost.append(f"Mixing source {number} could not be carried over and was left out.")
        else:
            amounts = _fit(row.amounts, new.num_ws)
            rows.append(msgspec.structs.replace(row, source=mixed, amounts=amounts))
    edits = tuple(each for edit in recipe.edits if (each := _adapt_edit(edit, old, new, lost)))
    interventions = tuple(
        kept for each in recipe.interventions if (kept := _adapt_intervention(each, old, new, lost))
    )
    lost += [
        f"The delta {name!r} changes weights of {old.name_beside(new)}, so it was left out."
        for name in known_deltas(recipe.deltas)
    ]
    cutoff = recipe.truncation_cutoff
    return (
        recipe.replace(
            model=new,
            source=source,
            mixing=tuple(rows),
            truncation_cutoff=None if cutoff is None else min(cutoff, new.num_ws),
            noise_layers=_fit(recipe.noise_layers, new.num_ws - 1),
            edits=edits,
            interventions=interventions,
            deltas=tuple(each for each in recipe.deltas if isinstance(each, Unknown)),
        ),
        tuple(dict.fromkeys(lost)),
    )


def _has_layers(recipe: Recipe) -> bool:
    return any(isinstance(edit, Edit) and (edit.layers or edit.rows > 1) for edit in recipe.edits)


def _adapt_edit(
    edit: AnyEdit | Unknown, old: ModelRef, new: ModelRef, lost: list[str]
) -> AnyEdit | Unknown | None:
    if isinstance(edit, Unknown):
        return edit
    if isinstance(edit, ChannelEdit):
        lost.append(f"The edit {edit.name!r} moves channels of {old.name}, so it was left out.")
        return None
    if isinstance(edit, MapperEdit):
        lost.append(f"The mapper {edit.name!r} belongs to {old.name}, so it was left out.")
        return None
    if edit.w_dim != new.w_dim:
        lost.append(
            f"The edit {edit.name!r} has {edit.w_dim} numbers a layer and {new.name} needs "
            f"{new.w_dim}, so it was left out."
        )
        return None
    lost.append(
        f"The edit {edit.name!r} was found in {old.name_beside(new)}; "
        f"{new.name} may change in another way."
    )
    rows = edit.array() if edit.rows == 1 else np.stack(_fit(tuple(edit.array()), new.num_ws))
    layers = None if edit.layers is None else _fit(edit.layers, new.num_ws)
    return msgspec.structs.replace(edit, vector=rows.tobytes(), rows=len(rows), layers=layers)


def _adapt_intervention(
    each: AnyIntervention | Unknown, old: ModelRef, new: ModelRef, lost: list[str]
) -> AnyIntervention | Unknown | None:
    """Steps and units mean something in models of one build alone, as far as is known."""
    if isinstance(each, Unknown):
        return each
    kind = "region" if isinstance(each, Region) else "intervention"
    before, after = maps_of(old.sha256), maps_of(new.sha256)
    sides, others = ([each.resolution for each in maps] for maps in (before, after))
    if (before and after and sides != others) or (old.num_ws, old.w_dim) != (new.num_ws, new.w_dim):
        lost.append(
            f"The {kind} {each.name!r} acts between steps of {old.name_beside(new)}, "
            "so it was left out."
        )
        return None
    if after and (reason := misfit(each, new.name, [maps.units for maps in after])):
        lost.append(f"The {kind} {each.name!r} was left out: it {reason}.")
        return None
    if not isinstance(each, Region):
        return each
    source = _adapt_source(each.source, old, new, lost)
    if source is None:
        lost.append(f"The source of region {each.name!r} doesn't fit, so it was left out.")
        return None
    return msgspec.structs.replace(each, source=source)


def _fit(values: tuple[T, ...], length: int) -> tuple[T, ...]:
    """Cut, or repeat the last value; empty stays empty."""
    if not values:
        return values
    return values[:length] + (values[-1],) * (length - len(values))


def _adapt_source(source: Source, old: ModelRef, new: ModelRef, lost: list[str]) -> Source | None:
    if not isinstance(source, BlendSource):
        return _adapt_plain(source, old, new, lost)
    parts = []
    for part in source.parts:
        plain = _adapt_plain(part.source, old, new, lost)
        if plain is None:
            return None
        parts.append(BlendPart(plain, part.weight))
    return BlendSource(tuple(parts))


def _adapt_plain(
    source: PlainSource, old: ModelRef, new: ModelRef, lost: list[str]
) -> PlainSource | None:
    if isinstance(source, ZSource):
        parts = []
        for part in source.parts:
            seed = _adapt_plain(part.seed, old, new, lost)
            assert isinstance(seed, SeedSource)
            parts.append(ZPart(seed, part.weight))
        return ZSource(tuple(parts), source.spherical)
    if isinstance(source, SeedSource | PlaneSource):
        if len(source.label) in (0, new.c_dim):
            return source
        lost.append(f"The classes of {old.name} are not those of {new.name} and were dropped.")
        if isinstance(source, SeedSource):
            return SeedSource(source.seed)
        return PlaneSource(source.x, source.y)
    w = source.array()
    if w.shape[1] != new.w_dim:
        lost.append(
            f"The latent {source.name or 'vector'!r} has {w.shape[1]} numbers a layer and "
            f"{new.name} needs {new.w_dim}."
        )
        return None
    lost.append(
        f"The latent {source.name or 'vector'!r} was found in {old.name_beside(new)}; "
        f"{new.name} shows something else there."
    )
    if source.rows == 1:
        return LatentSource.from_array(w, source.name)
    return LatentSource.from_array(np.stack(_fit(tuple(w), new.num_ws)), source.name)
