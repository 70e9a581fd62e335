"""From words to a direction of a model: an edit that moves any picture towards them.

After StyleMC (Kocasarı et al. 2021, section 3): one direction for all seeds, from the gradients of
a few small pictures; what points another way from seed to seed is left out. It is taken in
coordinates in which the model's own latents are spread evenly. The rows of coarse, of middle and
of fine layers move together, as they do from seed to seed: alone, a row moves little of what many
draw. One sigma of it is as long as it takes for likeness to the words to move by as much as one
sigma of random pictures, but no shorter than one of w.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylestudio.editing import Directions
from stylestudio.editing.statistics import check_has_w
from stylestudio.inversion import inversion_context
from stylestudio.inversion.samples import early_picture
from stylestudio.inversion.space import sample_w
from stylestudio.progress import Cancel, Progress
from stylestudio.recipe import ModelRef
from stylestudio.render import as_model
from stylestudio.render.device import in_turns, one_at_a_time
from stylestudio.text.model import as_text_model
from stylestudio.text.prompts import Target, Wish, check_asked, name_for, wishes_of
from stylestudio.text.rows import RowGroups
from stylestudio.text.tokenizer import TextModelError
from stylestudio.text.worlds import check_speaks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stylestudio.inversion import InversionContext
    from stylestudio.inversion.space import Space
    from stylestudio.render import Model
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Words

AT_ONCE = 4  # seeds of one step
TRIED = 8  # seeds that the direction's length is measured on
PSI = 0.7  # of the pictures that are moved: room on both sides
STEADY = 2.5  # standard errors from 0 that a coordinate's mean gradient has to be
NEAREST, FARTHEST = 1.0, 2.0  # sigmas of w that one sigma of the direction is long
AWAY = 1.2  # sigmas that seeds are moved along what is known, either way, to look from there
LOOKING = "Finding the direction of the words"


@dataclass(frozen=True, kw_only=True)
class MoveSettings:
    """What direction is to be found."""

    wishes: tuple[Wish, ...]
    instead_of: str = ""  # words for what is usual; "" for none
    seeds: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        check_asked(self, seeds=2 * AT_ONCE)


@dataclass(frozen=True, kw_only=True, repr=False)
class MoveProgress(Progress):
    """What one step did; at last the direction."""

    directions: Directions | None = None


class Move:
    """Words on their way to a direction."""

    def __init__(
        self,
        model: Model,
        text: TextModel,
        settings: MoveSettings,
        context: InversionContext | None = None,
    ) -> None:
        """Raises TextModelError for words that the text model doesn't take, or another's world.

        Raises DirectionError for a model without W.
        """
        check_has_w(model)
        check_speaks_of(text, model)
        self.model = model
        self.text = text
        self.settings = settings
        self.context = context or inversion_context(model)
        with one_at_a_time(model.device):
            self._groups = RowGroups.of(model)
            self._target = Target(text, settings.wishes, settings.instead_of)
        text.free_text_tower()  # its words are read

    @property
    def name(self) -> str:
        """What the direction is called."""
        return name_for(self.settings.wishes)

    def run(self, cancel: Cancel | None = None) -> Iterator[MoveProgress]:
        """Do it, yielding at every step; the last brings the direction.

        One that is to finish early makes the direction from the seeds looked at so far. Raises
        Cancelled, and TextModelError where nothing leads to the words.
        """
        cancel = cancel or Cancel()
        yield from in_turns(self.model.device, self._steps(cancel))

    def _steps(self, cancel: Cancel) -> Iterator[MoveProgress]:
        model, total = self.model, self.settings.seeds
        space = self.context.space
        w = sample_w(model, total, self.settings.seed, PSI)
        gradients: list[Tensor] = []
        likenesses: list[Tensor] = []
        for number, part in enumerate(torch.split(w, AT_ONCE)):
            cancel.check()
            if cancel.is_finishing and number > 1:
                break
            side = AWAY * (0, 1, -1)[number % 3]
            moved = side * _steady(gradients, STEADY) if len(gradients) >= 2 * AT_ONCE else None
            likeness, gradient = self._look(space, part, moved)
            gradients += [*gradient]
            if moved is None or not side:
                likenesses.append(likeness)
            mean = likeness.mean().item()
            yield MoveProgress(min((number + 1) * AT_ONCE, total), total, LOOKING, loss=1 - mean)
        found = self._directions(space, w[:TRIED], gradients, torch.cat(likenesses))
        done = len(gradients)
        yield MoveProgress(done, total, LOOKING, directions=found)

    def _look(self, space: Space, w: Tensor, moved: Tensor | None) -> tuple[Tensor, Tensor]:
        """Likeness [N] of the pictures of w [N, w_dim], and its gradients [N, groups, K]."""
        at = space.to_coordinates(w)[:, None].repeat(1, len(self._groups.sizes), 1)
        at = (at if moved is None else at + moved).requires_grad_(True)
        likeness = self._likeness(space.to_ws(at)[:, self._groups.of_rows])
        (gradient,) = torch.autograd.grad(likeness.sum(), at)
        return likeness.detach(), gradient

    def _likeness(self, ws: Tensor) -> Tensor:
        side = min(self.text.image_size, self.model.resolution)
        pictures = (early_picture(self.model, ws, side) / 2 + 0.5).clamp(0, 1)
        return self._target.likeness(self.text.embed_images(pictures)).to(self.model.device)

    @torch.no_grad()
    def _directions(
        self, space: Space, w: Tensor, gradients: list[Tensor], likenesses: Tensor
    ) -> Directions:
        way = _steady(gradients, STEADY)
        # One sigma of likeness among the model's own pictures, not of those at psi alone.
        wanted = likenesses.std().item() / PSI
        at = space.to_coordinates(w)[:, None]
        ends = [
            self._likeness(space.to_ws(at + sign * way)[:, self._groups.of_rows]).mean().item()
            for sign in (1, -1)
        ]
        gained = (ends[0] - ends[1]) / 2
        if gained <= 0:
            raise TextModelError(
                f"No direction of {self.model.name} leads to these words; try other words "
                "or more seeds."
            )
        length = min(max(NEAREST, wanted / gained), FARTHEST)
        # A straight line in w, through the middle of what the model makes.
        rows = (space.to_ws(length * way) - space.to_ws(-length * way)) / 2
        return Directions(
            (self.name,),
            rows[self._groups.of_rows][None].cpu().numpy(),
            None,
            ModelRef.of(self.model),
            "words",
        )


def _steady(gradients: list[Tensor], least: float) -> Tensor:
    """Where gradients [groups, K] point alike for most seeds, its longest row of length one.

    Coordinates whose mean lies less than `least` standard errors from 0 are left out; where all
    would be, none is.
    """
    stacked = torch.stack(gradients)
    mean = stacked.mean(0)
    error = stacked.std(0) / len(stacked) ** 0.5
    kept = mean * (mean.abs() > least * error)
    if not kept.any():
        kept = mean
    longest: Tensor = kept.norm(dim=1).max()
    way: Tensor = kept / longest.clamp(min=1e-12)
    return way


def direction_by_words(
    model: Model | str,
    words: Words,
    text: TextModel | str | None = None,
    *,
    instead_of: str = "",
    seeds: int = 32,
    on_progress: Callable[[MoveProgress], object] | None = None,
    cancel: Cancel | None = None,
) -> Directions:
    """Find the direction of a model that leads to words, called by them.

    `words` are one text, several, or texts with weights; `instead_of` are words for what is usual
    there. `text` is an opened text model, None for the built-in one. Raises TextModelError for
    words that it doesn't take or that nothing leads to, DirectionError for a model without W, and
    Cancelled.

    >>> import stylestudio as ss
    >>> try:
    ...     text = ss.open_text_model("ViT-B-32.pt")
    ...     found = ss.direction_by_words("portraits", "curly hair", text)
    ...     edit = found.edit("curly hair", amount=1.5)
    ... except ss.CheckpointError as error:
    ...     print(str(error).split(" (")[0])
    ViT-B-32.pt does not exist
    """
    model = as_model(model)
    settings = MoveSettings(wishes=wishes_of(words), instead_of=instead_of, seeds=seeds)
    found: Directions | None = None
    for progress in Move(model, as_text_model(text), settings).run(cancel):
        found = progress.directions or found
        if on_progress:
            on_progress(progress)
    assert found is not None
    return found
