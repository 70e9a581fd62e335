"""The stage of synthesis that changes feature maps between two steps."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import torch

from stylestudio.networks.stylegan2 import State
from stylestudio.recipe import Intervention, RecipeError, Region, interventions_of
from stylestudio.recipe.maps import misfit
from stylestudio.render.latents import way_to_w
from stylestudio.render.locating import located
from stylestudio.render.mask_maps import mask_map, mask_part
from stylestudio.render.operations import operate
from stylestudio.render.units import unit_counts
from stylestudio.render.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from torch import Tensor

    from stylestudio.networks.chain import Chain, StepInput
    from stylestudio.networks.stylegan2 import Step
    from stylestudio.recipe import AnyIntervention, Recipe
    from stylestudio.render.model import Model
    from stylestudio.render.other_sources import OtherSources


def acting_interventions(recipe: Recipe) -> list[AnyIntervention]:
    """Those that change the picture, in their order."""
    return [each for each in interventions_of(recipe.interventions).values() if each.acting]


def last_to_begin(recipe: Recipe) -> int:
    """The step after which all interventions that act have begun to; -1 where there are none."""
    return max((each.first_step for each in acting_interventions(recipe)), default=-1)


class Interventions:
    """Does to the maps after a step what the recipe says, before the next step takes them.

    Steps up to the one that an intervention acts on keep their states, so synthesis restarts
    right after it. Interventions after one step follow each other in the recipe's order. A region
    that goes on to the picture acts on what the last step makes, too. Belongs to one thread.
    """

    def __init__(self, model: Model, others: OtherSources) -> None:
        self._model = model
        self._others = others
        self._steps = model.synthesis.steps
        self._uploads = Uploads(model.device)
        self._index = {step.name: i for i, step in enumerate(self._steps)}
        self._of: list[AnyIntervention] = []
        self._keys: dict[int, Hashable] = {}  # by the step that they act after
        self._after: dict[int, list[AnyIntervention]] = {}

    def prepare(self, recipe: Recipe) -> None:
        """Raise RecipeError for a step or a unit that the model lacks; see to other sources."""
        acting = acting_interventions(recipe)
        if acting != self._of:
            for each in acting:
                self._check(each)
            self._of = acting
        self._after = {}
        for each in acting:
            for index in filter(each.covers, range(len(self._steps))):
                self._after.setdefault(index, []).append(each)
        self._others.prepare(recipe, [each for each in acting if isinstance(each, Region)])
        way = way_to_w(recipe)
        self._keys = {
            index: (tuple(map(_key, each)), way if _has_region(each) else None)
            for index, each in self._after.items()
        }

    def key(self, recipe: Recipe, step: Step) -> Hashable:  # noqa: ARG002 - see prepare
        """What acts on the maps that the step takes, and on those that the last one makes."""
        index = self._index[step.name]
        before = self._keys.get(index - 1)
        after = self._keys.get(index) if index == len(self._steps) - 1 else None
        return None if before is None and after is None else (before, after)

    def apply(self, given: StepInput, recipe: Recipe) -> StepInput:  # noqa: ARG002 - see prepare
        """Change the maps that the step takes."""
        index = self._index[given.step.name]
        if index - 1 in self._after:
            state = self._changed(given.state, index - 1)
            given = given._replace(state=state)
        if index == len(self._steps) - 1 and index in self._after:
            chain = _Followed(given.chain, lambda made: self._changed(made, index))
            given = given._replace(chain=chain)  # type: ignore[arg-type]
        return given

    def ended(self, img: Tensor, index: int) -> Tensor:
        """The picture of a frame that ends after an earlier step, painted as the last one's is.

        The chain itself paints it when the next step takes it.
        """
        regions = [each for each in self._after.get(index, ()) if isinstance(each, Region)]
        if index == len(self._steps) - 1 or not regions:
            return img
        img = img.clone()
        for each in regions:
            theirs = self._others.state(each.source, index).img
            _paint_pair(img, theirs, each, self._steps[index], self._uploads)
        return img

    def _changed(self, state: State, index: int) -> State:
        step, is_copy = self._steps[index], False
        for each in self._after[index]:
            if isinstance(each, Region):
                if not is_copy:
                    state, is_copy = _copied(state), True
                other = self._others.state(each.source, index)
                _paint(state, other, each, step, index, self._uploads)
            else:
                state = state._replace(x=operated(state.x, each, step.resolution, self._uploads))
        return state

    def _check(self, each: AnyIntervention) -> None:
        if reason := misfit(each, self._model.name, unit_counts(self._model)):
            kind = "the region " if isinstance(each, Region) else ""
            raise RecipeError(f"{kind}{each.name!r} {reason}.")


def _has_region(interventions: list[AnyIntervention]) -> bool:
    return any(isinstance(each, Region) for each in interventions)


def _key(each: AnyIntervention) -> Hashable:
    """All that it does, whatever its name."""
    if isinstance(each, Region):
        return each.source, each.mask, each.feather, each.right, each.down, each.amount
    what = each.step, each.operation, each.numbers, each.units, each.values, each.mask
    return *what, each.locator, each.share, each.share_seed, each.amount


class _Followed(NamedTuple):
    """A chain whose step is followed by something else."""

    chain: Chain
    then: Callable[[State], State]

    def run_step(self, step: Step, state: State, w: Tensor, noise: Tensor | None) -> State:
        return self.then(self.chain.run_step(step, state, w, noise))


def operated(x: Tensor, each: Intervention, side: int, uploads: Uploads | None = None) -> Tensor:
    """Maps [1, C, H, W] after an intervention; those of other units keep their bytes."""
    uploads = uploads or Uploads(x.device)
    count = x.shape[1]
    chosen = each.taking_part(count)
    units = chosen if each.units is None else tuple(each.units[i] for i in chosen)
    values = tuple(each.values[i] for i in chosen) if each.values else None
    everything = len(units) == count
    at = uploads.get(("units", units), partial(torch.tensor, units))
    before = x if everything else x[:, at]
    made = operate(before.float(), each, side, values, uploads)
    mask = None
    if each.mask is not None:
        covered = each.mask, x.shape[-1], side
        mask = uploads.get(covered, partial(mask_map, *covered))
    if each.locator is not None:
        found = located(x.float(), each.locator, uploads)
        mask = found if mask is None else found * mask
    part = _blended(before, made, mask, each.amount)
    if everything:
        return _like(part, x)
    whole = x.clone()
    whole[:, at] = part
    return whole


def _copied(state: State) -> State:
    """The same state in tensors of its own."""
    return State(*(None if each is None else each.clone() for each in state))  # type: ignore[arg-type]


def _paint(
    state: State, other: State, region: Region, step: Step, index: int, uploads: Uploads
) -> None:
    """Put the other source's state into a region of a copy; outside, it keeps its bytes.

    What a resnet block carries past its layers is painted, too, and so is the picture so far,
    which later steps only add to. What a step hands on as it was is painted once, so that edges
    don't grow harder.
    """
    begins = index == region.first
    pairs = [(state.shortcut, other.shortcut)]
    if begins or not step.makes_rgb:
        pairs.append((state.x, other.x))
    if begins or step.makes_rgb:
        pairs.append((state.img, other.img))
    for ours, theirs in pairs:
        if ours is not None:
            _paint_pair(ours, theirs, region, step, uploads)


def _paint_pair(
    ours: Tensor, theirs: Tensor | None, region: Region, step: Step, uploads: Uploads
) -> None:
    if theirs is None:
        return
    size = ours.shape[-1]
    side, placed = min(step.resolution, size), (region.feather, region.right, region.down)
    part = mask_part(region.mask, size, side, *placed)
    if part is not None:
        key, at = (region.mask, size, side, placed), (..., part.rows, part.columns)
        weight = uploads.get(key, partial(attrgetter("weight"), part))
        ours[at] = _blended(ours[at], theirs[at], weight, region.amount)


def _blended(before: Tensor, made: Tensor, weight: Tensor | None, amount: float = 1.0) -> Tensor:
    """`made` in place of amount times weight of `before`, in its type; elsewhere the same bytes."""
    if weight is None:
        return torch.lerp(before.float(), made.float(), amount).to(before.dtype)
    weight = weight * amount
    blended = torch.lerp(before.float(), made.float(), weight).to(before.dtype)
    return torch.where(weight > 0, blended, before)


def _like(made: Tensor, before: Tensor) -> Tensor:
    """The same numbers laid out in memory as before: kernels, and so roundings, go by that."""
    if made.stride() == before.stride() and made.is_contiguous() == before.is_contiguous():
        return made
    return torch.empty_like(before).copy_(made)
