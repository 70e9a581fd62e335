"""The fields in which two recipes differ, in the form that files have."""

from __future__ import annotations

from typing import Any

import msgspec

from stylestudio.recipe.errors import RecipeError, in_plain_words
from stylestudio.recipe.parts import to_file
from stylestudio.recipe.recipe import Recipe, opened_fields


def changed(recipe: Recipe, fields: dict[str, Any]) -> Recipe:
    """Return the recipe in which these fields, in the form that files have, differ.

    Fields that can't be read are kept. Raises RecipeError where the others are no recipe's.
    """
    tree = msgspec.to_builtins(recipe)
    new = opened_fields(fields)
    unknown = {each["name"]: each for each in (*tree["unknown"], *new.pop("unknown", ()))}
    try:
        return msgspec.convert(tree | new | {"unknown": [*unknown.values()]}, Recipe)
    except msgspec.ValidationError as error:
        raise RecipeError(f"{in_plain_words(error)}.") from None


def changes(before: Recipe, after: Recipe) -> dict[str, Any]:
    """Return the fields in which two recipes differ, as `after` has them in files."""
    names = [
        name for name in Recipe.__struct_fields__ if getattr(before, name) != getattr(after, name)
    ]
    tree = {name: to_file(_plain(getattr(after, name))) for name in names if name != "unknown"}
    return tree | (to_file({"unknown": _plain(after.unknown)}) if "unknown" in names else {})


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
