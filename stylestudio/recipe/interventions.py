"""What changes the feature maps between two steps of synthesis.

An `Intervention` does something to some units (the paper's word for the maps of a layer): network
bending (Broad, Leymarie and Grierson 2021), and inserting and taking away what units stand for (GAN
Dissection, Bau et al. 2019). A `Region` takes the maps of another source, where it was painted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.recipe.edits import LONGEST_NAME
from stylestudio.recipe.errors import RecipeError, check_finite, check_range
from stylestudio.recipe.locators import Locator
from stylestudio.recipe.masks import Mask
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import NUMBERS, Number, check_number
from stylestudio.recipe.parts import Part
from stylestudio.recipe.sources import SeedSource, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_STEPS = 200  # far more than a network has
MOST_UNITS = 4096  # of a step
FARTHEST = 1e6  # of learned values
MOST_REGIONS = 20

# What each operation does to a unit's map x, and the numbers it takes, by their entries in the
# table of numbers under `interventions.OPERATION.`.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "scale": ("factor",),  # factor * x
    "set": ("level",),  # level everywhere; times the unit's value, where values are given
    "add": ("level",),  # x + level, likewise
    "threshold": ("level",),  # 1 where x is larger than the level, 0 elsewhere
    "invert": (),  # 1 - x
    "shift": ("right", "down"),  # moved by picture widths; 0 comes in at the edge
    "rotate": ("degrees",),  # counter-clockwise around the centre; 0 comes in at the corners
    "zoom": ("factor",),  # enlarged around the centre
    "flip": ("axes",),  # 1 left to right, 2 upside down, 3 both
    "erode": ("radius",),  # the least value within a radius, in pixels of the map
    "dilate": ("radius",),  # the largest value
    "blur": ("radius",),  # a Gaussian whose deviation is the radius
    "shuffle": ("seed",),  # units change places among themselves
}
WITH_VALUES = ("set", "add")


def numbers_of(operation: str) -> tuple[Number, ...]:
    """What the table says of the numbers that an operation takes."""
    return tuple(NUMBERS[f"interventions.{operation}.{name}"] for name in OPERATIONS[operation])


class Intervention(Part, frozen=True, tag="units"):
    """An operation on some units of the maps after a step.

    What it makes of a map takes the place of `amount` times `mask` of it. Units are those listed,
    or all; of these a `share` takes part, drawn by `share_seed`. Raises RecipeError, naming the
    field, where a value is out of range or units and numbers do not go together.
    """

    name: str  # what the artist sees; no two interventions of a recipe share one
    step: int  # it acts on what this step of synthesis made, counted from 0
    operation: str  # one of OPERATIONS
    numbers: tuple[float, ...] = ()  # those of the operation, in its order
    units: tuple[int, ...] | None = None  # None = all
    share: float = 1.0  # 0..1 of them
    share_seed: int = 0
    values: tuple[float, ...] = ()  # one for each of `units`, as learned; of "set" and "add"
    mask: Mask | None = None  # None = everywhere
    amount: float = 1.0  # 0..1
    muted: bool = False  # as if amount were 0, which it keeps for later
    locator: Locator | None = None  # acts only where it finds its thing; with a mask, inside both

    def __post_init__(self) -> None:
        check_name(self.name)
        of = f"of intervention {self.name!r}"
        check_range(f"the step {of}", self.step, 0, MOST_STEPS)
        if self.operation not in OPERATIONS:
            raise RecipeError(
                f"the operation {of} is {described(self.operation)}; the operations are "
                f"{', '.join(OPERATIONS)}."
            )
        names = OPERATIONS[self.operation]
        if len(self.numbers) != len(names):
            raise RecipeError(
                f"intervention {self.name!r} has {len(self.numbers)} numbers; {self.operation} "
                f"takes {len(names)}{': ' if names else ''}{', '.join(names)}."
            )
        for name, value in zip(names, self.numbers, strict=True):
            field = f"interventions.{self.operation}.{name}"
            check_number(field, value, f"{name} {of}")
            if NUMBERS[field].whole and value != int(value):
                raise RecipeError(f"{name} {of} is {value:g}; it must be a whole number.")
        check_number("interventions.amount", self.amount, f"the amount {of}")
        check_number("interventions.share", self.share, f"the share {of}")
        check_number("interventions.share_seed", self.share_seed, f"the seed of the share {of}")
        self._check_units(of)

    def _check_units(self, of: str) -> None:
        units = self.units
        if units is not None:
            if not units or len(units) > MOST_UNITS or len(set(units)) < len(units):
                raise RecipeError(
                    f"intervention {self.name!r} needs units, at least one, and each once; "
                    "leave them out to take all."
                )
            for unit in units:
                check_range(f"a unit {of}", unit, 0, MOST_UNITS - 1)
        if not self.values:
            return
        if self.operation not in WITH_VALUES or units is None or len(self.values) != len(units):
            raise RecipeError(
                f"intervention {self.name!r} has {len(self.values)} values; only "
                f"{' and '.join(WITH_VALUES)} take them, one for each of the units listed."
            )
        for value in self.values:
            check_range(f"a value {of}", value, -FARTHEST, FARTHEST)

    def __repr__(self) -> str:
        return (
            f"<Intervention {self.name!r}: {self.saying}, after step {self.step}, "
            f"amount {self.amount:g}>"
        )

    @classmethod
    def of(
        cls,
        name: str,
        step: int,
        operation: str,
        *numbers: float,
        units: Iterable[int] | None = None,
        values: Iterable[float] = (),
        mask: Any = None,
        amount: float = 1.0,
        share: float = 1.0,
        share_seed: int = 0,
        locator: Locator | None = None,
    ) -> Intervention:
        """Make one; without numbers, the operation gets those that the window begins with.

        `mask` is a Mask, or an array that `Mask.from_array` takes. Raises RecipeError.

        >>> import stylestudio as ss
        >>> ss.Intervention.of("wide", 4, "zoom", 1.5, units=[3, 17, 20])
        <Intervention 'wide': zoom factor 1.5 of 3 units, after step 4, amount 1>
        """
        if operation in OPERATIONS and not numbers:
            numbers = tuple(
                each.default if each.start is None else each.start for each in numbers_of(operation)
            )
        try:
            return cls(
                name,
                step.__index__(),
                operation,
                tuple(map(float, numbers)),
                None if units is None else tuple(unit.__index__() for unit in units),
                float(share),
                share_seed.__index__(),
                tuple(map(float, values)),
                as_mask(mask),
                float(amount),
                locator=locator,
            )
        except (AttributeError, TypeError, ValueError) as error:
            if isinstance(error, RecipeError):
                raise
            raise RecipeError(
                f"intervention {described(name)} needs whole numbers for step and units, and "
                "numbers for the rest."
            ) from None

    @property
    def saying(self) -> str:
        """What it does, in a few words: "zoom factor 1.5 of 3 units"."""
        facts = zip(
            OPERATIONS[self.operation], numbers_of(self.operation), self.numbers, strict=True
        )
        numbers = "".join(
            f" {name} {int(value) if number.whole else f'{value:g}'}"
            for name, number, value in facts
        )
        count = "all units" if self.units is None else f"{len(self.units)} units"
        drawn = self.share != 1.0 or self.share_seed
        share = f", share {self.share:g} by seed {self.share_seed}" if drawn else ""
        return f"{self.operation}{numbers} of {count}{share}"

    @property
    def acting(self) -> float:
        """The amount that shows in the picture: 0 where the picture stays as it is."""
        still = self.muted or not self.share or self._is_identity
        return 0.0 if still or (self.mask is not None and self.mask.is_empty) else self.amount

    @property
    def _is_identity(self) -> bool:
        """Whether the operation leaves every map as it is."""
        if self.operation == "shuffle" and self.units is not None and len(self.units) == 1:
            return True
        if self.operation in ("set", "threshold", "invert", "shuffle"):
            return False
        if self.operation == "rotate":
            return self.numbers[0] % 360 == 0
        if self.operation == "add" and self.values and not any(self.values):
            return True
        return self.numbers == tuple(each.default for each in numbers_of(self.operation))

    @property
    def kind(self) -> object:
        """What it does and to what, whatever the numbers; equal for those that blend."""
        return self.step, self.operation, self.units, self.locator

    @property
    def first_step(self) -> int:
        """The step after which it begins to act."""
        return self.step

    def covers(self, step: int) -> bool:
        """Whether it acts after this step."""
        return step == self.step

    def taking_part(self, count: int) -> tuple[int, ...]:
        """Indices into `units`, or of all `count` units, of those that take part, in order.

        A larger share holds those of a smaller one.
        """
        total = count if self.units is None else len(self.units)
        if self.share == 1.0:
            return tuple(range(total))
        drawn = np.random.RandomState(self.share_seed).permutation(total)
        return tuple(sorted(drawn[: max(1, round(self.share * total))].tolist()))


class Region(Part, frozen=True, tag="region"):
    """Takes the maps of another source inside a mask, after the steps from `first` to `last`.

    The other source runs by itself with the recipe's truncation, placement and noise. Outside of
    the mask the maps stay what they were. Raises RecipeError, naming the field.
    """

    name: str  # what the artist sees; no two interventions of a recipe share one
    source: Source
    mask: Mask
    first: int = 0  # steps of synthesis, counted from 0
    last: int | None = None  # None = to the finished picture
    feather: float = 0.05  # picture widths over which the mask's edge fades, to both sides
    right: float = 0.0  # picture widths by which the mask is moved
    down: float = 0.0
    amount: float = 1.0  # 0..1
    muted: bool = False  # as if amount were 0, which it keeps for later

    def __post_init__(self) -> None:
        check_name(self.name)
        of = f"of region {self.name!r}"
        check_range(f"the first step {of}", self.first, 0, MOST_STEPS)
        if self.last is not None:
            check_range(f"the last step {of}", self.last, 0, MOST_STEPS)
            if self.last < self.first:
                raise RecipeError(
                    f"region {self.name!r} goes from step {self.first} to {self.last}; the last "
                    "must not lie before the first."
                )
        for name in ("feather", "right", "down", "amount"):
            check_finite(f"{name} {of}", getattr(self, name))
            check_number(f"interventions.{name}", getattr(self, name), f"{name} {of}")

    def __repr__(self) -> str:
        return f"<Region {self.name!r}: {self.saying}, amount {self.amount:g}>"

    @classmethod
    def of(
        cls,
        name: str,
        source: Source | int,
        mask: Any,
        first: int = 0,
        last: int | None = None,
        feather: float = 0.05,
        amount: float = 1.0,
    ) -> Region:
        """Make one; `source` may be a seed, `mask` an array that `Mask.from_array` takes.

        Raises RecipeError.

        >>> import numpy as np
        >>> import stylestudio as ss
        >>> left = np.zeros((64, 64))
        >>> left[:, :32] = 1
        >>> ss.Region.of("left", 12, left, first=6)
        <Region 'left': from step 6 on, feather 0.05, amount 1>
        """
        painted = as_mask(mask)
        if painted is None:
            raise RecipeError(f"region {described(name)} needs a mask of where it lies.")
        try:
            seed = source if isinstance(source, Source) else SeedSource(source.__index__())
            return cls(name, seed, painted, first, last, float(feather), amount=float(amount))
        except (AttributeError, TypeError, ValueError) as error:
            if isinstance(error, RecipeError):
                raise
            raise RecipeError(
                f"region {described(name)} needs a seed or a source, and whole numbers for steps."
            ) from None

    @property
    def saying(self) -> str:
        """Which steps it covers and where it lies, in a few words."""
        steps = f"from step {self.first} on"
        if self.last is not None:
            steps = f"after steps {self.first} to {self.last}"
        moved = self.right or self.down
        place = f", moved {self.right:g} right and {self.down:g} down" if moved else ""
        return f"{steps}, feather {self.feather:g}{place}"

    @property
    def acting(self) -> float:
        """The amount that shows in the picture: 0 where the picture stays as it is."""
        return 0.0 if self.muted or self.mask.is_empty else self.amount

    @property
    def kind(self) -> object:
        """Equal for those that blend."""
        return self.first, self.last

    @property
    def first_step(self) -> int:
        """The step after which it begins to act."""
        return self.first

    def covers(self, step: int) -> bool:
        """Whether it acts after this step."""
        return self.first <= step and (self.last is None or step <= self.last)


AnyIntervention = Intervention | Region


def as_mask(mask: Any) -> Mask | None:
    """A mask itself, or one made of an array; None stays. Raises RecipeError."""
    return mask if mask is None or isinstance(mask, Mask) else Mask.from_array(mask)


def parse_units(text: str) -> tuple[int, ...] | None:
    """Read `3,17,20-24`, each unit once; `all`, or nothing, is None. Raises RecipeError."""
    units: dict[int, None] = {}
    words = [word.strip() for word in text.split(",")]
    if words in ([""], ["all"]):
        return None
    for word in words:
        match = re.fullmatch("([0-9]{1,4})(?:-([0-9]{1,4}))?", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last < MOST_UNITS:
            raise RecipeError(
                f"the units {text[:40]!r} mean nothing; write numbers and ranges with commas, "
                "3,17,20-24, or all."
            )
        units |= dict.fromkeys(range(first, last + 1))
    return tuple(units)


def check_name(name: str) -> None:
    """Raise RecipeError for a name that no intervention can have."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.strip():
        raise RecipeError(
            f"the intervention's name is {described(name)}; it needs 1 to {LONGEST_NAME} letters."
        )
