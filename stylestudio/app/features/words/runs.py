"""The work of one task: words on their way to a source or to an edit. Knows no Qt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from stylestudio.app.core.recipes import with_source_alone
from stylestudio.inversion import inversion_context
from stylestudio.recipe.recipe_sources import with_ws
from stylestudio.text import FindSettings, Move, MoveSettings, Search
from stylestudio.text.prompts import title_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.editing import Directions
    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe import LatentSource, Recipe, Source, Style
    from stylestudio.render import Assets, Model
    from stylestudio.text import Found, TextModel

    Report = Callable[[Progress], None]

LEAST_MORE = 10  # steps of a run that goes on


class Point(Protocol):
    """Where a search stood after a step."""

    @property
    def step(self) -> int: ...  # noqa: D102
    @property
    def likeness(self) -> float: ...  # noqa: D102


class Searching(ABC):
    """A search whose points are shown one after another, gone back to, and steered.

    The thread at work only appends to `found`, so any other may read it.
    """

    verb: ClassVar[str]  # what it does, as on its button

    def __init__(self, model: Model, title: str, nearness: float) -> None:
        self.model, self.title = model, title
        self.nearness = nearness  # which a hand may move meanwhile
        self.found: list[Any] = []  # points

    @property
    def is_live(self) -> bool:
        """Whether each point of it can be a part of the recipe."""
        return True

    @abstractmethod
    def look(self, recipe: Recipe, point: Any) -> Recipe:
        """A recipe that shows a point."""

    @abstractmethod
    def part_of(self, recipe: Recipe) -> Source | Style | None:
        """What of a recipe it changes."""

    @abstractmethod
    def __call__(self, report: Report, cancel: Cancel) -> object:
        """Run until it is done or told to finish early. Raises Cancelled."""


class FindRun(Searching):
    """A search for a source."""

    verb = "Find"

    def __init__(
        self,
        model: Model,
        text: Callable[[], TextModel],
        settings: FindSettings,
        start: Recipe | None,
        assets: Assets,
        begin: Found | None = None,
    ) -> None:
        """`text` is called on the thread at work; `begin` is where an earlier run is gone on."""
        super().__init__(model, title_of(settings.wishes), settings.nearness)
        self.settings = settings
        self._text, self._start, self._begin, self._assets = text, start, begin, assets

    def going_on(self, point: Found) -> FindRun:
        """A run that goes on from a point of this one; what came after it is left out."""
        steps = max(self.settings.steps, point.step + max(LEAST_MORE, self.settings.steps // 2))
        settings = replace(self.settings, steps=steps, nearness=self.nearness)
        run = FindRun(self.model, self._text, settings, self._start, self._assets, point)
        run.found = [each for each in self.found if each.step <= point.step]
        return run

    def look(self, recipe: Recipe, point: Found) -> Recipe:
        """A recipe that shows a point of the search: alone, until something is added to it."""
        source = self._source(point)
        if any(recipe.source == self._source(each) for each in [*self.found]):
            return recipe.replace(source=source)
        if self._start is not None:  # the picture goes on from there, with all that is not in ws
            return with_ws(recipe, source)
        return with_source_alone(recipe, source)

    def _source(self, point: Found) -> LatentSource:
        return point.source(self.title, self._start)

    def part_of(self, recipe: Recipe) -> Source | None:
        """The source."""
        return recipe.source

    def __call__(self, report: Report, cancel: Cancel) -> None:
        """Run until it is done or told to finish early. Raises Cancelled and TextModelError."""
        text = self._text().to(self.model.device)
        context = inversion_context(self.model, self._assets)
        search = Search(self.model, text, self.settings, self._start, context, self._assets)
        for progress in search.run(self._begin, cancel):
            search.nearness = self.nearness
            if progress.found is not None:
                self.found.append(progress.found)
            report(progress)


class MoveRun:
    """What looks for a direction."""

    def __init__(
        self,
        model: Model,
        text: Callable[[], TextModel],
        settings: MoveSettings,
        assets: Assets,
    ) -> None:
        self.model, self.settings = model, settings
        self.title = title_of(settings.wishes)
        self._text, self._assets = text, assets

    def __call__(self, report: Report, cancel: Cancel) -> Directions:
        """Look until it is found. Raises Cancelled, TextModelError and DirectionError."""
        found = None
        text = self._text().to(self.model.device)
        context = inversion_context(self.model, self._assets)
        for progress in Move(self.model, text, self.settings, context).run(cancel):
            found = progress.directions or found
            report(progress)
        assert found is not None
        return found
