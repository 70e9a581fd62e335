"""Feature maps of other sources than a recipe's own, for regions painted with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.networks.chain import StepInput
from stylestudio.render.latents import way_to_w
from stylestudio.render.noise import Noise
from stylestudio.render.picture_networks import never
from stylestudio.render.placing import Placing
from stylestudio.render.synthesis import NOTHING, Superseded
from stylestudio.render.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from torch import Tensor

    from stylestudio.networks.stylegan2 import State
    from stylestudio.recipe import Recipe, Region, Source
    from stylestudio.render.assets import Assets
    from stylestudio.render.latents import Latents
    from stylestudio.render.model import Model
    from stylestudio.render.stages import SynthesisStage


class OtherSources:
    """Runs sources by themselves: truncated, placed and with noise as the recipe says.

    What regions ask for is kept, so that moving one runs nothing again: within `cache_bytes`
    for all sources together, and beyond that only what the next step of each starts from. Edits
    and mixing move the recipe's own source alone. Belongs to one thread.
    """

    def __init__(self, model: Model, latents: Latents, assets: Assets, cache_bytes: int) -> None:
        self.steps_run = 0  # since the last `prepare`
        self.should_stop: Callable[[], bool] = never  # is asked before every step
        self._model = model
        self._latents = latents
        self._assets = assets
        self._cache_bytes = cache_bytes
        self._runs: dict[Source, _Run] = {}  # the one asked for last stands last
        self._asked: frozenset[Source] = frozenset()

    def prepare(self, recipe: Recipe, regions: Sequence[Region]) -> None:
        """See to the sources of these regions. Raises DeltaError as `Tuning` does."""
        self.steps_run = 0
        steps = range(len(self._model.synthesis.steps))
        wanted: dict[Source, set[int]] = {}
        for region in regions:
            wanted.setdefault(region.source, set()).update(filter(region.covers, steps))
        for source, covered in wanted.items():
            run = self._runs.pop(source, None) or _Run(self._model, self._latents, self._assets)
            self._runs[source] = run
            run.prepare(recipe.replace(source=source, mixing=(), edits=(), interventions=()))
            run.wanted = frozenset(covered)
        self._asked = frozenset(wanted)
        self._fit()

    def state(self, source: Source, index: int) -> State:
        """What a source has after a step that a region covers. Raises Superseded."""
        run = self._runs[source]
        state, count = run.after(index, self.should_stop)
        self.steps_run += count
        self._fit()
        return state

    def _fit(self) -> None:
        """Keep to the budget, at the cost first of sources that no region has any more."""
        runs = self._runs
        for source in [each for each in runs if each not in self._asked]:
            if sum(run.nbytes for run in runs.values()) <= self._cache_bytes:
                return
            del runs[source]
        for run in runs.values():
            if sum(run.nbytes for run in runs.values()) <= self._cache_bytes:
                return
            run.keep_newest()


class _Run:
    """One source by itself, and what it has after the steps that regions cover."""

    def __init__(self, model: Model, latents: Latents, assets: Assets) -> None:
        self.wanted: frozenset[int] = frozenset()  # the steps after which states are kept
        self._model = model
        self._latents = latents
        self._stages: list[SynthesisStage] = [Tuning(model, assets), Placing(model), Noise(model)]
        self._recipe: Recipe | None = None
        self._ws: Tensor | None = None
        self._way: object = None  # what `_ws` depends on, beside the source
        self._keys: list[Hashable] | None = None  # of every step; None until they are asked for
        self._made: list[Hashable] = []  # those of the steps that states come from
        self._states: dict[int, State] = {}  # by step, in ascending order

    def prepare(self, recipe: Recipe) -> None:
        """Take over a recipe that has nothing but the source, and what holds for all sources."""
        for stage in self._stages:
            stage.prepare(recipe)
        self._recipe, self._keys = recipe, None

    def after(self, index: int, should_stop: Callable[[], bool]) -> tuple[State, int]:
        """The state after a step, and how many steps had to be run for it.

        Raises Superseded where `should_stop` says so; what was run until then stays.
        """
        ws = self._begin()
        if index in self._states:
            return self._states[index], 0
        chain, recipe = self._model.synthesis, self._recipe
        assert recipe is not None
        assert self._keys is not None
        start = max((at for at in self._states if at < index), default=-1)
        state = self._states.get(start, NOTHING)
        for at in range(start + 1, index + 1):
            if should_stop():
                raise Superseded
            step = chain.steps[at]
            on = StepInput(chain, step, state, ws[None, step.ws_index])
            for stage in self._stages:
                on = stage.apply(on, recipe)
            state = on.chain.run_step(step, on.state, on.w, on.noise)
            if at - 1 not in self.wanted:
                self._states.pop(at - 1, None)
            self._states[at] = state
            if at == len(self._made):
                self._made.append(self._keys[at])
        self._states = dict(sorted(self._states.items()))
        return state, index - start

    def _begin(self) -> Tensor:
        """The ws of the source, once states that no longer hold are forgotten."""
        recipe = self._recipe
        assert recipe is not None
        if self._keys is None:
            way = way_to_w(recipe)
            if self._ws is None or self._way != way:
                self._ws = self._latents.truncated(recipe.source, recipe)
                self._way = way
            steps, stages = self._model.synthesis.steps, self._stages
            self._keys = [(way, *(stage.key(recipe, step) for stage in stages)) for step in steps]
            pairs = zip(self._made, self._keys, strict=False)
            equal = next((i for i, (a, b) in enumerate(pairs) if a != b), len(self._made))
            del self._made[equal:]
            self._states = {at: state for at, state in self._states.items() if at < equal}
        assert self._ws is not None
        return self._ws

    @property
    def nbytes(self) -> int:
        """What the states take; tensors that steps pass on count once."""
        tensors = {id(each): each for state in self._states.values() for each in state}
        return sum(each.nbytes for each in tensors.values() if each is not None)

    def keep_newest(self) -> None:
        """Forget all states but the last, which the next step starts from."""
        self._states = dict([*self._states.items()][-1:])
