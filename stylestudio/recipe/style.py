"""In what manner the finished picture is painted: styles of one bank, blended by weights."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Protocol

from stylestudio.recipe.errors import RecipeError, StyleError, check_sha256
from stylestudio.recipe.naming import described, opened_bank
from stylestudio.recipe.numbers import check_number
from stylestudio.recipe.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_STYLES = 10_000
LISTED = 12  # names in a sentence


def match_style(name: str, names: Sequence[str]) -> str | None:
    """The style of this name as the bank spells it; upper and lower case are alike."""
    if name in names:
        return name
    alike = {known.casefold(): known for known in names}
    return alike.get(str(name).strip().casefold())


def unknown_style(name: str, bank: str, names: Sequence[str]) -> str:
    """The sentence about a style that a bank lacks, with the one that comes closest."""
    plain = str(name).casefold()
    alike = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(plain, alike, n=1)
    close += [known for known in alike if plain and plain in known]
    hint = f"did you mean {alike[close[0]]!r}?" if close else f"it knows {listed_styles(names)}."
    return f"{bank} has no style {name!r}; {hint}"


def listed_styles(names: Sequence[str]) -> str:
    """Names in a sentence, not too many of them."""
    return ", ".join(names[:LISTED]) + (", ..." if names[LISTED:] else "") or "none by name"


class BankLike(Protocol):
    """What a recipe needs to know of a bank of styles."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102


def style_named(name: str, bank: BankLike) -> str:
    """The style of this name as the bank spells it. Raises StyleError where it has none."""
    found = match_style(name, bank.names)
    if found is None:
        raise StyleError(unknown_style(name, bank.name, bank.names))
    return found


class BankRef(Part, frozen=True):
    """A bank of styles by content."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        check_sha256(self.sha256)

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
        bank: BankLike | str,
        weights: Mapping[str, float] | str,
        strength: float = 1.0,
        colours: float = 0.0,
    ) -> Style:
        """Name styles of an opened bank, or of a built-in one by its name; one alone by its name.

        Raises StyleError for a style that the bank doesn't have.

        >>> import stylestudio as ss
        >>> recipe = ss.Recipe.from_seed(7, "portraits")
        >>> style = ss.Style.of("sketchbook", {"Stained glass": 0.5, "Woodcut": 0.5}, strength=0.8)
        >>> painted = ss.render("portraits", recipe.replace(style=style))
        """
        bank = opened_bank(bank)
        if isinstance(weights, str):
            weights = {weights: 1.0}
        if not hasattr(weights, "items"):
            raise RecipeError(
                f"{described(weights)} is not a set of weights, such as "
                f"{{{bank.names[0] if bank.names else 'wave'!r}: 1.0}}."
            )
        named = tuple((style_named(name, bank), weight) for name, weight in weights.items())
        return cls(BankRef.of(bank), named, strength, colours)

    @property
    def coverage(self) -> float:
        """How much of the picture is painted over, 0..1."""
        return self.strength * min(1.0, sum(weight for _, weight in self.weights))

    def shares(self) -> dict[str, float]:
        """The proportions of the blend, which add up to 1; empty where all weights are 0."""
        total = sum(weight for _, weight in self.weights)
        return {name: weight / total for name, weight in self.weights if weight}
