"""What the dock does to the edits of a recipe; no edit's place among the others matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe import AnyEdit
from stylestudio.recipe.edits import free_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from stylestudio.recipe import Recipe


_CHANNEL = re.compile(r"^([\w.]+)/([0-9]+)")


def edits_of(recipe: Recipe) -> dict[str, AnyEdit]:
    """Those that can be read, by name."""
    return {edit.name: edit for edit in recipe.edits if isinstance(edit, AnyEdit)}


def put(recipe: Recipe, edit: AnyEdit) -> Recipe:
    """With this edit, in the place of the one of the same name where there is one."""
    if edit.name not in edits_of(recipe):
        return recipe.replace(edits=(*recipe.edits, edit))
    return _each(recipe, lambda old: edit if old.name == edit.name else old)


def put_beside(recipe: Recipe, edit: AnyEdit) -> tuple[Recipe, str]:
    """With one more edit, under its name or the next that is free; return that name, too."""
    name = free_name(edit.name, edits_of(recipe))
    return put(recipe, replace(edit, name=name)), name


def remove(recipe: Recipe, name: str) -> Recipe:
    """Without the edit of this name."""
    return recipe.replace(edits=tuple(e for e in recipe.edits if getattr(e, "name", "") != name))


def rename(recipe: Recipe, old: str, new: str) -> tuple[Recipe, str]:
    """With another name, or the next that is free; return that name, too."""
    name = free_name(new, edits_of(recipe).keys() - {old})
    return _each(recipe, lambda e: replace(e, name=name) if e.name == old else e), name


def reset(recipe: Recipe, kept: Collection[str]) -> Recipe:
    """With an amount of 0 in all but some."""
    return _each(recipe, lambda e: e if e.name in kept else replace(e, amount=0.0))


def set_muted(recipe: Recipe, names: Collection[str]) -> Recipe:
    """With these muted, and no others."""
    return _each(recipe, lambda e: replace(e, muted=e.name in names))


def muted_names(recipe: Recipe) -> frozenset[str]:
    """Those that are muted."""
    return frozenset(name for name, edit in edits_of(recipe).items() if edit.muted)


def is_solo(recipe: Recipe, name: str) -> bool:
    """Whether all edits but this one are muted, of several."""
    edits = edits_of(recipe)
    return len(edits) > 1 and muted_names(recipe) == edits.keys() - {name}


def shares(values: Sequence[float]) -> tuple[float, ...] | None:
    """Shares of layers as an edit has them: all 1 are None."""
    return None if all(value == 1.0 for value in values) else tuple(values)


def spoken(name: str) -> str:
    """A name as people read it: "hair_length" is hair length, "b16.conv1/45" 45 in b16.conv1."""
    return _CHANNEL.sub(r"\2 in \1", name.replace("_", " "))


def _each(recipe: Recipe, change: Callable[[AnyEdit], AnyEdit]) -> Recipe:
    edits = tuple(change(e) if isinstance(e, AnyEdit) else e for e in recipe.edits)
    return recipe.replace(edits=edits)
