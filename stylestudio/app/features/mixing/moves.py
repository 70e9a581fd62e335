"""What the console does to the rows of a recipe's mix."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.app.widgets.seed_box import DICE_SEEDS
from stylestudio.recipe import LatentSource, MixRow, SeedSource, label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.recipe import Recipe, Source


def added(recipe: Recipe, sources: Sequence[Source], amounts: tuple[float, ...]) -> Recipe:
    """With these sources at the end."""
    return recipe.replace(mixing=(*recipe.mixing, *(MixRow(each, amounts) for each in sources)))


def changed(recipe: Recipe, index: int, row: MixRow) -> Recipe:
    """With another row in the place of one."""
    return recipe.replace(mixing=(*recipe.mixing[:index], row, *recipe.mixing[index + 1 :]))


def removed(recipe: Recipe, index: int) -> Recipe:
    """Without a row."""
    return recipe.replace(mixing=recipe.mixing[:index] + recipe.mixing[index + 1 :])


def duplicated(recipe: Recipe, index: int) -> Recipe:
    """With a row once more, below itself, and free."""
    copy = replace(recipe.mixing[index], locked=False)
    return recipe.replace(mixing=(*recipe.mixing[: index + 1], copy, *recipe.mixing[index + 1 :]))


def order_after(count: int, index: int, place: int) -> list[int]:
    """Which rows stand where once the row at `index` has gone to `place`."""
    order = [i for i in range(count) if i != index]
    order.insert(place, index)
    return order


def moved(recipe: Recipe, index: int, place: int) -> Recipe:
    """With a row at another place."""
    order = order_after(len(recipe.mixing), index, place)
    return recipe.replace(mixing=tuple(recipe.mixing[i] for i in order))


def swapped(recipe: Recipe, index: int) -> Recipe:
    """With the main source in the row, and the row's as the main one."""
    row = recipe.mixing[index]
    other = changed(recipe, index, replace(row, source=recipe.source))
    return other.replace(source=row.source)


def rolled(recipe: Recipe) -> Recipe:
    """With other seeds, at random, in all rows of a seed that are not locked."""
    return recipe.replace(
        mixing=tuple(
            replace(row, source=SeedSource(random.randrange(DICE_SEEDS), label_of(row.source)))
            if isinstance(row.source, SeedSource) and not row.locked
            else row
            for row in recipe.mixing
        )
    )


def title(row: MixRow, index: int) -> str:
    """What a row is called; the main source is the first."""
    named = row.source.name if isinstance(row.source, LatentSource) else ""
    return row.name or named or f"Source {index + 2}"
