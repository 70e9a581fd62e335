"""Whether a loop is closed: its end is rendered and compared with its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stylestudio.recipe import Recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylestudio.progress import Picture


@dataclass(frozen=True)
class LoopReport:
    """What the comparison of frame N with frame 0 gave; differences in levels of 0..255."""

    difference: float  # the largest of any pixel; 0 means that the loop is closed
    open_fields: tuple[str, ...]  # of the recipe, where it is not
    seam_step: float  # mean difference between the last frame and the first
    median_step: float  # mean difference between two neighbours, the median over the clip

    @property
    def is_closed(self) -> bool:
        """Whether the frame after the last is the first, to the bit."""
        return self.difference == 0

    def __str__(self) -> str:
        seam = (
            f"the step over the seam is {self.seam_step:.2f} levels, "
            f"the median step {self.median_step:.2f}"
        )
        if self.is_closed:
            return f"closed, difference 0; {seam}"
        fields = ", ".join(self.open_fields) or "no field of the recipe; rendering isn't exact"
        return f"not closed, difference {self.difference:g}: {fields}; {seam}"


class LoopWatch:
    """Looks at the frames of a loop as they pass, and compares its end with its start."""

    def __init__(self) -> None:
        self._first: Picture | None = None
        self._last: Picture | None = None
        self._steps: list[float] = []

    def see(self, frame: Picture) -> None:
        """Look at the next frame."""
        if self._last is None:
            self._first = frame
        else:
            self._steps.append(_mean_step(self._last, frame))
        self._last = frame

    def report(self, after: Picture, start: Recipe, end: Recipe) -> LoopReport:
        """Compare `after`, the frame after the last, with the first; `end` is its recipe."""
        assert self._first is not None
        assert self._last is not None
        difference = float(_differences(after, self._first).max())
        fields = [
            name
            for name in Recipe.__struct_fields__
            if difference and getattr(start, name) != getattr(end, name)
        ]
        return LoopReport(
            difference,
            tuple(fields),
            _mean_step(self._last, self._first),
            float(np.median(self._steps)) if self._steps else 0.0,
        )


def _mean_step(a: Picture, b: Picture) -> float:
    return float(_differences(a, b).mean())


def _differences(a: Picture, b: Picture) -> NDArray[np.float32]:
    levels = np.float32(1 if a.dtype == np.uint8 else 257)
    steps: NDArray[np.float32] = np.abs(a.astype(np.int32) - b).astype(np.float32) / levels
    return steps
