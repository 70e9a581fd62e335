"""What a measurement says, and what was hoped for."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Goal:
    """A bound that a figure should keep."""

    side: Literal["at least", "at most"]
    bound: float

    def is_met(self, value: float) -> bool:
        """Whether a value keeps the bound."""
        return value >= self.bound if self.side == "at least" else value <= self.bound


@dataclass(frozen=True)
class Figure:
    """One measured number."""

    subject: str  # what was measured: a model, the machine, the window
    name: str
    value: float
    unit: str  # "ms", "x", "%", ...
    goal: Goal | None = None


def at_least(bound: float) -> Goal:
    """The goal of reaching a bound."""
    return Goal("at least", bound)


def at_most(bound: float) -> Goal:
    """The goal of staying within a bound."""
    return Goal("at most", bound)


def alternate(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Time several works in turn, so that a busy moment hits them all; medians in seconds.

    Each runs once before, unmeasured.
    """
    for work in works.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0..1) of the values do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
