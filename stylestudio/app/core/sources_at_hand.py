"""Sources that panels have at hand, for whoever lets one be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stylestudio.recipe import RecipeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stylestudio.recipe import Recipe, Source


class AtHand(NamedTuple):
    """A source, and what it is called where it comes from."""

    name: str
    source: Source


class SourcesAtHand:
    """Asks those who have some: presets, photos that were inverted, latents of opened files."""

    def __init__(self) -> None:
        self._askers: list[Callable[[Recipe], Iterable[AtHand]]] = []

    def offer(self, at_hand: Callable[[Recipe], Iterable[AtHand]]) -> None:
        """Ask there, too, from now on; it is given the recipe on show."""
        self._askers.append(at_hand)

    def fitting(self, recipe: Recipe) -> list[AtHand]:
        """Those that can be the source of a recipe."""
        found = (each for ask in self._askers for each in ask(recipe))
        return [each for each in found if _fits(recipe, each.source)]


def of_recipe(name: str, recipe: Recipe | None, shown: Recipe) -> list[AtHand]:
    """The main source of a recipe, if that is of the model on show."""
    if recipe is None or recipe.model.sha256 != shown.model.sha256:
        return []
    return [AtHand(name, recipe.source)]


def _fits(recipe: Recipe, source: Source) -> bool:
    try:
        recipe.replace(source=source)
    except RecipeError:
        return False
    return True
