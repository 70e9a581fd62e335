"""How far a long piece of work has come, and how it is paused or ended from outside."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Picture: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

MARKS, SPACING = 64, 0.5  # the time left is measured over 64 reports, or 32 seconds of quicker ones


@dataclass(frozen=True, repr=False)
class Progress:
    """How far a piece of work has come; `print` says it in one line.

    >>> import stylestudio as ss
    >>> print(ss.Progress(30, 200, "Finding the latent", loss=0.0213, seconds_left=75.0))
    Finding the latent: 30 of 200, loss 0.0213, 1 min left
    """

    done: int  # steps finished, those of an earlier run included; 0 while it is being prepared
    total: int  # 0 while that is not known
    stage: str  # what it is doing, in plain words, e.g. "Tuning weights"
    loss: float | None = None
    # [H, W, 3 or 4] of what there is so far, now and then
    picture: Picture | None = field(default=None, repr=False, compare=False)
    seconds_left: float | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def _repr_png_(self) -> bytes | None:
        """The picture of what there is so far, for notebooks."""
        if self.picture is None:
            return None
        return png_bytes(self.picture)

    def __str__(self) -> str:
        parts = [f"{self.done} of {self.total}"] if self.done and self.total else []
        if self.loss is not None:
            parts.append(f"loss {self.loss:.4g}")
        if self.seconds_left:
            parts.append(f"{duration(self.seconds_left)} left")
        return ": ".join([self.stage, ", ".join(parts)]) if parts else self.stage


def png_bytes(picture: Picture) -> bytes:
    """A picture [H, W, 3 or 4] of 8 or 16 bits as the content of a PNG of 8."""
    import io

    from PIL import Image  # here, as most who report progress show no picture

    pixels = picture if picture.dtype.itemsize == 1 else (picture >> 8).astype("uint8")
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return content.getvalue()


class Cancelled(Exception):
    """The work was cancelled; there is no result."""


class Cancel:
    """Pauses and ends a piece of work from any thread.

    The work calls `check` between its steps, and where it can end early with what it has, looks at
    `is_finishing`. With `seconds`, it counts as cancelled after that time.

    >>> import stylestudio as ss
    >>> cancel = ss.Cancel()
    >>> recipe = ss.Recipe.from_seed(7, "portraits")
    >>> frame = ss.render("portraits", recipe)
    >>> def stop(progress):  # or a button, on another thread
    ...     if progress.done == 3:
    ...         print(progress.stage)
    ...         cancel.finish()
    >>> found = ss.invert("portraits", frame, steps=50, on_progress=stop, cancel=cancel)
    Finding the latent
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._condition = threading.Condition()
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._cancelled = False
        self._keeps_partial = False
        self._finishing = False
        self._paused_at: float | None = None
        self._rested = 0.0  # seconds spent in pauses that are over

    @property
    def is_cancelled(self) -> bool:
        """Whether the work is to end without a result."""
        return self._cancelled or self._seconds_to_go() == 0

    @property
    def keeps_partial(self) -> bool:
        """Whether a cancelled work is to leave on disk what it needs to go on another day."""
        return self._keeps_partial

    @property
    def is_finishing(self) -> bool:
        """Whether the work is to end after this step, with what there is by then."""
        return self._finishing

    @property
    def is_paused(self) -> bool:
        """Whether the work is to rest after this step."""
        return self._paused_at is not None

    def cancel(self, *, keep_partial: bool = False) -> None:
        """End the work without a result; `keep_partial` lets a later run go on from here."""
        with self._condition:
            self._cancelled, self._keeps_partial = True, keep_partial
            self._end_pause()

    def finish(self) -> None:
        """End the work early, with what there is."""
        with self._condition:
            self._finishing = True
            self._end_pause()

    def pause(self) -> None:
        """Let the next `check` wait; work that is about to end is not held up."""
        with self._condition:
            if not (self.is_paused or self._finishing or self._cancelled):
                self._paused_at = time.monotonic()

    def resume(self) -> None:
        """Let the work go on."""
        with self._condition:
            self._end_pause()

    def check(self) -> None:
        """Wait while paused. Raises Cancelled."""
        with self._condition:
            while self.is_paused and not self.is_cancelled:
                self._condition.wait(self._seconds_to_go())
            if self.is_cancelled:
                raise Cancelled

    def clock(self) -> float:
        """Seconds, from an arbitrary start, of a clock that stands still in pauses."""
        with self._condition:
            now = time.monotonic() if self._paused_at is None else self._paused_at
            return now - self._rested

    def _end_pause(self) -> None:
        if self._paused_at is not None:
            self._rested += time.monotonic() - self._paused_at
            self._paused_at = None
        self._condition.notify_all()

    def _seconds_to_go(self) -> float | None:
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())


class TimeLeft:
    """Estimates the time left from the latest steps, counting only those of this run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._total = 0
        self._marks: deque[tuple[int, float]] = deque(maxlen=MARKS)  # steps done, and when

    def fill(self, progress: Progress) -> Progress:
        """The progress with the time left, unless the work itself has said it."""
        seconds = self._measure(progress.done, progress.total)
        if progress.seconds_left is not None or seconds is None:
            return progress
        return replace(progress, seconds_left=seconds)

    def _measure(self, done: int, total: int) -> float | None:
        """Seconds, None before a first step is measured."""
        now = self._clock()
        if total != self._total or (self._marks and done < self._marks[-1][0]):
            self._marks.clear()  # other work began
        self._total = total
        if self._marks and done == self._marks[0][0]:
            self._marks.clear()  # still being prepared, which says nothing about steps
        if not self._marks:
            self._marks.append((done, now))
            return None
        first, began = self._marks[0]
        if now - self._marks[-1][1] >= SPACING:
            self._marks.append((done, now))
        return (now - began) / (done - first) * (total - done)


def duration(seconds: float) -> str:
    """A stretch of time as people say it: "40 s", "3 min", "2 h 5 min"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
