"""Looks that panels have at hand, for whoever lets one be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stylestudio.recipe import Recipe


class Look(NamedTuple):
    """A recipe, and what it is called where it comes from."""

    name: str
    recipe: Recipe


class LooksAtHand:
    """Asks those who have some, such as presets."""

    def __init__(self) -> None:
        self._askers: list[Callable[[], Iterable[Look]]] = []

    def offer(self, looks: Callable[[], Iterable[Look]]) -> None:
        """Ask there, too, from now on."""
        self._askers.append(looks)

    def all(self) -> list[Look]:
        """Those that there are."""
        return [look for ask in self._askers for look in ask()]
