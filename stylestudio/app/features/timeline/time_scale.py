"""How seconds of the clip lie along the strip; without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RULER = 16  # pixels from above in which the playhead is dragged
ABOVE = 6  # pixels between the ruler and the keyframes, and below them
MARGIN = 10.0  # pixels before the start of the clip
PICTURE = 64.0  # pixels of a keyframe's picture
LEAST = 3.0  # pixels that are always left of it
NORMAL = 56.0  # pixels a second: two seconds leave room for a picture and its duration
CLOSEST, FARTHEST = 1500.0, 0.05
TICK_ROOM = 64.0  # pixels from one labelled tick to the next, at least
SLIVER = 28.0  # pixels from which a picture can be made out
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800)  # seconds between them


@dataclass(frozen=True)
class TimeScale:
    """Maps seconds to pixels, evenly."""

    per_second: float = NORMAL

    def x_of(self, seconds: float) -> float:
        """Where a time lies."""
        return MARGIN + seconds * self.per_second

    def time_at(self, x: float) -> float:
        """The time that lies there; before the start it is negative."""
        return (x - MARGIN) / self.per_second

    def width(self, seconds: float) -> float:
        """What a clip takes, with the picture of a keyframe at its end."""
        return self.x_of(seconds) + PICTURE + MARGIN

    def zoomed(self, factor: float) -> TimeScale:
        """Spread time by a factor, as far as that goes."""
        return TimeScale(min(max(self.per_second * factor, FARTHEST), CLOSEST))

    @classmethod
    def fitting(cls, seconds: float, width: float) -> TimeScale:
        """The one at which a clip just fits a width, no closer than a short clip needs."""
        room = width - 2 * MARGIN - PICTURE
        return cls(min(max(room / seconds, FARTHEST), 4 * NORMAL))

    def pictured(self, times: Sequence[float]) -> dict[int, float]:
        """Which keyframes of a clip show their pictures, and their widths in pixels.

        Far out there is no room for all: those between share the picture of one before them.
        """
        xs = [self.x_of(time) for time in times]
        leads: list[int] = []
        for index, x in enumerate(xs):
            has_room = index == len(xs) - 1 or xs[index + 1] - x >= SLIVER
            if has_room or not leads or x - xs[leads[-1]] >= SLIVER:
                leads.append(index)
        rooms = [xs[after] - xs[lead] - 1 for lead, after in pairwise(leads)]
        widths = [*(max(min(room, PICTURE), LEAST) for room in rooms), PICTURE]
        return dict(zip(leads, widths, strict=False))

    def ticks(self, first: float, last: float) -> Iterator[tuple[float, str]]:
        """Times with their labels, at distances that leave room for them."""
        step = next((s for s in STEPS if s * self.per_second >= TICK_ROOM), STEPS[-1])
        for number in range(max(int(first / step), 0), int(last / step) + 1):
            yield number * step, label(number * step)


def label(seconds: float) -> str:
    """A time as short as the ruler wants it: 0.5 s, 12 s, 1:30."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:02.0f}"
