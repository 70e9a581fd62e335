"""What the dock does to the edits of a recipe; no edit's place among the others matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe.edit_lists import each_edit, edits_of
from stylestudio.recipe.edits import free_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stylestudio.recipe import AnyEdit, Recipe


_CHANNEL = re.compile(r"^([\w.]+)/([0-9]+)")


def put(recipe: Recipe, edit: AnyEdit) -> Recipe:
    """With this edit, in the place of the one of the same name where there is one."""
    if edit.name not in edits_of(recipe):
        return recipe.replace(edits=(*recipe.edits, edit))
    return each_edit(recipe, lambda old: edit if old.name == edit.name else old)


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
    return each_edit(recipe, lambda e: replace(e, name=name) if e.name == old else e), name


def reset(recipe: Recipe, kept: Collection[str]) -> Recipe:
    """With an amount of 0 in all but some."""
    return each_edit(recipe, lambda e: e if e.name in kept else replace(e, amount=0.0))


def shares(values: Sequence[float]) -> tuple[float, ...] | None:
    """Shares of layers as an edit has them: all 1 are None."""
    return None if all(value == 1.0 for value in values) else tuple(values)


def spoken(name: str) -> str:
    """A name as people read it: "hair_length" is hair length, "b16.conv1/45" 45 in b16.conv1."""
    return _CHANNEL.sub(r"\2 in \1", name.replace("_", " "))
