"""What a hand did, as recipe changes with their times, and the curve through them."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Any

from msgspec import Struct

from stylestudio.recipe import Recipe, RecipeError, interpolate
from stylestudio.recipe.changes import changed, changes
from stylestudio.recipe.errors import check_range

RAMP = 0.1  # seconds before a change in which the curve moves there
LONGEST = 3600.0  # seconds


class Event(Struct, frozen=True, forbid_unknown_fields=True):
    """Fields of the recipe that changed, in the form that recipes have in files."""

    seconds: float  # since the start of the performance
    changes: dict[str, Any]


class Performance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """A recipe, what became of it and when.

    Between two changes the curve holds the first, and moves to the second in the last tenth of a
    second before it (all the way where they are closer); so a drag is as smooth at 120 frames a
    second as at 24, and a jump stays one. The curve knows nothing of frames: however unevenly
    the pictures came while it was recorded, a frame shows its value at that frame's time.
    """

    start: Recipe
    events: tuple[Event, ...] = ()
    seconds: float = 1.0  # of the whole performance

    def __post_init__(self) -> None:
        check_range("seconds", self.seconds, 0.001, LONGEST)
        last = 0.0
        for i, event in enumerate(self.events):
            if not last <= event.seconds <= self.seconds:
                raise RecipeError(
                    f"events[{i}].seconds is {event.seconds}; events must follow one another "
                    f"within the {self.seconds:g} seconds of the performance."
                )
            last = event.seconds

    @cached_property
    def recipes(self) -> tuple[Recipe, ...]:
        """The start, and the recipe after each event. Raises RecipeError for an unfit change."""
        recipes = [self.start]
        for i, event in enumerate(self.events):
            try:
                recipes.append(changed(recipes[-1], event.changes))
            except RecipeError as error:
                raise RecipeError(f"events[{i}] is not a valid change: {error}") from None
        return tuple(recipes)

    def recipe_at_time(self, seconds: float) -> Recipe:
        """The value of the curve, at any time; before the start and after the end it holds."""
        times = [event.seconds for event in self.events]
        done = bisect_right(times, seconds)
        here = self.recipes[done]
        if done == len(times):
            return here
        begins = max(times[done - 1] if done else 0.0, times[done] - RAMP)
        if seconds <= begins:
            return here
        return interpolate(
            here, self.recipes[done + 1], (seconds - begins) / (times[done] - begins)
        )


class Recorder:
    """Collects a performance; the caller brings the clock."""

    def __init__(self, recipe: Recipe, now: float) -> None:
        self._start = self._last = recipe
        self._began = now
        self._events: list[Event] = []

    def note(self, recipe: Recipe, now: float) -> None:
        """Record what differs from the last recipe, at the time `now` in seconds.

        Raises RecipeError for a recipe of another model.
        """
        if recipe.model.sha256 != self._start.model.sha256:
            raise RecipeError("Another model was opened; a performance stays with one model.")
        made = changes(self._last, recipe)
        if made:
            self._events.append(Event(now - self._began, made))
            self._last = recipe

    def finish(self, now: float) -> Performance:
        """Return everything up to now, of more than `LONGEST` seconds the beginning."""
        seconds = min(max(now - self._began, 0.001), LONGEST)
        events = tuple(event for event in self._events if event.seconds <= seconds)
        return Performance(start=self._start, events=events, seconds=seconds)
