"""Which keyframes are selected, and which of them is the current one; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Selection:
    """The current keyframe, and those that commands act on; the current one is among them."""

    def __init__(self) -> None:
        self.current = 0
        self._others: set[int] = set()
        self._anchor = 0  # where a range begins

    @property
    def all(self) -> list[int]:
        """The selected keyframes in their order."""
        return sorted(self._others | {self.current})

    def choose(self, index: int) -> None:
        """Select one alone."""
        self.current = self._anchor = index
        self._others = set()

    def choose_all(self, indices: Iterable[int]) -> None:
        """Select these alone; the first is the current one. Without any, only that stays."""
        chosen = sorted(indices) or [self.current]
        self.choose(self.current if self.current in chosen else chosen[0])
        self._others = set(chosen)

    def toggle(self, index: int) -> None:
        """Add one, which is the current one then, or take it out; the last one stays."""
        chosen = set(self.all)
        if index not in chosen:
            self._others = chosen
            self.current = self._anchor = index
        elif len(chosen) > 1:
            self._others = chosen - {index}
            if index == self.current:
                self.current = min(self._others, key=lambda other: abs(other - index))
            self._anchor = self.current

    def extend_to(self, index: int) -> None:
        """Select all from where the range began to this one, which is the current one then."""
        low, high = sorted((self._anchor, index))
        self._others = set(range(low, high + 1))
        self.current = index

    def fit(self, count: int) -> None:
        """Forget what is no keyframe any more, of so many that there are."""
        last = max(count - 1, 0)
        self._others = {index for index in self._others if index <= last}
        self.current, self._anchor = min(self.current, last), min(self._anchor, last)
