"""The edits of a recipe together: whether they fit, at rest, and between two recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe.edits import Edit, free_name
from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.mappers import AnyEdit, MapperEdit
from stylestudio.recipe.parts import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from stylestudio.recipe.recipe import Recipe

Edits = tuple[AnyEdit | Unknown, ...]


def check_edits(edits: Edits, name: str, num_ws: int, w_dim: int) -> None:
    """Raise RecipeError where an edit does not fit a model, or two share a name."""
    seen = set()
    for edit in edits:
        if isinstance(edit, Unknown):
            continue
        if isinstance(edit, Edit) and (edit.w_dim != w_dim or edit.rows not in (1, num_ws)):
            raise RecipeError(
                f"the edit {edit.name!r} is a direction of {edit.rows} x {edit.w_dim} numbers, for "
                f"another model; {name} needs 1 or {num_ws} rows of {w_dim}."
            )
        if edit.layers is not None and len(edit.layers) != num_ws:
            raise RecipeError(
                f"layers of edit {edit.name!r} has {len(edit.layers)} entries; "
                f"this model needs {num_ws}."
            )
        if edit.name in seen:
            raise RecipeError(f"edits names {edit.name!r} twice; give one of them another name.")
        seen.add(edit.name)


def with_another_edit(edits: Edits, edit: AnyEdit) -> Edits:
    """The edits with this one as the last, under a name of its own.

    One that leads there already stays as it is, or is turned up where it shows nothing.
    """
    known = [each for each in edits if isinstance(each, AnyEdit)]
    same = [each for each in known if each.direction == edit.direction]
    if any(each.acting for each in same):
        return edits
    if same:
        turned_up = replace(same[0], amount=edit.amount, muted=False)
        return tuple(turned_up if each is same[0] else each for each in edits)
    return (*edits, replace(edit, name=free_name(edit.name, [each.name for each in known])))


def edits_of(recipe: Recipe) -> dict[str, AnyEdit]:
    """Those that can be read, by name."""
    return {edit.name: edit for edit in recipe.edits if isinstance(edit, AnyEdit)}


def set_muted(recipe: Recipe, names: Collection[str]) -> Recipe:
    """With these muted, and no others."""
    return each_edit(recipe, lambda e: replace(e, muted=e.name in names))


def muted_names(recipe: Recipe) -> frozenset[str]:
    """Those that are muted."""
    return frozenset(name for name, edit in edits_of(recipe).items() if edit.muted)


def is_solo(recipe: Recipe, name: str) -> bool:
    """Whether all edits but this one are muted, of several."""
    edits = edits_of(recipe)
    return len(edits) > 1 and muted_names(recipe) == edits.keys() - {name}


def each_edit(recipe: Recipe, change: Callable[[AnyEdit], AnyEdit]) -> Recipe:
    """With each edit that can be read changed."""
    edits = tuple(change(e) if isinstance(e, AnyEdit) else e for e in recipe.edits)
    return recipe.replace(edits=edits)


def at_rest(edits: Edits) -> Edits:
    """The same edits with an amount of 0, at hand to be turned up again."""
    return tuple(replace(e, amount=0.0) if isinstance(e, AnyEdit) else e for e in edits)


def ws_edits_at_rest(edits: Edits) -> Edits:
    """The same edits; those that move ws have an amount of 0."""
    return tuple(replace(e, amount=0.0) if isinstance(e, Edit | MapperEdit) else e for e in edits)


def between_edits(a: Edits, b: Edits, t: float) -> Edits:
    """The edits at t in 0..1 on the way: one that a side lacks has the amount 0 there.

    Edits are the same where name and direction are. What can't be read is that of the nearer side.
    """
    if a == b:
        return a
    ours, theirs = _by_direction(a), _by_direction(b)
    moved: list[AnyEdit | Unknown] = []
    names: list[str] = []
    for key in ours | theirs:
        near, far = ours.get(key), theirs.get(key)
        given = near or far
        assert given is not None
        start, end = near or replace(given, amount=0.0), far or replace(given, amount=0.0)
        name = free_name(given.name, names)
        names.append(name)
        muted = start.muted and end.muted
        amounts = (start.amount, end.amount) if muted else (start.acting, end.acting)
        moved.append(
            replace(
                start if t < 0.5 else end,
                name=name,
                muted=muted,
                amount=_lerp(*amounts, t),
                layers=_between_layers(start.layers, end.layers, t),
            )
        )
    nearer = a if t < 0.5 else b
    return (*moved, *(edit for edit in nearer if isinstance(edit, Unknown)))


def _by_direction(edits: Edits) -> dict[tuple[str, object], AnyEdit]:
    return {(e.name, e.direction): e for e in edits if isinstance(e, AnyEdit)}


def _between_layers(
    a: tuple[float, ...] | None, b: tuple[float, ...] | None, t: float
) -> tuple[float, ...] | None:
    if a == b:
        return a
    count = len(a or b or ())
    pairs = zip(a or (1.0,) * count, b or (1.0,) * count, strict=True)
    return tuple(_lerp(x, y, t) for x, y in pairs)


def _lerp(a: float, b: float, t: float) -> float:
    return a if a == b else a + (b - a) * t
