"""How recipes come to show their picture in notebooks, although they cannot render."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.recipe.recipe import Recipe

    Painter = Callable[[Recipe], bytes | None]

_painters: list[Painter] = []


def show_recipes_by(painter: Painter) -> None:
    """Let this room above show recipes: as the content of a PNG, or None where it can't."""
    _painters[:] = [painter]


def picture_of(recipe: Recipe) -> bytes | None:
    """The picture of a recipe as the content of a PNG; None where its model is not open."""
    return _painters[0](recipe) if _painters else None
