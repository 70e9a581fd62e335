"""From words to a picture of a model: the best of many samples, then a descent in W+.

After StyleCLIP's optimisation (Patashnik et al. 2021, section 4), in coordinates in which every
direction that the model uses is about equally long: the text's distance, how far rows stray from
the start, and how far the picture does by the distance that inversions go by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.inversion import InversionContext, inversion_context
from stylestudio.inversion.projection import ramp
from stylestudio.inversion.samples import CHUNK, early_picture
from stylestudio.inversion.space import keep_usual, sample_w
from stylestudio.progress import Cancel, Progress
from stylestudio.recipe import LatentSource, Recipe
from stylestudio.recipe.recipe_sources import with_ws
from stylestudio.render import as_model, compose_ws, holding
from stylestudio.render.device import in_turns, one_at_a_time
from stylestudio.render.tuning import tuned_network
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import Target, Wish, check_asked, title_of, wishes_of
from stylestudio.text.rows import RowGroups
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.views import views_of
from stylestudio.text.worlds import check_speaks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stylestudio.render import Assets, Delta, Model
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Words

RATE = 0.08  # standard deviations of w that the farthest row moves in a step, at most
STRAYING = 1.0  # weight of the mean square of a group's coordinates from the start, at nearness 1
MEMORY, LONG_MEMORY = 0.9, 0.99  # of gradients and of their squares
LOOKING = 1.0  # weight of the distance to the start's picture, at nearness 1
SHOWN_EVERY = 5  # steps between two snapshots
SEARCHING, MOVING = "Looking at samples", "Following the words"


@dataclass(frozen=True, kw_only=True)
class FindSettings:
    """What a search is to do."""

    wishes: tuple[Wish, ...]
    steps: int = 60
    samples: int = 128  # that the start is the best of, where none is given
    nearness: float = 0.5  # how much the result is to stay near the start, 0..1
    instead_of: str = ""  # words for what is usual; "" for none
    views: int = 2  # ways in which each picture is shown to the text model
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked(self, steps=0, samples=1, views=1)
        if not 0 <= self.nearness <= 1:
            raise TextModelError(f"nearness is {self.nearness:g}; it must be between 0 and 1.")


@dataclass(frozen=True, eq=False)
class Found:
    """A point on the way of a search: all that is needed to show it and to go on from it."""

    step: int
    likeness: float  # to the words, -1..1
    ws: Tensor  # [num_ws, w_dim], float32, on the CPU
    start: Tensor  # where the descent began, of the same form

    def source(self, name: str, look: Recipe | None = None) -> LatentSource:
        """The source that it is; `look`, where the search started, has its tuned weights."""
        begun = None if look is None else look.source
        tuned = begun.delta if isinstance(begun, LatentSource) else ""
        return LatentSource.from_array(self.ws.numpy(), name, tuned)

    def recipe(self, model: Model, name: str, look: Recipe | None = None) -> Recipe:
        """The recipe whose picture it is: `look`, where the search started, with its source."""
        source = self.source(name, look)
        if look is None:
            return Recipe.from_seed(0, model).replace(source=source)
        return with_ws(look, source)


@dataclass(frozen=True, kw_only=True, repr=False)
class FindProgress(Progress):
    """What one step did; the loss is 1 less the likeness to the words."""

    found: Found | None  # now and then: what can be shown, kept and gone on from


class Search:
    """One search: words on their way to a picture of a model."""

    def __init__(
        self,
        model: Model,
        text: TextModel,
        settings: FindSettings,
        start: Recipe | None = None,
        context: InversionContext | None = None,
        assets: Assets | None = None,
    ) -> None:
        """`start`: the look to begin with, None for the best of samples.

        `assets` is where its mappers and weights are, None for the store of the whole program.

        Raises TextModelError for words that the text model doesn't take or a model that it doesn't
        know, RecipeError or WrongModelError for a start that is not of this model, and DeltaError.
        """
        check_speaks_of(text, model)
        self.model = model
        self.text = text
        self.settings = settings
        self.nearness = settings.nearness  # may be changed by another thread while it runs
        self.context = context or inversion_context(model)
        with one_at_a_time(model.device):
            self._target = Target(text, settings.wishes, settings.instead_of)
            self.start = None if start is None else compose_ws(model, start, assets).detach()
            self._synthesis = None if start is None else tuned_network(model, start, assets)
        text.free_text_tower()  # its words are read

    @property
    def name(self) -> str:
        """What its result is called."""
        return title_of(self.settings.wishes)

    def run(
        self, found: Found | None = None, cancel: Cancel | None = None
    ) -> Iterator[FindProgress]:
        """Do it, yielding at every step; stop by not asking for more, or by `cancel`.

        With `found` it goes on from there. One that is to finish early ends at the first step
        after which something was found. Raises Cancelled.
        """
        cancel = cancel or Cancel()
        any_found = found is not None
        for progress in in_turns(self.model.device, self._steps(found)):
            yield progress
            cancel.check()
            any_found = any_found or progress.found is not None
            if cancel.is_finishing and any_found:
                return

    def _steps(self, found: Found | None) -> Iterator[FindProgress]:
        if found is None:
            for progress in self._starts():
                found = progress.found
                yield progress
            assert found is not None
        yield from self._descend(found)

    def _starts(self) -> Iterator[FindProgress]:
        """Look at samples, unless there is a start; the last progress holds what was chosen."""
        if self.start is not None:
            best, likeness = self.start, self._likeness(self.start[None]).item()
        else:
            w = sample_w(self.model, self.settings.samples, self.settings.seed)
            best, likeness = w[:1].expand(self.model.num_ws, -1), -math.inf
            for part in torch.split(w, CHUNK):
                ws = part[:, None].expand(-1, self.model.num_ws, -1)
                alike = self._likeness(ws)
                if alike.max() > likeness:
                    likeness, best = alike.max().item(), ws[alike.argmax()]
                yield FindProgress(0, self.settings.steps, SEARCHING, found=None)
        kept = best.cpu().clone()
        yield self._progress(0, likeness, Found(0, likeness, kept, kept))

    def _descend(self, found: Found) -> Iterator[FindProgress]:
        settings, space, device = self.settings, self.context.space, self.model.device
        origin = space.to_coordinates(found.start.to(device))
        coordinates = space.to_coordinates(found.ws.to(device)).clone().requires_grad_(True)
        # What lies beyond the coordinates stays as it is.
        with torch.no_grad():
            beyond = found.start.to(device) - space.to_ws(origin)
            first = self._picture((space.to_ws(origin) + beyond)[None])
            near = self.context.distance.against(first)
        groups = RowGroups.of(self.model)
        descent = _Descent(groups)
        for step in range(found.step, settings.steps):
            ws = (space.to_ws(coordinates) + beyond)[None]
            picture = self._picture(ws)
            chance = torch.Generator().manual_seed(settings.seed * 100_003 + step)
            likeness = self._seen(views_of(picture, settings.views, chance)).mean()
            loss, nearness = 1 - likeness, self.nearness
            strayed = groups.sums((coordinates - origin).square()).mean(1)
            loss = loss + STRAYING * nearness * (strayed / groups.sizes).sum()
            loss = loss + LOOKING * nearness * near(picture)
            (gradient,) = torch.autograd.grad(loss, coordinates)
            with torch.no_grad():
                coordinates -= RATE * ramp(step / settings.steps) * descent.way(gradient)
                keep_usual(coordinates, space.reach_at(max(nearness, 0.5)))
            done = step + 1
            shown = None
            if done % SHOWN_EVERY == 0 or done == settings.steps:
                with torch.no_grad():
                    moved = space.to_ws(coordinates) + beyond
                alike = self._likeness(moved[None]).item()
                shown = Found(done, alike, moved.cpu(), found.start)
            yield self._progress(done, likeness.item(), shown)

    def _picture(self, ws: Tensor) -> Tensor:
        """ws [N, num_ws, w_dim] -> [N, 3, r, r] in -1..1, as large as the text model looks at."""
        side = min(self.text.image_size, self.model.resolution)
        return early_picture(self.model, ws, side, self._synthesis)

    @torch.no_grad()
    def _likeness(self, ws: Tensor) -> Tensor:
        """How well the pictures of ws [N, num_ws, w_dim] fit the words [N]."""
        return self._seen(self._picture(ws))

    def _seen(self, pictures: Tensor) -> Tensor:
        seen = self.text.embed_images((pictures / 2 + 0.5).clamp(0, 1))
        return self._target.likeness(seen).to(self.model.device)

    def _progress(self, done: int, likeness: float, found: Found | None) -> FindProgress:
        return FindProgress(done, self.settings.steps, MOVING, loss=1 - likeness, found=found)


class _Descent:
    """Adam (Kingma & Ba 2015, algorithm 1) with one scale for all coordinates.

    Each for itself, coordinates that have nothing to do with the words would move as far as those
    that do. The rows of a group move together, as they do from seed to seed.
    """

    def __init__(self, groups: RowGroups) -> None:
        self._groups = groups
        self._mean: Tensor | float = 0.0
        self._square: Tensor | float = 0.0
        self._steps = 0

    def way(self, gradient: Tensor) -> Tensor:
        """Where gradients [num_ws, K] lead, the longest row about one long [num_ws, K]."""
        together = self._groups.sums(gradient)
        self._steps += 1
        self._mean = MEMORY * self._mean + (1 - MEMORY) * together
        longest = together.square().sum(1).max()
        self._square = LONG_MEMORY * self._square + (1 - LONG_MEMORY) * longest
        mean = self._mean / (1 - MEMORY**self._steps)
        square = self._square / (1 - LONG_MEMORY**self._steps)
        way: Tensor = mean / square.sqrt().clamp(min=1e-12)
        return way[self._groups.of_rows]


def find_by_words(
    model: Model | str,
    words: Words,
    text: TextModel | str | None = None,
    start: Recipe | None = None,
    *,
    steps: int = 60,
    samples: int = 128,
    nearness: float = 0.5,
    instead_of: str = "",
    seed: int = 0,
    deltas: Iterable[Delta | Model] = (),
    assets: Assets | None = None,
    on_progress: Callable[[FindProgress], object] | None = None,
    cancel: Cancel | None = None,
) -> Recipe:
    """Find a picture of a model that fits words, and return its recipe.

    `words` are one text, several, or texts with weights, which below 0 say what not to show;
    `instead_of` are words for what is usual there. The recipe is `start` with another source,
    or has nothing but that source; `deltas` and `assets` are what `start` may name, as `ss.render`
    takes them.
    `text` is an opened text model, None for the built-in one, which knows the built-in worlds.
    Raises TextModelError for words that it doesn't take, DeltaError for weights that are not to be
    had, and Cancelled.

    >>> import stylestudio as ss
    >>> try:
    ...     text = ss.open_text_model("ViT-B-32.pt")
    ...     recipe = ss.find_by_words("portraits", {"a smile": 1, "glasses": -1}, text)
    ... except ss.CheckpointError as error:
    ...     print(str(error).split(" (")[0])
    ViT-B-32.pt does not exist
    """
    model = as_model(model)
    settings = FindSettings(
        wishes=wishes_of(words),
        steps=steps,
        samples=samples,
        nearness=nearness,
        instead_of=instead_of,
        seed=seed,
    )
    assets = holding(deltas=deltas, assets=assets)
    search = Search(model, as_text_model(text), settings, start, assets=assets)
    found: Found | None = None
    for progress in search.run(cancel=cancel):
        found = progress.found or found
        if on_progress:
            on_progress(progress)
    assert found is not None
    return found.recipe(model, search.name, start)
