"""Recipes of every version, in the form that files have, brought to the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylestudio.recipe.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 2
FIRST = 1  # what recipes without a version are of

Fields = dict[str, Any]


def _to_2(fields: Fields) -> Fields:
    """Version 2 has room for edits, interventions, deltas and stages, of which there are none."""
    return fields


# From each version to the next. They also get single fields, such as those that an event of a
# performance changes, so none may count on a field being there.
MIGRATIONS: dict[int, Callable[[Fields], Fields]] = {1: _to_2}


def version_of(fields: Any) -> int:
    """The version of a recipe as decoded from a file.

    Raises RecipeError for none of the versions that there have been, or a newer one.
    """
    version = fields.get("version", FIRST) if isinstance(fields, dict) else FIRST
    if isinstance(version, bool) or not isinstance(version, int) or version < FIRST:
        raise RecipeError(
            f"This is not a valid recipe: there was never a version {version!r} of them."
        )
    if version > VERSION:
        raise RecipeError(
            f"The recipe is of version {version}, written by a newer StyleStudio; "
            f"this one reads up to version {VERSION}. Update StyleStudio to open it."
        )
    return version


def migrated(fields: Fields, version: int) -> Fields:
    """Bring fields of a recipe, all of them or some, from `version` to the present one."""
    for older in range(version, VERSION):
        fields = MIGRATIONS[older](fields)
    return {name: value for name, value in fields.items() if name != "version"}
