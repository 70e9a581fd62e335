"""In what manner the finished picture is painted: styles of one bank, blended by weights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from stylestudio.recipe.errors import RecipeError
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_STYLES = 10_000


class BankLike(Protocol):
    """What a recipe needs to know of a bank of styles."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


class BankRef(Part, frozen=True):
    """A bank of styles by content."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise RecipeError(f"sha256 is {self.sha256!r}; it must be 64 hexadecimal digits.")

    @classmethod
    def of(cls, bank: BankLike) -> BankRef:
        """Refer to an opened bank."""
        return cls(bank.name, bank.sha256)


class Style(Part, frozen=True):
    """Styles of a bank, by name, and how far they paint over the picture.

    What is painted is the blend of the named styles in proportion to their weights, so only their
    ratios count; it covers the picture by `coverage`. Weights that add up to less than 1 leave
    the rest to the unpainted picture, so that a single style fades with its weight and nothing
    jumps where the last weight reaches 0.
    Raises RecipeError, naming the field, where a value is out of range or a style named twice.
    """

    bank: BankRef
    weights: tuple[tuple[str, float], ...]  # name and 0..1
    strength: float = 1.0  # 0 leaves the picture, 1 paints it over
    colours: float = 0.0  # 0 takes the style's colours, 1 keeps those of the unpainted picture

    def __post_init__(self) -> None:
        if not 0 < len(self.weights) <= MAX_STYLES:
            raise RecipeError(
                f"weights has {len(self.weights)} entries; it needs 1 to {MAX_STYLES}."
            )
        for name, weight in self.weights:
            check_number("style.weights", weight, f"the weight of style {name!r}")
        if len({name for name, _ in self.weights}) < len(self.weights):
            raise RecipeError("weights names a style twice.")
        check_number("style.strength", self.strength, "strength")
        check_number("style.colours", self.colours, "colours")

    @classmethod
    def of(
        cls,
        bank: BankLike,
        weights: Mapping[str, float],
        strength: float = 1.0,
        colours: float = 0.0,
    ) -> Style:
        """Name styles of an opened bank."""
        return cls(BankRef.of(bank), tuple(weights.items()), strength, colours)

    @property
    def coverage(self) -> float:
        """How much of the picture is painted over, 0..1."""
        return self.strength * min(1.0, sum(weight for _, weight in self.weights))

    def shares(self) -> dict[str, float]:
        """The proportions of the blend, which add up to 1; empty where all weights are 0."""
        total = sum(weight for _, weight in self.weights)
        return {name: weight / total for name, weight in self.weights if weight}
