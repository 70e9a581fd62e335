"""Feature maps of other sources than a recipe's own, for regions painted with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

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
        # Shared by all sources, as each would hold weights and noise of its own.
        self._stages: list[SynthesisStage] = [Tuning(model, assets), Placing(model), Noise(model)]
        self._cache_bytes = cache_bytes
        self._runs: dict[Source, _Run] = {}  # the one asked for last stands last
        self._asked: frozenset[Source] = frozenset()

    def prepare(self, recipe: Recipe, regions: Sequence[Region]) -> None:
        """See to the sources of these regions. Raises DeltaError."""
        self._latents.prepare(recipe)
        self.steps_run = 0
        steps = range(len(self._model.synthesis.steps))
        wanted: dict[Source, set[int]] = {}
        for region in regions:
            wanted.setdefault(region.source, set()).update(filter(region.covers, steps))
        for source, covered in wanted.items():
            run = self._runs.pop(source, None) or _Run(self._model, self._latents, self._stages)
            self._runs[source] = run
            alone = replace(recipe, source=source, mixing=(), edits=(), interventions=())
            run.take(alone, frozenset(covered))
        self._asked = frozenset(wanted)
        self._fit()

    def state(self, source: Source, index: int) -> State:
        """What a source has after a step that a region covers. Raises Superseded."""
        run = self._runs[source]
        state, count = run.after(index, self.should_stop)
        if count:
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

    def __init__(self, model: Model, latents: Latents, stages: Sequence[SynthesisStage]) -> None:
        self._wanted: frozenset[int] = frozenset()  # the steps after which states are kept
        self._model = model
        self._latents = latents
        self._stages = stages  # which other sources use, too: prepared before they are asked
        self._recipe: Recipe | None = None
        self._ws: Tensor | None = None
        self._way: object = None  # what `_ws` depends on, beside the source
        self._keys: list[Hashable] = []  # of every step
        self._made: list[Hashable] = []  # those of the steps that states come from
        self._states: dict[int, State] = {}  # by step, in ascending order

    def take(self, recipe: Recipe, wanted: frozenset[int]) -> None:
        """Take over a recipe that has nothing but the source, and what holds for all sources.

        States that no longer hold are forgotten; `wanted` are those to be kept from now on.
        """
        self._prepare(recipe)
        self._recipe, self._wanted = recipe, wanted
        steps, way = self._model.synthesis.steps, way_to_w(recipe)
        self._keys = [(way, *(stage.key(recipe, step) for stage in self._stages)) for step in steps]
        pairs = zip(self._made, self._keys, strict=False)
        equal = next((i for i, (a, b) in enumerate(pairs) if a != b), len(self._made))
        del self._made[equal:]
        self._states = {at: state for at, state in self._states.items() if at < equal}
        if self._way != way:
            self._ws, self._way = None, way

    def _prepare(self, recipe: Recipe) -> None:
        for stage in self._stages:
            stage.prepare(recipe)

    def after(self, index: int, should_stop: Callable[[], bool]) -> tuple[State, int]:
        """The state after a step, and how many steps had to be run for it.

        Raises Superseded where `should_stop` says so; what was run until then stays.
        """
        if index in self._states:
            return self._states[index], 0
        chain, recipe = self._model.synthesis, self._recipe
        assert recipe is not None
        self._prepare(recipe)
        if self._ws is None:
            self._ws = self._latents.truncated(recipe.source, recipe)
        start = max((at for at in self._states if at < index), default=-1)
        state = self._states.get(start, NOTHING)
        for at in range(start + 1, index + 1):
            if should_stop():
                raise Superseded
            step = chain.steps[at]
            on = StepInput(chain, step, state, self._ws[None, step.ws_index])
            for stage in self._stages:
                on = stage.apply(on, recipe)
            state = on.chain.run_step(step, on.state, on.w, on.noise)
            if at - 1 not in self._wanted:
                self._states.pop(at - 1, None)
            self._states[at] = state
            if at == len(self._made):
                self._made.append(self._keys[at])
        self._states = dict(sorted(self._states.items()))
        return state, index - start

    @property
    def nbytes(self) -> int:
        """What the states take; tensors that steps pass on count once."""
        tensors = {id(each): each for state in self._states.values() for each in state}
        return sum(each.nbytes for each in tensors.values() if each is not None)

    def keep_newest(self) -> None:
        """Forget all states but the last, which the next step starts from."""
        self._states = dict([*self._states.items()][-1:])
