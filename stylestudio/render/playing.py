"""In which quality a clip is played, and at which rate, from measured times."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

STEADY = 11.9  # full frames a second that are preferred to drafts; 12 of a clip of 23.976 or 24
SMOOTH = 23.9  # drafts a second that are preferred to larger ones
HEADROOM = 1.03  # of the time between two frames, for what else the window does
SPARE = 1.3  # headroom for a better quality than the present one
KEEP = 0.9  # headroom for staying with the present one
WINDOW = 0.5  # seconds that are measured before a decision,
LEAST = 3  # over at least so many frames,
LONG = 2.0  # unless these take longer than so many seconds
HOLD = 5.0  # seconds before a better quality is tried


class Quality(NamedTuple):
    """One size of frames at one steady rate; `str()` says it in a few words."""

    side: int  # pixels of what is rendered
    every: int  # of so many frames of the clip, one is shown
    rate: float  # of the clip, frames a second
    is_full: bool

    @property
    def fps(self) -> float:
        """Frames that are shown in a second."""
        return self.rate / self.every

    def __str__(self) -> str:
        fps = f"{self.fps:.0f}" if self.fps >= 10 else f"{self.fps:.2g}"
        return f"{fps} fps, {'full size' if self.is_full else f'draft of {self.side} px'}"


class PlayQuality:
    """Chooses a quality and stays with it for a while, so that playing never flickers.

    `seconds` says what a frame is expected to take, by its side in pixels; the largest is the full
    one, the others are drafts. Full frames are taken where they come at the clip's rate or at
    least STEADY; else the largest drafts that come at the clip's rate or at least SMOOTH; else at
    least STEADY; else the largest frames that come at least half as fast as the fastest. Frames
    are shown at a whole fraction of the clip's rate. What cannot hold its rate is left after
    WINDOW seconds; a better quality is taken after HOLD seconds, where there is SPARE.
    """

    def __init__(self, rate: float, seconds: Mapping[int, float]) -> None:
        self._rate = rate
        self._seconds = dict(seconds)
        self._known: set[int] = set()  # sides that were measured while playing
        self._recent: list[float] = []
        self._held = 0.0  # seconds since the last change
        self.quality = self._best(HEADROOM)

    def fits(self, rate: float, sides: Collection[int]) -> bool:
        """Whether it chooses for a clip of this rate among frames of these sides."""
        return self._rate == rate and self._seconds.keys() == set(sides)

    def note(self, seconds: float) -> None:
        """Learn what a frame of the present quality took."""
        self._recent.append(seconds)
        passed = sum(max(seconds, 1.0 / self.quality.fps) for seconds in self._recent)
        if passed < WINDOW or (len(self._recent) < LEAST and passed < LONG):
            return
        self._held += passed
        self._learn(statistics.median(self._recent))
        self._recent.clear()
        now, likely = self.quality, self._best(HEADROOM)
        holds = self._at(now.side, KEEP).every <= now.every
        if _worth(likely) > _worth(now):
            better = self._best(SPARE)
            if self._held >= HOLD and _worth(better) > _worth(now):
                self._take(self._at(better.side, HEADROOM))
            elif not holds:
                self._take(self._at(now.side, HEADROOM))
        elif not holds:
            self._take(likely)

    def _take(self, quality: Quality) -> None:
        if quality != self.quality:
            self.quality, self._held = quality, 0.0

    def _learn(self, seconds: float) -> None:
        """Take over what the present side took, and conclude what the others take.

        A machine that got busier, or rests, is so for larger frames too. Smaller ones are expected
        to be faster until they are measured.
        """
        side, before = self.quality.side, self._seconds[self.quality.side]
        growth = seconds / before if side in self._known and before else 1.0
        for other, known in self._seconds.items():
            if other > side:
                self._seconds[other] = known * growth
            else:
                self._seconds[other] = min(known, seconds * other / side)
        self._known.add(side)
        self._seconds[side] = seconds

    def _best(self, headroom: float) -> Quality:
        sides = sorted(self._seconds, reverse=True)
        full, *drafts = (self._at(side, headroom) for side in sides)
        if full.fps >= min(self._rate, STEADY):
            return full
        for least in (SMOOTH, STEADY):
            for draft in drafts:
                if draft.fps >= min(self._rate, least):
                    return draft
        enough = max(quality.fps for quality in (full, *drafts)) / 2
        return next(quality for quality in (full, *drafts) if quality.fps >= enough)

    def _at(self, side: int, headroom: float) -> Quality:
        """The steadiest rate at which frames of a side come."""
        every = max(1, math.ceil(self._seconds[side] * headroom * self._rate - 1e-6))
        return Quality(side, every, self._rate, side == max(self._seconds))


def _worth(quality: Quality) -> tuple[int, float]:
    return quality.side, quality.fps
