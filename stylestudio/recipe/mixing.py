"""The rows of the mix: further sources over the first, each by an amount for each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part
from stylestudio.recipe.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_NAME = 80  # characters


class MixRow(Part, frozen=True):
    """One more source laid over those before it: row i of w moves towards it by amounts[i].

    `amount` scales all of them at once. A muted row takes no part; while any row is solo, only
    those that are take part, muted or not. Name and lock are for people: no picture depends on
    them.
    """

    source: Source
    amounts: tuple[float, ...]  # 0..1 for each of the num_ws layers; 1 replaces exactly
    amount: float = 1.0  # 0..1, times each of `amounts`
    muted: bool = False  # as if amount were 0, which it keeps for later
    solo: bool = False
    name: str = ""  # what the artist calls it, "" for what the source is called
    locked: bool = False  # to be left alone by the hand, and by whatever changes rows by chance

    def __post_init__(self) -> None:
        for i, amount in enumerate(self.amounts):
            check_number("mixing.amounts", amount, f"amounts[{i}]")
        check_number("mixing.amount", self.amount, "amount of a mixing row")
        if not isinstance(self.name, str):
            raise RecipeError(f"a mixing row's name is {described(self.name)}; it must be text.")
        if len(self.name) > LONGEST_NAME:
            raise RecipeError(f"a mixing row's name can have {LONGEST_NAME} letters at most.")

    @property
    def acting(self) -> tuple[float, ...]:
        """By how much each row of w moves while this row is heard."""
        if self.amount == 1.0:
            return self.amounts
        return tuple(self.amount * amount for amount in self.amounts)


def heard(mixing: Sequence[MixRow]) -> tuple[MixRow, ...]:
    """Those that take part: the solo ones, or without any, those that are not muted."""
    solo = tuple(row for row in mixing if row.solo)
    return solo or tuple(row for row in mixing if not row.muted)


def laid_over(mixing: Sequence[MixRow], rows: Iterable[MixRow]) -> tuple[MixRow, ...]:
    """The mix with more rows over it: they are heard unless muted, also where others are solo."""
    beside_solo = any(row.solo for row in mixing)
    return (*mixing, *(replace(row, solo=beside_solo and not row.muted) for row in rows))


def unflagged(mixing: Sequence[MixRow]) -> tuple[MixRow, ...]:
    """The same mix without mute and solo: whoever takes no part has an amount of 0."""
    taking_part = {id(row) for row in heard(mixing)}
    return tuple(
        replace(row, amount=row.amount if id(row) in taking_part else 0.0, muted=False, solo=False)
        for row in mixing
    )


def flags(mixing: Sequence[MixRow]) -> tuple[tuple[bool, bool], ...]:
    """Mute and solo of each row."""
    return tuple((row.muted, row.solo) for row in mixing)


def silenced(mixing: Sequence[MixRow]) -> tuple[MixRow, ...]:
    """The rows with those muted that could act, none of them solo; their amounts stay for later."""
    return tuple(replace(row, muted=row.muted or any(row.acting), solo=False) for row in mixing)
