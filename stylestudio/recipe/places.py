"""Where the numbers of a recipe stand: how each is read, and set in a recipe that differs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from stylestudio.recipe.mappers import AnyEdit

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.recipe.recipe import Recipe


class Place(NamedTuple):
    """Somewhere in a recipe."""

    read: Callable[[Recipe], Any]
    write: Callable[[Recipe, Any], Recipe]

    def at(self, name: str) -> Place:
        """The field of what is here."""

        def write(recipe: Recipe, value: Any) -> Recipe:
            return self.write(recipe, replace(self.read(recipe), **{name: value}))

        return Place(lambda recipe: getattr(self.read(recipe), name), write)

    def item(self, i: int) -> Place:
        """An item of the tuple that is here."""

        def write(recipe: Recipe, value: Any) -> Recipe:
            old = self.read(recipe)
            return self.write(recipe, (*old[:i], value, *old[i + 1 :]))

        return Place(lambda recipe: self.read(recipe)[i], write)


RECIPE = Place(lambda recipe: recipe, lambda _, changed: changed)


def group_of(place: Place, members: list[int]) -> Place:
    """Several items of the tuple that is here: read as their mean, set to one value."""

    def read(recipe: Recipe) -> float:
        values: tuple[float, ...] = place.read(recipe)
        chosen = [values[i] for i in members]
        return chosen[0] if len(set(chosen)) == 1 else sum(chosen) / len(chosen)

    def write(recipe: Recipe, x: float) -> Recipe:
        old = place.read(recipe)
        return place.write(recipe, tuple(x if i in members else y for i, y in enumerate(old)))

    return Place(read, write)


def edit_named(name: str) -> Place:
    """An edit by its name: its place in the tuple says nothing."""

    def read(recipe: Recipe) -> AnyEdit:
        return next(iter(_edits_named(recipe, name)))

    def write(recipe: Recipe, edit: AnyEdit) -> Recipe:
        (old,) = _edits_named(recipe, name)
        return replace(recipe, edits=tuple(edit if e is old else e for e in recipe.edits))

    return Place(read, write)


def _edits_named(recipe: Recipe, name: str) -> list[AnyEdit]:
    found = [e for e in recipe.edits if isinstance(e, AnyEdit) and e.name == name]
    if not found:
        raise KeyError(name)
    return found


def shares_of_layers(place: Place, count: int) -> Place:
    """Shares that are all 1 stand in recipes as None."""

    def write(recipe: Recipe, values: tuple[float, ...]) -> Recipe:
        return place.write(recipe, None if all(value == 1.0 for value in values) else values)

    return Place(lambda recipe: place.read(recipe) or (1.0,) * count, write)


def cutoff(num_ws: int) -> Place:
    """All layers stand in recipes as None."""
    place = RECIPE.at("truncation_cutoff")

    def read(recipe: Recipe) -> int:
        cutoff: int | None = place.read(recipe)
        return num_ws if cutoff is None else cutoff

    return Place(read, lambda recipe, x: place.write(recipe, None if x == num_ws else x))


def noise_layers(count: int) -> Place:
    """Strengths that are all 1 stand in recipes as ()."""
    place = RECIPE.at("noise_layers")

    def write(recipe: Recipe, values: tuple[float, ...]) -> Recipe:
        return place.write(recipe, () if all(value == 1.0 for value in values) else values)

    return Place(lambda recipe: place.read(recipe) or (1.0,) * count, write)


def label_of(source: Place, c_dim: int) -> Place:
    """The first class stands in recipes as ()."""
    place, first = source.at("label"), (1.0, *(0.0,) * (c_dim - 1))

    def write(recipe: Recipe, label: tuple[float, ...]) -> Recipe:
        return place.write(recipe, () if label == first else label)

    return Place(lambda recipe: place.read(recipe) or first, write)


def named_amount(place: Place, name: str) -> Place:
    """One of the pairs of a name and an amount that are here."""

    def write(recipe: Recipe, x: float) -> Recipe:
        pairs = place.read(recipe)
        if name not in dict(pairs):
            raise KeyError(name)
        return place.write(recipe, tuple((n, x if n == name else old) for n, old in pairs))

    def read(recipe: Recipe) -> float:
        amounts: dict[str, float] = dict(place.read(recipe))
        return amounts[name]

    return Place(read, write)
