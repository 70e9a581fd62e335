"""Ways from a picture to its neighbours: along directions, into layers of seeds, towards seeds."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from stylestudio.app.core.recipes import label_for_seeds, with_seed
from stylestudio.app.features.edits import moves
from stylestudio.recipe import SeedSource
from stylestudio.recipe.edit_lists import edits_of
from stylestudio.recipe.numbers import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.recipe import AnyEdit, Recipe

FARTHEST = 3.0  # sigmas; as far as a whole seed
GROUPS = ("coarse", "middle", "fine")
SEEDS = 1000  # that neighbours are drawn from; three digits fit below a picture


class Way(Protocol):
    """Leads from any picture to another."""

    @property
    def words(self) -> str:
        """How it is called."""

    @property
    def change(self) -> str:
        """What taking it is called where it can be undone."""

    def taken(self, recipe: Recipe, distance: float, earlier: Recipe | None) -> Recipe:
        """The picture that lies so many sigmas along it.

        New seeds in place of a latent are of the class, and at the psi, of the `earlier` recipe.
        """


@dataclass(frozen=True)
class Along:
    """A direction, one way or the other."""

    edit: AnyEdit
    sign: int

    @property
    def words(self) -> str:
        """Its sign and name."""
        return f"{'+' if self.sign > 0 else '−'} {moves.spoken(self.edit.name)}"

    @property
    def change(self) -> str:
        """Its name."""
        return f"Vary {moves.spoken(self.edit.name)}"

    def taken(
        self,
        recipe: Recipe,
        distance: float,
        earlier: Recipe | None,  # noqa: ARG002 - no new seed comes in
    ) -> Recipe:
        """With the edit, which goes on from where it stands."""
        low, high = NUMBERS["edits.amount"].range
        there = [each for each in edits_of(recipe).values() if self._is_same(each)]
        begin = there[0].acting if there else 0.0
        amount = round(min(max(begin + self.sign * distance, low), high), 3)
        moved = replace(there[0] if there else self.edit, amount=amount, muted=False)
        return moves.put(recipe, moved) if there else moves.put_beside(recipe, moved)[0]

    def _is_same(self, edit: AnyEdit) -> bool:
        return edit.direction == self.edit.direction


@dataclass(frozen=True)
class Mixed:
    """Some layers of a seed, laid over by a share of the farthest distance."""

    seed: int
    group: str

    @property
    def words(self) -> str:
        """The group and the seed."""
        return f"{self.group} {self.seed}"

    @property
    def change(self) -> str:
        """The group and the seed."""
        return f"Mix {self.group} of seed {self.seed}"

    def taken(self, recipe: Recipe, distance: float, earlier: Recipe | None) -> Recipe:
        """With one more row of mixing."""
        seed = SeedSource(self.seed, label_for_seeds(recipe.source, earlier))
        return recipe.mix(seed, self.group, min(1.0, distance / FARTHEST))


@dataclass(frozen=True)
class Towards:
    """Another seed, by a share of the farthest distance."""

    seed: int

    @property
    def words(self) -> str:
        """The seed."""
        return f"seed {self.seed}"

    @property
    def change(self) -> str:
        """The seed."""
        return f"Go towards {self.words}"

    def taken(self, recipe: Recipe, distance: float, earlier: Recipe | None) -> Recipe:
        """A blend of both, or the seed alone."""
        seed = SeedSource(self.seed, label_for_seeds(recipe.source, earlier))
        if distance >= FARTHEST:
            return with_seed(recipe, seed, earlier)
        return recipe.blend(recipe.replace(source=seed), distance / FARTHEST)


def mixed_ways(count: int, groups: Sequence[str]) -> list[Way]:
    """Layers of random seeds, each group in turn."""
    seeds = random.sample(range(SEEDS), count)
    return [Mixed(seed, groups[i % len(groups)]) for i, seed in enumerate(seeds)]


def seed_ways(count: int) -> list[Way]:
    """Random seeds."""
    return [Towards(seed) for seed in random.sample(range(SEEDS), count)]
