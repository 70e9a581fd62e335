"""The interventions of a recipe together: whether they fit, changing one, and between recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe.edits import free_name
from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.interventions import (
    MOST_REGIONS,
    OPERATIONS,
    AnyIntervention,
    Intervention,
    Region,
)
from stylestudio.recipe.masks import between_masks
from stylestudio.recipe.numbers import NUMBERS
from stylestudio.recipe.parts import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stylestudio.recipe.sources import Source

    BetweenSources = Callable[[Source, Source, float], Source]

Interventions = tuple[AnyIntervention | Unknown, ...]


def interventions_of(
    interventions: Iterable[AnyIntervention | Unknown],
) -> dict[str, AnyIntervention]:
    """Those that can be read, by name, in their order."""
    return {each.name: each for each in interventions if isinstance(each, AnyIntervention)}


def with_intervention(interventions: Interventions, changed: AnyIntervention) -> Interventions:
    """The interventions with this one in place of that of its name, or else as the last."""
    if changed.name not in interventions_of(interventions):
        return (*interventions, changed)
    return tuple(
        changed if isinstance(each, AnyIntervention) and each.name == changed.name else each
        for each in interventions
    )


def interventions_at_rest(interventions: Interventions) -> Interventions:
    """The same interventions with an amount of 0, at hand to be turned up again."""
    return tuple(
        replace(each, amount=0.0) if isinstance(each, AnyIntervention) else each
        for each in interventions
    )


def check_interventions(interventions: Interventions) -> None:
    """Raise RecipeError where two share a name, or too many regions are painted."""
    seen = set()
    for each in interventions:
        if isinstance(each, Unknown):
            continue
        if each.name in seen:
            raise RecipeError(
                f"interventions names {each.name!r} twice; give one of them another name."
            )
        seen.add(each.name)
    regions = sum(isinstance(each, Region) for each in interventions)
    if regions > MOST_REGIONS:
        raise RecipeError(f"{regions} regions are painted; a recipe takes up to {MOST_REGIONS}.")


def between_interventions(
    a: Interventions, b: Interventions, t: float, between_sources: BetweenSources
) -> Interventions:
    """The interventions at t in 0..1 on the way, in the order of the nearer side.

    Interventions are the same where names, steps, operations and units are; one that a side lacks
    has the amount 0 there. Of more regions than a recipe takes, the last that fade are left out.
    What can't be read is that of the nearer side.
    """
    if a == b:
        return a
    near, far = (a, b) if t < 0.5 else (b, a)
    ours, theirs = _by_kind(a), _by_kind(b)
    moved: list[AnyIntervention | Unknown] = []
    names: list[str] = []
    regions = 0
    for each in (*near, *far):
        if isinstance(each, Unknown):
            if each in near:
                moved.append(each)
            continue
        key = (each.name, type(each), each.kind)
        if key not in ours | theirs:
            continue  # it has had its turn
        start, end = ours.pop(key, None), theirs.pop(key, None)
        regions += isinstance(each, Region)
        if isinstance(each, Region) and regions > MOST_REGIONS:
            continue
        name = free_name(each.name, names)
        names.append(name)
        moved.append(replace(_between(start, end, t, between_sources), name=name))
    return tuple(moved)


def _by_kind(interventions: Interventions) -> dict[object, AnyIntervention]:
    known = interventions_of(interventions).values()
    return {(each.name, type(each), each.kind): each for each in known}


def _between(
    a: AnyIntervention | None,
    b: AnyIntervention | None,
    t: float,
    between_sources: BetweenSources,
) -> AnyIntervention:
    given = a or b
    assert given is not None
    start, end = a or replace(given, amount=0.0), b or replace(given, amount=0.0)
    muted = start.muted and end.muted
    ends = (start.amount, end.amount) if muted else (_heard(start), _heard(end))
    nearer = start if t < 0.5 else end
    nearer = replace(
        nearer, muted=muted, amount=_lerp(*ends, t), mask=between_masks(start.mask, end.mask, t)
    )
    if isinstance(nearer, Region):
        assert isinstance(start, Region)
        assert isinstance(end, Region)
        moving = ("feather", "right", "down")
        places = {name: _lerp(getattr(start, name), getattr(end, name), t) for name in moving}
        source = between_sources(start.source, end.source, t)
        return replace(nearer, source=source, **places)
    assert isinstance(start, Intervention)
    assert isinstance(end, Intervention)
    return replace(
        nearer,
        numbers=_between_numbers(start, end, t),
        share=_lerp(start.share, end.share, t),
        values=_between_values(start.values, end.values, t),
    )


def _heard(each: AnyIntervention) -> float:
    return 0.0 if each.muted else each.amount


def _between_numbers(a: Intervention, b: Intervention, t: float) -> tuple[float, ...]:
    names = (f"interventions.{a.operation}.{name}" for name in OPERATIONS[a.operation])
    return tuple(
        _lerp(x, y, t) if NUMBERS[name].kind == "linear" else (x if t < 0.5 else y)
        for name, x, y in zip(names, a.numbers, b.numbers, strict=True)
    )


def _between_values(a: tuple[float, ...], b: tuple[float, ...], t: float) -> tuple[float, ...]:
    if not a or not b:  # one side is no learned insertion
        return a if t < 0.5 else b
    return tuple(_lerp(x, y, t) for x, y in zip(a, b, strict=True))


def _lerp(a: float, b: float, t: float) -> float:
    return a if a == b else a + (b - a) * t
