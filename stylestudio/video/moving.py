"""What moves over a whole clip, on top of its keyframes: noise, psi, and the source."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import numpy as np
from msgspec import Struct

from stylestudio.recipe import Recipe, RecipeError, SeedSource, Source, blend, label_of
from stylestudio.recipe.errors import check_choice, check_range
from stylestudio.recipe.naming import described
from stylestudio.recipe.numbers import check_number
from stylestudio.video.paths import circle, walk_weights

SPEED_RANGE = (0.0, 20.0)
LAPS_RANGE = (0.0, 100.0)
RADIUS_RANGE = (0.0, 4.0)
WALK_STEPS = (3, 64)

Way = Literal["circle", "walk"]


class NoiseFlow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Noise that flows through the clip, in every layer by itself.

    At a speed of one turn a second, noise has become entirely another after a quarter of one.
    """

    speed: float = 0.25  # turns a second, 0..20
    grain: float = 1.0  # 1..8 pixels of each layer
    seed: int = 0
    closes: bool = True  # in a loop, come back exactly; else keep the speed and leave a jump

    def __post_init__(self) -> None:
        check_range("noise speed", self.speed, *SPEED_RANGE)
        check_number("noise_grain", self.grain, "noise grain")
        check_number("noise_seed", self.seed, "noise seed")
        _check_whole("noise seed", self.seed)
        if not isinstance(self.closes, bool):
            raise RecipeError(f"closes is {described(self.closes)}; it must be True or False.")

    def apply(self, recipe: Recipe, share: float, seconds: float, loop: bool) -> Recipe:
        """Set the noise at `share` (0..1) of a clip of `seconds`.

        A loop that closes makes whole turns: as many as the speed needs, on a circle that is
        smaller where they would be too many, so that the noise still covers the same distance.
        """
        turns, reach = self.speed * seconds, 1.0
        if loop and self.closes and turns:
            whole = math.ceil(turns)
            turns, reach = whole, turns / whole
        return recipe.replace(
            noise_mode="flowing",
            noise_seed=self.seed,
            noise_grain=self.grain,
            noise_reach=reach if turns else 0.0,
            noise_turn=recipe.noise_turn + (turns * share) % 1.0,
        )


class PsiSweep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Psi that swings from `start` to `end` and back, as often as `swings` says."""

    start: float = 0.0
    end: float = 1.0
    swings: float = 1.0  # over the clip; a whole number closes

    def __post_init__(self) -> None:
        check_number("truncation_psi", self.start, "psi start")
        check_number("truncation_psi", self.end, "psi end")
        check_range("swings", self.swings, *LAPS_RANGE)

    def apply(self, recipe: Recipe, share: float) -> Recipe:
        """Set psi at `share` (0..1) of the clip."""
        swing = (1.0 - math.cos(2.0 * math.pi * ((self.swings * share) % 1.0))) / 2.0
        psi = self.start + (self.end - self.start) * swing
        low, high = sorted((self.start, self.end))
        return recipe.replace(truncation_psi=min(max(psi, low), high))


class Wander(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The source strays from its path in w and comes back to where it started.

    A radius of 1 is as far as two seeds of the model are apart, in a walk half-way. Directions
    come from pairs of seeds that follow from `seed`.
    """

    kind: Way = "circle"
    seed: int = 0
    radius: float = 0.5  # 0..4
    laps: float = 1.0  # over the clip; a whole number closes
    steps: int = 8  # 3..64, of a walk, in one lap

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(Way))
        check_number("source.seed", self.seed, "seed")
        check_range("radius", self.radius, *RADIUS_RANGE)
        check_range("laps", self.laps, *LAPS_RANGE)
        check_range("steps", self.steps, *WALK_STEPS)
        _check_whole("seed", self.seed)
        _check_whole("steps", self.steps)

    def apply(self, recipe: Recipe, share: float) -> Recipe:
        """Move the source to where it is at `share` (0..1) of the clip."""
        lap = (self.laps * share) % 1.0
        if not self.radius or not lap:
            return recipe
        shares = circle(lap) if self.kind == "circle" else walk_weights(self.steps, lap)
        seeds = np.random.RandomState(self.seed).randint(0, 2**31, (len(shares), 2))
        label = label_of(recipe.source)
        parts: list[tuple[Source, float]] = [(recipe.source, 1.0)]
        for (there, back), weight in zip(seeds.tolist(), shares, strict=True):
            away = self.radius * float(weight)
            parts += [(SeedSource(there, label), away), (SeedSource(back, label), -away)]
        return recipe.replace(source=blend(parts))


def _check_whole(name: str, value: Any) -> None:
    """Raise RecipeError for other than whole numbers, which files of sessions need."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecipeError(f"{name} is {described(value)}; it must be a whole number.")
